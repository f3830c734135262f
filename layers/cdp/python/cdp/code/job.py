"""A batch of calls of one function version, and what became of each: the wire between dispatcher and sandbox."""

from __future__ import annotations

from typing import Literal

import msgspec

Runtime = Literal["python", "javascript"]
# ok: it returned. failed: it raised, or its answer is none (not JSON, too large, a status that is not 2xx). again: it
# asked to be tried again. timeout, crashed (memory, stack, a trap): the sandbox ended it. skipped: an earlier call of the
# batch ended the instance; it has not begun.
Status = Literal["ok", "failed", "again", "timeout", "crashed", "skipped"]
MOST_CALLS = 100  # a job


class Limits(msgspec.Struct, frozen=True):
    """Of one call, but for the memory. SPEC §17.1."""

    timeout_s: float = 5.0
    memory_mb: int = 128
    result_bytes: int = 1_000_000
    log_bytes: int = 64 * 1024
    line_bytes: int = 4 * 1024
    requests: int = 50
    answer_bytes: int = 5_000_000


class Platform(msgspec.Struct, frozen=True):
    """How the module `account` reaches the account's own API. The key never enters the guest: the parent adds it."""

    url: str
    key: str


class Call(msgspec.Struct, frozen=True):
    """`event` is a Get Event document or null; `context` an object (SPEC §17). `hops`: how many functions in a row led
    to this event."""

    id: str
    event: msgspec.Raw
    context: msgspec.Raw
    hops: int = 0


class Job(msgspec.Struct, frozen=True):
    """`dry`: requests are answered by `recorded` (by "METHOD url") or refused, nothing leaves the sandbox. Without calls
    the code is only looked at: that it compiles, imports what there is, and has a handler."""

    account_id: str
    function_id: str
    version: int
    runtime: Runtime
    code: str
    environment: dict[str, str]
    calls: tuple[Call, ...]
    limits: Limits = Limits()
    platform: Platform | None = None
    dry: bool = False
    recorded: dict[str, msgspec.Raw] = {}


class LogLine(msgspec.Struct, frozen=True):
    """`at_ms` counts from the beginning of the call."""

    at_ms: int
    level: Literal["debug", "info", "warning", "error"]
    text: str


class Fetched(msgspec.Struct, frozen=True):
    """A request that a call made. `status` 0: there was no answer, and `failure` says why."""

    method: str
    url: str
    status: int
    duration_ms: float
    failure: str | None = None


class Failure(msgspec.Struct, frozen=True):
    """`where` is the customer's part of the traceback."""

    kind: str
    message: str
    where: str = ""


class Outcome(msgspec.Struct, frozen=True):
    """Of the call with this id. `again_s`: when the function asked to be tried again, if it said when."""

    id: str
    status: Status
    duration_ms: float
    result: msgspec.Raw = msgspec.Raw(b"null")
    failure: Failure | None = None
    logs: tuple[LogLine, ...] = ()
    truncated: bool = False  # logs were cut
    fetched: tuple[Fetched, ...] = ()
    again_s: float | None = None


class Problem(msgspec.Struct, frozen=True):
    """What is wrong with code that is looked at before it is kept: a sentence, and the line if it has one."""

    message: str
    line: int | None = None


class Answer(msgspec.Struct, frozen=True):
    """Of a job: its outcomes, or the problems of its code, or why the sandbox refused it."""

    outcomes: tuple[Outcome, ...] = ()
    problems: tuple[Problem, ...] = ()
    refused: str | None = None
