"""What a turn of a lane works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cdp.ports import Outbound, Queue, Table
from cdp.webhooks.delivery import MOST_BYTES, MOST_ENTRIES
from functions.deliveries.keys import Keys
from functions.deliveries.retry import FIRST_S


@dataclass(frozen=True, slots=True)
class Pace:
    """`turn`: then a lane that has more to deliver makes room for others. `chance` gives numbers from 0 to 1."""

    chance: Callable[[], float]
    first_retry_s: int = FIRST_S
    entries: int = MOST_ENTRIES
    entry_bytes: int = MOST_BYTES
    turn: timedelta = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Room:
    """`queue` is the room's own inbox."""

    table: Table
    keys: Keys
    queue: Queue
    outbound: Outbound
    pace: Pace
    clock: Callable[[], datetime]
