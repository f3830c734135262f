"""What is gathered of one call, and what is made of it: an outcome within its limits, whatever the guest says."""

from __future__ import annotations

import time
from typing import Any, Literal

import msgspec

from cdp.code.job import Failure, Job, LogLine, Outcome, Status
from functions.code_runner.egress import Egress

Level = Literal["debug", "info", "warning", "error"]
LEVELS: dict[str, Level] = {"debug": "debug", "info": "info", "warning": "warning", "error": "error"}
MOST_LINES = 2000  # of a call's log
MOST_LEVELS = 200  # of a result, one in another
MOST_AGAIN_S = 24 * 3600.0
_KIND, _MESSAGE, _WHERE = 100, 4000, 8000  # characters of a failure that are kept
_NAMES = {"timeout": "Timeout", "memory": "MemoryFull", "crashed": "Crashed", "large": "ResultTooLarge"}
_SENTENCES = {
    "memory": "The function used up its memory.",
    "crashed": "The sandbox ended the function.",
}


class Said(msgspec.Struct):
    """A guest's answer to a call."""

    status: Literal["ok", "failed", "again"]
    result: msgspec.Raw = msgspec.Raw(b"null")
    failure: Failure | None = None
    again_s: float | None = None


class Log:
    """Lines up to the limits of a call."""

    def __init__(self, most_bytes: int, most_line: int) -> None:
        self._left, self._most_line = most_bytes, most_line
        self._began = time.monotonic()
        self.lines: list[LogLine] = []
        self.truncated = False

    def add(self, level: object, said: bytes, *, cut: bool = False) -> None:
        """A text of one or more lines. Lines that are too long are cut, and so is what no longer fits."""
        self.truncated |= cut
        if self._left <= 0 or len(self.lines) >= MOST_LINES:
            self.truncated = True
            return
        lines = said[: 2 * self._left].split(b"\n")
        text = b"\n".join(line[: self._most_line] for line in lines)[: self._left]
        self.truncated |= len(text) < len(said)
        self._left -= max(1, len(text))
        at_ms = int(1000 * (time.monotonic() - self._began))
        level_ = LEVELS.get(level, "info") if isinstance(level, str) else "info"
        self.lines.append(LogLine(at_ms, level_, text.decode(errors="ignore")))


class Record:
    """Of one call, from its beginning on."""

    def __init__(self, id_: str, job: Job, egress: Egress) -> None:
        self._id, self._job = id_, job
        self._began = time.monotonic()
        self.egress = egress
        self.log = Log(job.limits.log_bytes, job.limits.line_bytes)

    def returned(self, said: bytes) -> Outcome:
        """The guest has answered."""
        try:
            answer = msgspec.json.decode(said, type=Said)
            result = msgspec.json.decode(answer.result)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            return self.ended("failed", "BadResult", f"The function's answer cannot be read: {error}.")
        if _levels(result) > MOST_LEVELS:
            return self.ended("failed", "BadResult", f"The function's result has more than {MOST_LEVELS} levels.")
        if answer.status == "ok" and (wrong := _refusal(result)):
            return self._outcome("failed", answer.result, Failure("Status", wrong))
        again_s = answer.again_s if answer.status == "again" else None
        if again_s is not None:
            again_s = min(max(0.0, again_s), MOST_AGAIN_S)
        failure = None if answer.status == "ok" else _cut(answer.failure)
        return self._outcome(answer.status, answer.result, failure, again_s)

    def stopped(self, ended: str, message: str) -> Outcome:
        """The sandbox has ended it: `ended` as in the wire."""
        if ended == "large":
            most = self._job.limits.result_bytes
            return self.ended("failed", _NAMES[ended], f"The function's result has more than {most} bytes.")
        if ended == "timeout":
            return self.ended("timeout", _NAMES[ended], f"The function ran longer than {self._job.limits.timeout_s:g} s.")
        return self.ended("crashed", _NAMES.get(ended, "Crashed"), message or _SENTENCES.get(ended, _SENTENCES["crashed"]))

    def ended(self, status: Status, kind: str, message: str, where: str = "") -> Outcome:
        return self._outcome(status, msgspec.Raw(b"null"), _cut(Failure(kind, message, where)))

    def _outcome(
        self, status: Status, result: msgspec.Raw, failure: Failure | None, again_s: float | None = None
    ) -> Outcome:
        if len(result) > self._job.limits.result_bytes:
            return self.stopped("large", "")
        took_ms = round(1000 * (time.monotonic() - self._began), 2)
        return Outcome(
            self._id, status, took_ms, result, failure, tuple(self.log.lines), self.log.truncated,
            tuple(self.egress.made), again_s,
        )  # fmt: skip


def _refusal(result: Any) -> str | None:
    """A result that speaks HTTP and says anything but 2xx is a failure (SPEC §17)."""
    for name in ("statusCode", "status"):
        status = result.get(name) if isinstance(result, dict) else None
        if isinstance(status, int) and not isinstance(status, bool) and 100 <= status < 600:
            return None if 200 <= status < 300 else f"The function returned {name} {status}."
    return None


def _levels(result: Any) -> int:
    """How deep a result is, counted up to one more than it may be: it is put into an answer that is read again."""
    level, count = [result], 0
    while count <= MOST_LEVELS:
        level = [inner for one in level if isinstance(one, dict | list) for inner in (one.values() if isinstance(one, dict) else one)]
        if not level:
            break
        count += 1
    return count


def _cut(failure: Failure | None) -> Failure:
    if failure is None:
        return Failure("Error", "The function failed and did not say why.")
    return Failure(failure.kind[:_KIND], failure.message[:_MESSAGE], failure.where[:_WHERE])
