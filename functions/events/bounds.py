"""From the conditions of a filter to the events wanted. Pure.

The API shows times in whole seconds, so a bound that is a whole second is compared with what is shown:
`greater-than(datetime,12:00:00)` begins at 12:00:01. A bound with a fraction is compared exactly.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from cdp.errors import Rejected
from cdp.jsonapi.matrix import INSTANT, NUMBER, RELATION, TEXT, Condition, Filters
from cdp.jsonapi.times import from_epoch_us
from cdp.lake.event_rows import EARLIEST

_TIMES = ("greater-than", "greater-or-equal", "less-than", "less-or-equal")
FILTERS = Filters(
    {
        "metric_id": TEXT("equals"),
        "profile_id": TEXT("equals"),
        "profile": RELATION("has"),
        "metric": RELATION("has"),
        "datetime": INSTANT(*_TIMES),
        "timestamp": NUMBER(*_TIMES),
    }
)
_AHEAD = timedelta(days=367)  # events may lie a year ahead (SPEC §1.7)
_LATEST = datetime(9000, 1, 1, tzinfo=UTC)


def time_bounds(conditions: Iterable[Condition], now: datetime) -> tuple[datetime, datetime]:
    """[start, end) of `occurred_at`."""
    start, end = EARLIEST, now + _AHEAD
    for condition in conditions:
        if condition.field in ("datetime", "timestamp"):
            at = _instant(condition)
            step = timedelta(microseconds=1) if at.microsecond else timedelta(seconds=1)
            bound = at + step if condition.operator in ("greater-than", "less-or-equal") else at
            if condition.operator.startswith("greater"):
                start = max(start, bound)
            else:
                end = min(end, bound)
    return start, end


def _instant(condition: Condition) -> datetime:
    value = condition.value
    if isinstance(value, datetime):
        return min(value, _LATEST)
    if isinstance(value, int | float) and abs(value) < _LATEST.timestamp():
        return from_epoch_us(round(value * 1_000_000))
    raise Rejected("The timestamp must be seconds since 1970.", parameter="filter")


def wanted_ids(conditions: Iterable[Condition], field: str) -> tuple[str, ...] | None:
    """The ids that all conditions on the field allow; None: any."""
    allowed: tuple[str, ...] | None = None
    for condition in conditions:
        if condition.field == field and condition.operator != "has":
            given = tuple(str(value) for value in condition.values)
            allowed = given if allowed is None else tuple(id_ for id_ in allowed if id_ in given)
    return allowed
