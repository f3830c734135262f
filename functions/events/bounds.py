"""From the conditions of a filter to the events wanted. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from cdp.jsonapi.matrix import INSTANT, NUMBER, RELATION, TEXT, Condition, Filters
from cdp.jsonapi.ranges import EARLIEST, ORDER, time_range

FILTERS = Filters(
    {
        "metric_id": TEXT("any", "equals"),
        "profile_id": TEXT("equals"),
        "profile": RELATION("has"),
        "metric": RELATION("has"),
        "datetime": INSTANT(*ORDER),
        "timestamp": NUMBER(*ORDER),
    }
)
_AHEAD = timedelta(days=367)  # events may lie a year ahead (SPEC §1.7)


def time_bounds(conditions: Iterable[Condition], now: datetime) -> tuple[datetime, datetime]:
    """[start, end) of `occurred_at`."""
    return time_range(conditions, ("datetime", "timestamp"), EARLIEST, now + _AHEAD)


def wanted_ids(conditions: Iterable[Condition], field: str) -> tuple[str, ...] | None:
    """The ids that all conditions on the field allow; None: any."""
    allowed: tuple[str, ...] | None = None
    for condition in conditions:
        if condition.field == field and condition.operator != "has":
            given = tuple(str(value) for value in condition.values)
            allowed = given if allowed is None else tuple(id_ for id_ in allowed if id_ in given)
    return allowed
