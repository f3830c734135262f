"""What the inbox brings: profiles that were touched, and full passes that are due.

Touched profiles come first. Passes get a little time in each batch, so that a long one never keeps an event
waiting; what is left of them is sent to the inbox again, and goes on from where it was if this process gets it.
A pass whose message bears a time was asked for by a person, who waits: it is run to its end.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from cdp import events
from cdp.documents import accounts, segments
from cdp.errors import Rejected
from cdp.events import EventRecorded, MembershipsChanged, ProfilesChanged, Scheduled, SegmentDue
from cdp.inbox import Received
from cdp.ports import Queue
from functions.audiences.passing import Passer
from functions.audiences.touching import Touch, Touched

log = logging.getLogger("regulars.audiences")

BUDGET_S = 0.5  # of passes in a batch; a portion that has begun is finished


class Due(NamedTuple):
    account_id: str
    segment_id: str


@dataclass
class Audiences:
    passer: Passer
    queue: Queue
    clock: Callable[[], datetime]
    _under_way: dict[Due, Iterator[int]] = field(default_factory=dict)

    def process(self, received: Sequence[Received]) -> None:
        """Safe to repeat."""
        touches: dict[str, list[Touch]] = defaultdict(list)
        due: list[Due] = []
        again = any(attempt > 1 for _, attempt in received)
        for message, _ in received:
            if isinstance(message, EventRecorded | MembershipsChanged | ProfilesChanged):
                touches[message.account_id].append(message)
            elif isinstance(message, SegmentDue) and message.as_of is None:
                due.append(Due(message.account_id, message.segment_id))
        for account_id, messages in touches.items():
            self._touched(account_id, messages, again)
        for message, _ in received:
            if isinstance(message, SegmentDue) and message.as_of is not None:
                self._finish(Due(message.account_id, message.segment_id), datetime.fromisoformat(message.as_of))
            elif isinstance(message, Scheduled):
                self._scheduled(message)
            elif not isinstance(message, EventRecorded | MembershipsChanged | ProfilesChanged | SegmentDue):
                raise Rejected(f"{type(message).__name__} is no message for this room")
        self._go_on(due)

    def _touched(self, account_id: str, messages: Sequence[Touch], again: bool) -> None:
        decider = self.passer.decider
        active = [one for one in segments.all_of(decider.table, account_id) if one.is_active]
        touched = Touched(account_id, active)
        for message in messages:
            touched.add(message)
        decider.decide(account_id, active, touched.profiles, self.clock(), announce_all=again)

    def _go_on(self, due: list[Due]) -> None:
        """Go on with these passes, one after the other, until the time is over."""
        until = time.monotonic() + BUDGET_S
        while due:
            steps = self._under_way.pop(due[0], None)
            if steps is None:
                steps = self.passer.run(*due[0], self.clock())
            for _ in steps:
                if time.monotonic() >= until:
                    self._under_way[due[0]] = steps
                    self.queue.send([events.encode(SegmentDue(*one)) for one in due])
                    return
            due.pop(0)

    def _finish(self, due: Due, now: datetime) -> None:
        changed = sum(self.passer.run(*due, now))
        log.info("segment %s of %s: %s memberships changed", due.segment_id, due.account_id, changed)

    def _scheduled(self, message: Scheduled) -> None:
        """Every hour: the segments that have not been passed over since midnight in the account's zone. When a
        person asks: all of them, now."""
        table, lake = self.passer.decider.table, self.passer.lake
        for account_id in [message.account_id] if message.account_id else lake.accounts():
            found = [one for one in segments.in_order(segments.all_of(table, account_id)) if one.is_active]
            if message.as_of is not None:
                for segment in found:
                    self._finish(Due(account_id, segment.id), datetime.fromisoformat(message.as_of))
            elif found:
                zone = accounts.get(table, account_id).zone
                today = self.clock().astimezone(zone).date()
                late = [
                    one
                    for one in found
                    if one.evaluated_at is None or one.evaluated_at.astimezone(zone).date() < today
                ]
                self.queue.send([events.encode(SegmentDue(account_id, one.id)) for one in late])
