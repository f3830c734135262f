"""Orders of three days, which monitors over HTTP look at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.unit.monitors.room import Room
from tests.unit.query.files import event

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NOON = datetime(2036, 6, 30, 10, tzinfo=UTC)  # of the day before `NOW`, in Berlin
MANY = {"metric": "total_events", "relation": "greater-than", "value": 2}


def orders(room: Room) -> str:
    """Three a day on three days; the metric's id."""
    metric = room.metric()
    room.store([event(n, NOON - n // 3 * DAY, metric_id=metric.no) for n in range(9)])
    return metric.id
