"""The period that a report's figures are compared with (SPEC §9)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

from cdp.errors import Rejected
from cdp.filters.clock import midnight
from functions.reports.periods import Timeframe, floor, period
from functions.reports.report import MOMENT, Scope

Key = Literal["previous_period", "previous_year"]
_WHOLE_MONTHS: Mapping[str, int] = {"last_month": 1, "last_3_months": 3, "last_12_months": 12, "last_year": 12}


class Comparison(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A `key`, or `start` and `end` as in a time frame. The previous period is as long on the clock and ends where
    the period begins; before complete months come as many months. The previous year is the same time a year ago."""

    key: Key | None = None
    start: str | None = None
    end: str | None = None


def compared(
    comparison: Comparison | Key, timeframe: Timeframe, scope: Scope, field: str
) -> tuple[datetime, datetime]:
    """[start, end) in UTC of the period to compare that of `timeframe` with."""
    start, end = period(timeframe, scope, "/timeframe")
    key = comparison if isinstance(comparison, str) else comparison.key
    if not isinstance(comparison, str) and (key is None or comparison.start or comparison.end):
        if key is not None:
            raise Rejected("Give either key, or start and end.", field=field)
        return period(Timeframe(start=comparison.start, end=comparison.end), scope, field)
    if key == "previous_year":
        return _year_ago(start, scope), _year_ago(end, scope)
    if months := _WHOLE_MONTHS.get(timeframe.key or ""):
        first = start.astimezone(scope.zone).date()
        for _ in range(months):
            first = floor(first - timedelta(days=1), "monthly")
        return midnight(first, scope.zone), start
    until = end - MOMENT if end == scope.now else end
    length = _clock(until, scope) - _clock(start, scope)
    return (_clock(start, scope) - length).replace(tzinfo=scope.zone).astimezone(UTC), start


def _year_ago(at: datetime, scope: Scope) -> datetime:
    """The same clock a year earlier; 28 February where there is no 29 February."""
    local = at.astimezone(scope.zone)
    try:
        return local.replace(year=local.year - 1).astimezone(UTC)
    except ValueError:
        return local.replace(year=local.year - 1, day=28).astimezone(UTC)


def _clock(at: datetime, scope: Scope) -> datetime:
    """What the account's clock shows."""
    return at.astimezone(scope.zone).replace(tzinfo=None)
