"""What cannot run now: it is put off, tried again, or stands in its account's line until a slot is free."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from msgspec.structs import replace

from cdp import events
from cdp.documents import function_slots, function_waiting
from cdp.documents.function_slots import LEASE_S
from cdp.events import FunctionDue
from cdp.events.function_due import Trigger
from cdp.ports import Queue, Table
from functions.executions.leases import Leases
from functions.executions.verdicts import Verdict

STEP_S = 600  # a message waits in the queue: an inbox whose oldest message is 15 minutes old rings an alarm
ALARM_S = int(LEASE_S) + 2  # by then the slots of holders that died are free


@dataclass(frozen=True)
class Waiting:
    table: Table
    queue: Queue
    leases: Leases
    clock: Callable[[], datetime]

    def put_off(self, message: FunctionDue) -> bool:
        """Send the message once more if its time has not come."""
        if message.not_before is None:
            return False
        left_s = (datetime.fromisoformat(message.not_before) - self.clock()).total_seconds()
        if left_s > 0:
            self.later(message, left_s)
        return left_s > 0

    def later(self, message: FunctionDue, in_s: float) -> None:
        self.queue.send([events.encode(message)], delay_s=min(STEP_S, ceil(max(0.0, in_s))))

    def again(self, message: FunctionDue, verdicts: Sequence[Verdict]) -> None:
        """Calls to be tried again, those of the same second in one message."""
        due: dict[datetime, list[Trigger]] = defaultdict(list)
        for one in verdicts:
            if one.run.again_at is not None:
                due[one.run.again_at.replace(microsecond=0) + timedelta(seconds=1)].append(one.trigger)
        for at, triggers in due.items():
            after = replace(
                message, triggers=tuple(triggers), attempt=message.attempt + 1, not_before=at.isoformat()
            )
            self.later(after, (at - self.clock()).total_seconds())

    def queue_up(self, message: FunctionDue) -> None:
        """All slots are held: into the line. Somebody who frees one calls the next; an alarm does if all of them die."""
        function_waiting.add(self.table, message.account_id, events.encode(message), self.clock())
        self._ring(message.account_id)
        self.call(message.account_id)

    def call(self, account_id: str) -> None:
        """Let in as many as there are free slots; the alarm stays set while anybody waits."""
        for _ in range(function_slots.free(self.table, account_id, self.leases.most)):
            if not function_waiting.put_back(self.table, self.queue, account_id, self.clock()):
                break
        if function_waiting.anybody(self.table, account_id):
            self._ring(account_id)

    def next(self, account_id: str) -> None:
        """A slot was freed."""
        function_waiting.put_back(self.table, self.queue, account_id, self.clock())

    def _ring(self, account_id: str) -> None:
        if function_waiting.set_alarm(self.table, account_id, self.clock(), ALARM_S):
            self.queue.send([events.encode(FunctionDue(account_id, "", ()))], delay_s=ALARM_S)
