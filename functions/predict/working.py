"""What the inbox brings: orders, which come first, and then what is done by schedule and in parts."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cdp.errors import Rejected
from cdp.events import EventRecorded, FitDone, PredictionDue, Scheduled
from cdp.inbox import Received
from cdp.model.ids import profile_no
from cdp.ports import Bus, Engine, Lake, Queue, Table
from functions.predict.nightly import Nightly
from functions.predict.properties import PROPERTIES
from functions.predict.refreshing import Refresher
from functions.predict.scoring import Scorer
from functions.predict.source import Property
from functions.predict.training import Trainer

log = logging.getLogger("regulars.predict")


@dataclass(frozen=True)
class Work:
    scorer: Scorer
    nightly: Nightly

    def process(self, received: Sequence[Received]) -> None:
        """Safe to repeat."""
        self._orders(received)
        for message, _ in received:
            if isinstance(message, PredictionDue):
                self.nightly.due(message)
            elif isinstance(message, FitDone):
                self.nightly.fitted(message)
            elif isinstance(message, Scheduled):
                self.nightly.scheduled(message)
            elif not isinstance(message, EventRecorded):
                raise Rejected(f"{type(message).__name__} is no message for this room")

    def _orders(self, received: Sequence[Received]) -> None:
        """Everybody whose orders have changed, each account at once."""
        numbers: dict[str, set[int]] = defaultdict(set)
        for message, _ in received:
            if isinstance(message, EventRecorded):
                no = profile_no(message.account_id, message.profile_id)
                if no is not None:
                    numbers[message.account_id].add(no)
        again = any(attempt > 1 for _, attempt in received)
        for account_id, found in numbers.items():
            self.scorer.ordered(account_id, sorted(found), announce_all=again)


def worker(
    table: Table,
    lake: Lake,
    engine: Engine,
    bus: Bus,
    inbox: Queue,
    fits: Queue,
    segments: Queue,
    clock: Callable[[], datetime],
    properties: Sequence[Property] = PROPERTIES,
) -> Work:
    scorer = Scorer(table, engine, bus, clock, properties)
    refresher = Refresher(scorer, inbox, segments)
    return Work(scorer, Nightly(table, lake, engine, inbox, Trainer(table, engine, fits, clock), refresher, clock))
