"""Events that do not reach a function though it is triggered: each leaves a run that says why."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime

from cdp.code import calls
from cdp.code.hops import MOST_HOPS
from cdp.code.job import Failure
from cdp.documents import function_runs
from cdp.documents.code_functions import Function
from cdp.documents.function_runs import Day, Run, RunStatus
from cdp.events import EventRecorded
from cdp.events.function_due import Trigger
from cdp.ports import Table

MOST_RECORDED = 20  # of a function in one batch; the rest is counted


class Stops:
    """Collects those of one batch of an account."""

    def __init__(self, table: Table, account_id: str, now: datetime) -> None:
        self._table, self._account_id, self._now = table, account_id, now
        self._runs: dict[str, list[Run]] = defaultdict(list)

    def pass_on(self, functions: Sequence[Function], message: EventRecorded, trigger: Trigger) -> Sequence[Function]:
        """The functions that the event does reach."""
        if message.hops > MOST_HOPS:
            text = (
                f"{message.hops} functions in a row led to this event; after {MOST_HOPS} the chain is stopped. The last of "
                f"them was {message.source_function}: look for functions that trigger each other."
            )
            return self._stop(functions, message, "stopped", Failure("LoopGuard", text))
        size = len(bytes(trigger.event))
        if size > calls.MAX_EVENT_BYTES:
            text = f"The event's document has {size} bytes; a function is given at most {calls.MAX_EVENT_BYTES}."
            return self._stop(functions, message, "too_large", Failure("EventTooLarge", text))
        return functions

    def _stop(
        self, functions: Sequence[Function], message: EventRecorded, status: RunStatus, failure: Failure
    ) -> Sequence[Function]:
        for one in functions:
            self._runs[one.id].append(
                Run(
                    id=function_runs.new_id(self._now),
                    key=calls.key(one.id, message.event_id),
                    version=one.live,
                    event_id=message.event_id,
                    status=status,
                    at=self._now,
                    profile_id=message.profile_id,
                    failure=failure,
                )
            )
        return ()

    def record(self) -> None:
        for function_id, runs in self._runs.items():
            counts = Counter[str](run.status for run in runs)
            day = Day(self._now.date(), dict(counts), unrecorded=max(0, len(runs) - MOST_RECORDED))
            function_runs.save(self._table, self._account_id, function_id, runs[:MOST_RECORDED], day)
