"""What follows from an outcome: a record, and perhaps another attempt or a dead letter. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from cdp.code import calls
from cdp.code.job import Failure, Fetched, LogLine, Outcome
from cdp.documents import function_runs
from cdp.documents.function_environments import Mask
from cdp.documents.function_letters import Letter
from cdp.documents.function_runs import RESULT_BYTES, Run, RunStatus
from cdp.events.function_due import Trigger
from functions.executions.back_off import MOST_ATTEMPTS, wait_s

RETRIED: frozenset[RunStatus] = frozenset({"again", "timeout", "crashed"})
Next = Literal["done", "again", "dead"]
_DEPTH = 64  # of a result that is kept
_MESSAGE_CHARS, _WHERE_CHARS, _URL_CHARS = 2000, 8000, 500


@dataclass(frozen=True, slots=True)
class Verdict:
    """On one call."""

    trigger: Trigger
    run: Run

    @property
    def next(self) -> Next:
        if self.run.status == "ok":
            return "done"
        return "dead" if self.run.again_at is None else "again"

    @property
    def letter(self) -> Letter | None:
        run = self.run
        if self.next != "dead":
            return None
        ended = run.at + timedelta(milliseconds=run.duration_ms)
        return Letter(
            self.trigger.event_id, ended, run.status, run.attempt, run.version, run.failure, run.profile_id, self.trigger.hops
        )


@dataclass(frozen=True, slots=True)
class Judge:
    """Of the calls of one job. `at` is when it began; the calls ran one after the other."""

    function_id: str
    version: int
    attempt: int
    at: datetime
    retry_base_s: float
    mask: Mask

    def verdict(self, trigger: Trigger, outcome: Outcome, before_ms: float, chance: float) -> Verdict:
        """`before_ms`: what the calls before it took; `chance` is from [0, 1)."""
        status = _status(outcome)
        begun = self.at + timedelta(milliseconds=before_ms)
        again_at = None
        if status in RETRIED:
            again_at = self._again(begun + timedelta(milliseconds=outcome.duration_ms), chance, outcome.again_s)
        result = _kept(outcome.result)
        run = Run(
            id=function_runs.new_id(begun),
            key=calls.key(self.function_id, trigger.event_id),
            version=self.version,
            event_id=trigger.event_id,
            status=status,
            at=begun,
            duration_ms=outcome.duration_ms,
            attempt=self.attempt,
            profile_id=calls.person(trigger),
            result=msgspec.Raw(b"null") if result is None else self.mask.json(result),
            result_cut=result is None,
            failure=self._failure(outcome.failure),
            logs=tuple(LogLine(line.at_ms, line.level, self.mask.text(line.text)) for line in outcome.logs),
            truncated=outcome.truncated,
            fetched=tuple(self._fetched(one) for one in outcome.fetched),
            again_at=again_at,
        )
        return Verdict(trigger, run)

    def refusal(self, trigger: Trigger, failure: Failure, chance: float | None) -> Verdict:
        """On a call that was not made at all; with a `chance` it is to be tried again."""
        run = Run(
            id=function_runs.new_id(self.at),
            key=calls.key(self.function_id, trigger.event_id),
            version=self.version,
            event_id=trigger.event_id,
            status="refused",
            at=self.at,
            attempt=self.attempt,
            profile_id=calls.person(trigger),
            failure=failure,
            again_at=None if chance is None else self._again(self.at, chance),
        )
        return Verdict(trigger, run)

    def _again(self, ended: datetime, chance: float, asked_s: float | None = None) -> datetime | None:
        if self.attempt >= MOST_ATTEMPTS:
            return None
        return ended + timedelta(seconds=wait_s(self.attempt, self.retry_base_s, chance, asked_s))

    def _failure(self, given: Failure | None) -> Failure | None:
        if given is None:
            return None
        message, where = self.mask.text(given.message), self.mask.text(given.where)
        return Failure(given.kind[:200], message[:_MESSAGE_CHARS], where[:_WHERE_CHARS])

    def _fetched(self, one: Fetched) -> Fetched:
        failure = None if one.failure is None else self.mask.text(one.failure)[:_MESSAGE_CHARS]
        return Fetched(one.method, self.mask.text(one.url)[:_URL_CHARS], one.status, one.duration_ms, failure)


def _status(outcome: Outcome) -> RunStatus:
    if outcome.status == "skipped":
        raise ValueError("a call that has not begun gets no verdict")
    return outcome.status


def _kept(result: msgspec.Raw) -> msgspec.Raw | None:
    """As msgspec writes it, which is how values of the environment are looked for in it; None for one that is too long
    or too deep to be kept."""
    if len(bytes(result)) > RESULT_BYTES:
        return None
    try:
        value = msgspec.json.decode(result)
    except RecursionError:
        return None
    return None if _deeper(value, _DEPTH) else msgspec.Raw(msgspec.json.encode(value))


def _deeper(value: object, most: int) -> bool:
    level = [value]
    for _ in range(most):
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return False
    return True


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
