"""A job on one engine child: begin, its calls in order, and what became of each.

The child's word counts for nothing but the guest's answers: a frame that is not in its place, or too large, ends the
child, and so does one that comes half a second too late.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from cdp.code.job import Call, Failure, Job, Outcome, Problem
from functions.code_runner.children import Child, Gone, Late
from functions.code_runner.egress import Egress, Ways
from functions.code_runner.record import Record
from functions.code_runner.sandbox.wire import ENDINGS, Head

GRACE_S = 0.5  # past the deadline the child has ended the guest, or is ended itself
CHECK_S = 10.0
MOST_ANSWER = 4_000_000  # bytes of a job's outcomes together (Lambda hands back six MB); what comes then is skipped
_BESIDE = 64 * 1024  # bytes of a guest's answer that are not its result
_CHECK_BYTES = 128 * 2**20
_MOST_PROBLEMS = 20


class Ending(NamedTuple):
    """How a begin, a call or a check ended: as in the wire."""

    ended: str
    message: str
    said: bytes


@dataclass
class Session:
    child: Child
    job: Job
    ways: Ways
    _instance: bool = False  # there is one, and the code is loaded
    _fault: Failure | None = None  # the code cannot be loaded

    def run(self, until: float) -> list[Outcome]:
        """An outcome for every call; calls that have not begun by `until` (time.monotonic) are skipped. Code that raises
        when it is loaded fails them all."""
        outcomes: list[Outcome] = []
        size = 0
        for call in self.job.calls:
            if (not self._instance and outcomes) or time.monotonic() > until or size > MOST_ANSWER:
                break
            outcome = self.call(call)
            outcomes.append(outcome)
            size += len(msgspec.json.encode(outcome))
        rest = self.job.calls[len(outcomes) :]
        if self._fault is not None:
            return outcomes + [Outcome(call.id, "failed", 0.0, failure=self._fault) for call in rest]
        return outcomes + [Outcome(call.id, "skipped", 0.0) for call in rest]

    def check(self) -> list[Problem]:
        """What is wrong with the code. Nothing of it is called, so nothing goes out either."""
        silent = msgspec.structs.replace(self.job, dry=True, platform=None)
        record = Record("", silent, Egress(silent, self.ways, time.monotonic() + CHECK_S))
        code = self.job.code.encode()
        head = {"memory_bytes": _CHECK_BYTES, "code_bytes": len(code)}
        ending = self._exchange("check", head, code, record)
        if ending.ended != "returned":
            return [Problem(f"The code cannot be looked at. {ending.message}".rstrip())]
        try:
            problems = msgspec.json.decode(ending.said, type=list[Problem])
        except msgspec.MsgspecError:
            return [Problem("The code cannot be looked at: what came of it is no answer.")]
        return [Problem(problem.message[:1000], problem.line) for problem in problems[:_MOST_PROBLEMS]]

    def call(self, call: Call, timeout_s: float | None = None) -> Outcome:
        """The first call's time counts loading the code in. `timeout_s`: other than the job's."""
        record = self._record(call, time.monotonic() + (timeout_s or self.job.limits.timeout_s))
        if not self._instance:
            ending = self._begin(record)
            if ending.ended != "returned":
                return record.stopped(ending.ended, ending.message)
            if fault := _fault(ending.said):
                outcome = record.ended("failed", fault.kind, fault.message, fault.where)
                self._fault = outcome.failure
                return outcome
        event, context = bytes(call.event), bytes(call.context)
        ending = self._exchange("call", {"event_bytes": len(event)}, event + context, record)
        self._instance = ending.ended in ("returned", "large")
        if ending.ended == "returned":
            return record.returned(ending.said)
        return record.stopped(ending.ended, ending.message)

    def _begin(self, record: Record) -> Ending:
        code = self.job.code.encode()
        memory_bytes = self.job.limits.memory_mb * 2**20
        head = {"memory_bytes": memory_bytes, "code_bytes": len(code)}
        return self._exchange("begin", head, code + msgspec.json.encode(self.job.environment), record)

    def _record(self, call: Call, until: float) -> Record:
        return Record(call.id, self.job, Egress(self.job, self.ways, until, call.hops))

    def _exchange(self, kind: str, head: Head, body: bytes, record: Record) -> Ending:
        """Say something, serve what comes up, until the child is done with it, or is ended."""
        until, limits = record.egress.until, self.job.limits
        head |= {
            "deadline_s": max(0.001, until - time.monotonic()), "most_bytes": limits.result_bytes + _BESIDE,
            "most_logs": limits.log_bytes, "most_requests": limits.requests,
        }  # fmt: skip
        try:
            self.child.send(kind, head, body, until=until + GRACE_S)
            return self._served(record, until + GRACE_S)
        except Late:
            self.child.end()
            return Ending("timeout", "", b"")
        except Gone as error:
            self.child.end()
            return Ending("crashed", f"The sandbox ended the function: {error}.", b"")

    def _served(self, record: Record, until: float) -> Ending:
        while True:
            frame = self.child.receive(until)
            if frame.kind == "log":
                record.log.add(frame.head.get("level"), frame.body, cut=frame.head.get("cut") is True)
            elif frame.kind == "fetch":
                self.child.send("answer", {}, record.egress.answer(frame.body), until=until)
            elif frame.kind == "done":
                return _ending(frame.head, frame.body)
            else:
                raise Gone(f"the engine sent {frame.kind}")


def _ending(head: Head, said: bytes) -> Ending:
    ended, message = head.get("ended"), head.get("message")
    if ended not in ENDINGS or not isinstance(message, str):
        raise Gone("the engine sent an end that is none")
    return Ending(ended, message, said)


def _fault(said: bytes) -> Failure | None:
    try:
        return msgspec.json.decode(said, type=Failure | None)
    except msgspec.MsgspecError:
        return Failure("BadResult", "What came of loading the code is no answer.")
