"""Frames between the runner and its engine child, over one socket: kind, JSON head, raw body.

    runner → child                                    child → runner
    start  {guest, kernel_layers}                     done   {ended, message}, body: what the guest said (JSON)
    begin  {memory_bytes, deadline_s, … code_bytes},  log    {level, cut}, body: text
            body: code, environment                   fetch  {}, body: the request (JSON)
    call   {deadline_s, … event_bytes},
            body: event, context
    check  {memory_bytes, deadline_s, … code_bytes},
            body: code
    answer {}, body: what became of a fetch (JSON)

Every start, begin, call and check ends in one done; logs and fetches come before it. `ended` is one of ENDINGS. The
three dots: `most_bytes` of what the guest says, `most_logs` and `most_requests`, beyond which the child hands nothing up.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from typing import Any, NamedTuple

KINDS = ("start", "begin", "call", "check", "answer", "done", "log", "fetch")
ENDINGS = ("returned", "timeout", "memory", "crashed", "large")
_PREFIX = struct.Struct("!BII")  # kind, bytes of the head, bytes of the body
MOST_HEAD = 4096

Head = dict[str, Any]


class Broken(Exception):
    """What came is no frame, or not in its place."""


class Frame(NamedTuple):
    kind: str
    head: Head
    body: bytes


def pack(kind: str, head: Head, body: bytes = b"") -> bytes:
    said = json.dumps(head, separators=(",", ":")).encode()
    return _PREFIX.pack(KINDS.index(kind), len(said), len(body)) + said + body


def unpack(read: Callable[[int], bytes], most_body: int) -> Frame:
    """The next frame; `read(n)` gives exactly n bytes. `Broken` before anything large is read."""
    number, head_bytes, body_bytes = _PREFIX.unpack(read(_PREFIX.size))
    if number >= len(KINDS):
        raise Broken(f"a frame of unknown kind {number}")
    if head_bytes > MOST_HEAD or body_bytes > most_body:
        raise Broken(f"a {KINDS[number]} frame of {head_bytes} + {body_bytes} bytes")
    try:
        head = json.loads(read(head_bytes))
    except (ValueError, RecursionError) as error:
        raise Broken("a frame whose head is not JSON") from error
    if not isinstance(head, dict):
        raise Broken("a frame whose head is no object")
    return Frame(KINDS[number], head, read(body_bytes) if body_bytes else b"")
