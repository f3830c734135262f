"""Bounds of a time out of a filter's conditions. Pure.

The API shows times in whole seconds, so a bound that is a whole second is compared with what is shown:
`greater-than(created,12:00:00)` begins at 12:00:01. A bound with a fraction is compared exactly.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from cdp.jsonapi.filters import refused
from cdp.jsonapi.matrix import Condition
from cdp.jsonapi.times import from_epoch_us

ORDER = ("greater-than", "greater-or-equal", "less-than", "less-or-equal")
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(9000, 1, 1, tzinfo=UTC)


def time_range(
    conditions: Iterable[Condition], fields: tuple[str, ...], start: datetime = EARLIEST, end: datetime = LATEST
) -> tuple[datetime, datetime]:
    """[start, end) that the conditions on any of `fields` leave; numbers are seconds since 1970."""
    for condition in conditions:
        if condition.field in fields:
            at = _instant(condition)
            step = timedelta(microseconds=1) if at.microsecond else timedelta(seconds=1)
            bound = at + step if condition.operator in ("greater-than", "less-or-equal") else at
            if condition.operator == "equals":
                start, end = max(start, at), min(end, at + step)
            elif condition.operator.startswith("greater"):
                start = max(start, bound)
            else:
                end = min(end, bound)
    return start, end


def _instant(condition: Condition) -> datetime:
    value = condition.value
    if isinstance(value, datetime):
        return min(max(value, EARLIEST), LATEST)
    if isinstance(value, int | float) and abs(value) < LATEST.timestamp():
        return from_epoch_us(round(value * 1_000_000))
    raise refused(f"The {condition.field} must be seconds since 1970.")
