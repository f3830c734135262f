"""What an engine proves before it is given anybody's code: real code in its own guests tries what must not work.

Environment empty but for the function's own, files, processes, sockets and 127.0.0.1 refused, a loop stopped, memory
capped. Each try also has to have been made: an engine that runs nothing passes no test.
"""

from __future__ import annotations

import msgspec

from cdp.code.job import Call, Job, Limits, Outcome
from functions.code_runner.children import Child
from functions.code_runner.egress import Ways
from functions.code_runner.session import Session

PROBES = ("file", "process", "socket", "loopback")
_ENVIRONMENT = {"MARK": "self-test"}
_LIMITS = Limits(timeout_s=5.0, memory_mb=128)
_LOOPS_S = (0.005, 0.2, 2.0)  # on a machine that is busy a loop may need longer to begin

PYTHON = """
import os

def tried(what):
    try:
        return "got " + repr(what())[:200]
    except BaseException as error:
        return "refused: " + type(error).__name__

def connected():
    import socket
    return socket.create_connection(("127.0.0.1", 9001), 1)

def fetched():
    import urllib.request
    return urllib.request.urlopen("https://127.0.0.1/").read()

def handler(event, context):
    if event == "loop":
        print("looping")
        while True:
            pass
    if event == "memory":
        return len(bytearray(1 << 30))
    return {
        "sum": sum(range(event)),
        "environment": dict(os.environ),
        "file": tried(lambda: open("/proc/self/environ", "rb").read()),
        "process": tried(lambda: os.fork()),
        "socket": tried(connected),
        "loopback": tried(fetched),
    }
"""

JAVASCRIPT = """
const tried = async (what) => {
  try { return "got " + String(await what()).slice(0, 200); } catch (error) { return "refused: " + error; }
};

export default async function handler(event, context) {
  if (event === "loop") { console.log("looping"); for (;;) {} }
  if (event === "memory") return new Uint8Array(1 << 30).length;
  let sum = 0;
  for (let i = 0; i < event; i++) sum += i;
  return {
    sum, environment: { ...process.env },
    file: await tried(() => globalThis.require("fs").readFileSync("/proc/self/environ")),
    process: await tried(() => globalThis.require("child_process").execSync("id")),
    socket: await tried(() => new globalThis.WebSocket("ws://127.0.0.1:9001")),
    loopback: await tried(() => fetch("https://127.0.0.1/")),
  };
}
"""


class Failed(Exception):
    """The engine holds less than it should; a sentence says what."""


class Tried(msgspec.Struct):
    """What the probes gave."""

    sum: int
    environment: dict[str, str]
    file: str
    process: str
    socket: str
    loopback: str


def check(child: Child, ways: Ways) -> None:
    """`Failed` unless everything is as it has to be."""
    runtime = child.runtime
    code = PYTHON if runtime == "python" else JAVASCRIPT
    job = Job("self-test", "self-test", 0, runtime, code, _ENVIRONMENT, (), _LIMITS)
    session = Session(child, job, ways)
    _probes(runtime, session.call(_asked(b"1000")))
    _loop(runtime, session)
    _memory(runtime, session.call(_asked(b'"memory"')))


def _asked(event: bytes) -> Call:
    return Call("self-test", msgspec.Raw(event), msgspec.Raw(b"{}"))


def _probes(runtime: str, outcome: Outcome) -> None:
    if outcome.status != "ok":
        raise Failed(f"A {runtime} function that only asks did not answer: {_why(outcome)}")
    try:
        tried = msgspec.json.decode(outcome.result, type=Tried)
    except msgspec.MsgspecError as error:
        raise Failed(f"A {runtime} function that only asks answered nothing that can be read.") from error
    if tried.sum != 499500:
        raise Failed(f"A {runtime} function reckons wrongly.")
    if tried.environment != _ENVIRONMENT:
        raise Failed(f"A {runtime} function sees variables that are not its own: {', '.join(sorted(tried.environment))}.")
    for probe in PROBES:
        if not getattr(tried, probe).startswith("refused"):
            raise Failed(f"A {runtime} function could reach a {probe}.")
    if len(outcome.fetched) != 1 or outcome.fetched[0].status != 0:
        raise Failed(f"A request of a {runtime} function to 127.0.0.1 was not refused by the policy.")


def _memory(runtime: str, outcome: Outcome) -> None:
    if outcome.status not in ("failed", "crashed"):
        raise Failed(f"The memory of a {runtime} function is not bounded: {outcome.status}.")


def _loop(runtime: str, session: Session) -> None:
    for timeout_s in _LOOPS_S:
        outcome = session.call(_asked(b'"loop"'), timeout_s=timeout_s)
        if outcome.status != "timeout":
            raise Failed(f"A {runtime} function that loops was not stopped: {_why(outcome)}")
        if outcome.logs:
            return
    raise Failed(f"A {runtime} function that loops was not stopped, for it did not loop.")


def _why(outcome: Outcome) -> str:
    return outcome.failure.message if outcome.failure else outcome.status
