"""The guest's way out: two imports of the component, `fetch` and `log`."""

from __future__ import annotations

import base64
import binascii
import importlib
import json
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

_world: Any = importlib.import_module("wit_world")  # made by componentize-py out of world.wit
# What was decoded and measured outside: true of what came over the wire, not of what is handed on.
_OF_THE_WIRE = ("content-encoding", "content-length", "transfer-encoding")


_clock_of_build = time.time_ns
_built = False


class Refused(OSError):
    """There was no answer. `kind`: forbidden (by the policy), limit (of the call), or unreachable."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Answer(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    body: bytes
    url: str


def fetch(
    method: str,
    url: str,
    headers: Sequence[tuple[str, str]] = (),
    body: bytes | None = None,
    timeout_s: float | None = None,
    redirects: int = 0,
    platform: bool = False,
) -> Answer:
    """One request, to its whole answer. `platform`: `url` is a path of the account's own API."""
    request = {
        "method": method.upper(), "url": url, "headers": [[name, value] for name, value in headers],
        "body": None if body is None else base64.b64encode(body).decode(), "timeout_s": timeout_s,
        "redirects": redirects, "platform": platform,
    }  # fmt: skip
    answer = json.loads(_world.fetch(clean(json.dumps(request))))
    if "error" in answer:
        raise Refused(str(answer.get("kind", "unreachable")), str(answer["error"]))
    pairs = [(str(name), str(value)) for name, value in answer["headers"]]
    return Answer(
        int(answer["status"]), [pair for pair in pairs if pair[0].lower() not in _OF_THE_WIRE],
        binascii.a2b_base64(answer["body"]), str(answer["url"]),
    )  # fmt: skip


def log(level: str, text: str) -> None:
    _world.log(level, clean(text))


def clock_ns() -> int:
    """Since 1970, of the host; while the component is built, of the interpreter."""
    return int(_world.fetch("clock")) if _built else _clock_of_build()


def sleep(seconds: float) -> None:
    _world.fetch(f"sleep {seconds:f}")


def random_bytes(count: int) -> bytes:
    """While the component is built: what tells nobody anything."""
    if not _built:
        return bytes(count)
    parts = []
    while count > 0:
        parts.append(bytes.fromhex(_world.fetch(f"random {min(count, 65_536)}")))
        count -= len(parts[-1])
    return b"".join(parts)


def built() -> None:
    """From here on the host is there, and nothing else."""
    global _built
    _built = True


def clean(text: str) -> str:
    """Without lone surrogates: a component's texts are Unicode."""
    return text.encode("utf-8", "replace").decode()
