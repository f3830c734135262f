"""Jobs, and an engine that says what a test tells it to."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from cdp import connect
from cdp.code.job import Call, Job, Limits, Runtime
from functions.code_runner.children import Child
from functions.code_runner.egress import Ways

ACCOUNT = "AcCt01"


def ways(*, allow_loopback: bool = False) -> Ways:
    return Ways(connect.outbound(allow_loopback=allow_loopback), connect.outbound(allow_loopback=True))


def calls(*events: Any) -> tuple[Call, ...]:
    raw = [msgspec.Raw(msgspec.json.encode(event)) for event in events]
    return tuple(Call(f"call-{number}", event, msgspec.Raw(b"{}")) for number, event in enumerate(raw))


def job(code: str = "", *events: Any, runtime: Runtime = "python", **others: Any) -> Job:
    given: dict[str, Any] = {"environment": {}, "limits": Limits(timeout_s=2.0)} | others
    return Job(ACCOUNT, "fn0001", 1, runtime, code, calls=calls(*events), **given)


# Speaks the wire: `answer(kind, head, body)` of a test's script says what to send for a frame.
ENGINE = """
import os, sys, time
from functions.code_runner.sandbox.wire import pack, unpack
fd = int(sys.argv[1])

def read(count):
    parts = b""
    while len(parts) < count:
        part = os.read(fd, count - len(parts))
        if not part:
            os._exit(0)
        parts += part
    return parts

def send(kind, head=None, body=b""):
    raw(pack(kind, head or {}, body))

def raw(data):
    left = memoryview(data)
    while left:
        left = left[os.write(fd, left):]

def done(body=b"null", ended="returned", message=""):
    send("done", {"ended": ended, "message": message}, body)

def receive():
    return unpack(read, 1 << 24)

%s

while True:
    answer(*receive())
"""


@contextmanager
def engine(script: str, runtime: Runtime = "python", begin: str = "done()") -> Iterator[Child]:
    """A child that does as `script` says, the body of a function of kind, head and body, once it has begun."""
    body = "\n".join("    " + line for line in script.strip("\n").splitlines())
    given = f"def answer(kind, head, body):\n    if kind == 'begin':\n        return {begin}\n{body}"
    child = Child(runtime, [sys.executable, "-S", "-c", ENGINE % given, "{fd}"], {"PYTHONPATH": ":".join(sys.path)})
    try:
        yield child
    finally:
        child.end()
