"""From a `FunctionDue` to runs: a slot of the account, jobs for the sandbox, and what follows from their outcomes.

At least once: what was run when the process died before its message was settled is run again, under the same
`context.run.id`.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from msgspec.structs import replace

from cdp.code.job import Failure, Job, Outcome
from cdp.documents import code_functions
from cdp.documents.code_functions import Function
from cdp.documents.function_environments import Mask
from cdp.errors import Rejected, Unavailable
from cdp.events import FunctionDue
from cdp.events.function_due import Trigger
from cdp.inbox import Received
from cdp.ports import Runner
from functions.executions.jobs import chunk, job, most_calls, room
from functions.executions.programs import Programs
from functions.executions.records import Records
from functions.executions.verdicts import Judge, Verdict
from functions.executions.waiting import Waiting

log = logging.getLogger("regulars.executions")
SHARE_S = 20.0  # after so long what is left of a message goes behind the others
MOST_REMEMBERED = 10_000  # versions whose pace is known


@dataclass(frozen=True)
class Dispatcher:
    """The inbox of the room. `chance` gives numbers from [0, 1)."""

    runner: Runner
    programs: Programs
    waiting: Waiting
    records: Records
    retry_base_s: float
    clock: Callable[[], datetime]
    chance: Callable[[], float] = random.random
    _longest_s: dict[tuple[str, int], float] = field(default_factory=dict)  # of calls lately, by version

    def process(self, received: Sequence[Received]) -> None:
        for message, _ in received:
            if not isinstance(message, FunctionDue):
                raise Rejected(f"the room does not listen to {type(message).__name__}")
            self._take(message)

    def _take(self, message: FunctionDue) -> None:
        if self.waiting.put_off(message):
            return
        if not message.triggers:
            self.waiting.call(message.account_id)
            return
        with self.waiting.leases.slot(message.account_id) as ours:
            if ours:
                self._run(message)
        if ours:
            self.waiting.next(message.account_id)
        else:
            self.waiting.queue_up(message)

    def _run(self, message: FunctionDue) -> None:
        function = code_functions.get(self.programs.table, message.account_id, message.function_id)
        if function is None:
            log.info("function %s is gone; %d events are not handed to it", message.function_id, len(message.triggers))
            return
        if not function.live:
            failure = Failure("NotLive", "No version of the function was live when its turn came.")
            self._refuse(message, function, message.triggers, failure, None)
            return
        begun = self.clock()
        left: Sequence[Trigger] = message.triggers
        try:
            while left:
                left = self._job(message, function, left)
                if left and (self.clock() - begun).total_seconds() > SHARE_S:
                    break
        except Unavailable as error:
            log.warning("function %s: %s; %d events wait", function.id, error, len(left))
            self.waiting.later(replace(message, triggers=tuple(left)), error.retry_after_s)
            return
        except Rejected as error:
            log.error("function %s is refused by the sandbox: %s", function.id, error.message)
            self._refuse(message, function, left, Failure("Refused", error.message), self.chance())
            return
        if left:
            self.waiting.later(replace(message, triggers=tuple(left)), 0)

    def _job(self, message: FunctionDue, function: Function, left: Sequence[Trigger]) -> Sequence[Trigger]:
        """Run the first of what is left; the rest. Calls that the sandbox skipped are still to be made."""
        account_id = message.account_id
        code, environment = self.programs.code(account_id, function), self.programs.environment(account_id, function)
        platform = self.programs.platform(account_id)
        most = most_calls(function.timeout_s, self._longest_s.get((function.id, function.live)))
        count = chunk(left, most, room(code, environment))
        now = left[:count]
        judge = Judge(
            function.id,
            function.live,
            message.attempt,
            self.clock(),
            self.retry_base_s,
            Mask([*environment.values(), platform.key]),
        )
        outcomes = self._outcomes(job(account_id, function, code, environment, now, message.attempt, platform))
        verdicts, skipped = self._verdicts(judge, now, outcomes)
        if not verdicts:
            raise Unavailable(f"no call of function {function.id} was begun", retry_after_s=1)
        self._follow(message, function, verdicts)
        return [*skipped, *left[count:]]

    def _outcomes(self, wanted: Job) -> list[Outcome]:
        outcomes = self.runner.run(wanted)
        if [one.id for one in outcomes] != [one.id for one in wanted.calls]:
            raise RuntimeError("the sandbox answered other calls than it was asked to make")
        return outcomes

    def _verdicts(
        self, judge: Judge, triggers: Sequence[Trigger], outcomes: Sequence[Outcome]
    ) -> tuple[list[Verdict], list[Trigger]]:
        """On the calls that were made, and the triggers of those that were not."""
        verdicts: list[Verdict] = []
        skipped: list[Trigger] = []
        chance, before_ms = self.chance(), 0.0  # one chance a job, so that its retries stay together
        for trigger, outcome in zip(triggers, outcomes, strict=True):
            if outcome.status == "skipped":
                skipped.append(trigger)
            else:
                verdicts.append(judge.verdict(trigger, outcome, before_ms, chance))
                before_ms += outcome.duration_ms
        return verdicts, skipped

    def _follow(self, message: FunctionDue, function: Function, verdicts: Sequence[Verdict]) -> None:
        if len(self._longest_s) >= MOST_REMEMBERED:
            self._longest_s.clear()
        self._longest_s[function.id, function.live] = max(one.run.duration_ms for one in verdicts) / 1000
        self._settle(message, verdicts)

    def _refuse(
        self, message: FunctionDue, function: Function, left: Sequence[Trigger], failure: Failure, chance: float | None
    ) -> None:
        """Calls that are not made; with a `chance` they are tried again, because what refuses them may be mended."""
        judge = Judge(function.id, function.live, message.attempt, self.clock(), self.retry_base_s, Mask([]))
        self._settle(message, [judge.refusal(trigger, failure, chance) for trigger in left])

    def _settle(self, message: FunctionDue, verdicts: Sequence[Verdict]) -> None:
        """Retries are sent before anything is written: if the rest fails, the message comes again."""
        self.waiting.again(message, [one for one in verdicts if one.next == "again"])
        self.records.keep(message.account_id, message.function_id, verdicts, self.clock())
