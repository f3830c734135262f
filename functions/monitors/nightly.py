"""Which accounts' monitors are due, and the work of the inbox.

Every half hour the schedule looks for accounts whose newest night, from two in the morning on, has not been done. After
an outage that is one night; of those that went by before it nothing is made up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from cdp import events
from cdp.documents import accounts, monitors, plans
from cdp.documents.monitors import NIGHTS, Nights
from cdp.errors import Rejected
from cdp.events import MonitorsDue, Scheduled
from cdp.inbox import Received
from cdp.ports import Queue, Table
from functions.monitors.calendar import due_at, local_day
from functions.monitors.evaluating import Evaluator

FEATURE = "cdp"


@dataclass(frozen=True)
class Nightly:
    table: Table
    inbox: Queue
    evaluator: Evaluator
    clock: Callable[[], datetime]

    def process(self, received: Sequence[Received]) -> None:
        for message, _ in received:
            if isinstance(message, Scheduled):
                self.scheduled(message)
            elif isinstance(message, MonitorsDue):
                self.due(message)
            else:
                raise Rejected(f"{type(message).__name__} is no message for this room")

    def scheduled(self, message: Scheduled) -> None:
        """By the clock: what is due becomes messages. When a person asks: now, and reckoned from the time given."""
        for account_id in [message.account_id] if message.account_id else monitors.accounts(self.table):
            if not plans.get(self.table, account_id).opens(FEATURE):
                continue
            if message.as_of is not None:
                self._asked(account_id, datetime.fromisoformat(message.as_of))
            elif (at := self._due_at(account_id)) is not None:
                self.inbox.send([events.encode(MonitorsDue(account_id, at.isoformat()))])

    def due(self, message: MonitorsDue) -> None:
        as_of = datetime.fromisoformat(message.as_of)
        self.evaluator.run(message.account_id, as_of)
        day = local_day(as_of, accounts.get(self.table, message.account_id).zone)

        def later(nights: Nights) -> Nights:
            return nights if nights.done is not None and nights.done >= day else msgspec.structs.replace(nights, done=day)

        NIGHTS.change(self.table, message.account_id, later)

    def _asked(self, account_id: str, as_of: datetime) -> None:
        if as_of > self.clock():
            raise Rejected(f"{as_of.isoformat()} lies in the future: nobody knows the figures of then.", field="as_of")
        self.evaluator.run(account_id, as_of)

    def _due_at(self, account_id: str) -> datetime | None:
        """When the newest night's evaluation was due, if it is to be made."""
        now, zone = self.clock(), accounts.get(self.table, account_id).zone
        day = local_day(now, zone)
        if now < due_at(day, zone):
            day -= timedelta(days=1)
        done = NIGHTS.get(self.table, account_id).done
        return due_at(day, zone) if done is None or done < day else None
