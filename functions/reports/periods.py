"""Periods of reports: from names and local dates to instants, and the intervals within them.

Everything is reckoned in the account's time zone from `as_of`; instants are UTC, intervals [start, end).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from cdp.errors import Rejected
from cdp.filters.clock import midnight
from cdp.jsonapi.times import parse_instant
from functions.reports.report import Scope

Key = Literal[
    "today", "last_24_hours", "yesterday", "this_week", "last_week", "last_7_days", "last_30_days",
    "last_90_days", "last_365_days", "this_month", "last_month", "last_3_months", "last_12_months", "this_year",
    "last_year",
]  # fmt: skip
Interval = Literal["daily", "weekly", "monthly", "yearly"]
_DAY = timedelta(days=1)
MAX_YEARS = 2
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)  # of all events
FIRST_YEAR, LAST_YEAR = 1971, 2200


class Timeframe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A `key`, or `start` and `end`: local dates (both included) or instants. The last N days are N complete days
    and today up to now; the last week, month, year and N months are complete ones."""

    key: Key | None = None
    start: str | None = None
    end: str | None = None


def period(timeframe: Timeframe, scope: Scope, field: str) -> tuple[datetime, datetime]:
    """[start, end) in UTC, cut off behind `as_of`."""
    given = timeframe.start is not None or timeframe.end is not None
    if (timeframe.key is None) != given or (given and (timeframe.start is None or timeframe.end is None)):
        raise Rejected("Give either key, or start and end.", field=field)
    if timeframe.key is not None:
        start, end = _named(timeframe.key, scope)
    else:
        start = moment(timeframe.start or "", scope, f"{field}/start", end_of_day=False)
        end = moment(timeframe.end or "", scope, f"{field}/end", end_of_day=True)
        if end <= start:
            raise Rejected("end must be later than start.", field=f"{field}/end")
        if years_later(start.astimezone(scope.zone), MAX_YEARS) < end:
            raise Rejected(f"A custom period may span at most {MAX_YEARS} years.", field=f"{field}/end")
    return start, max(start, min(end, scope.now))


def moment(text: str, scope: Scope, field: str, *, end_of_day: bool) -> datetime:
    """The instant meant by a date of the account's calendar or by a date and time."""
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        day = None
    if day is not None:
        in_calendar(day, field)
        return midnight(day + _DAY if end_of_day else day, scope.zone)
    instant = parse_instant(text)
    if instant is None or len(text) <= 10:
        raise Rejected(f"{text!r} is neither a date (2026-01-31) nor a date and time.", field=field)
    in_calendar(instant, field)
    return instant


def in_calendar(day: date, field: str) -> None:
    """Far from our time there is nothing to report, and calendars end."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Rejected(f"The year must be between {FIRST_YEAR} and {LAST_YEAR}.", field=field)


def today(scope: Scope) -> date:
    return scope.as_of.astimezone(scope.zone).date()


def _named(key: Key, scope: Scope) -> tuple[datetime, datetime]:
    if key == "last_24_hours":
        return scope.now - _DAY, scope.now
    now = today(scope)
    first, last = _named_days(key, now, scope.week_starts_monday)
    return midnight(first, scope.zone), midnight(last, scope.zone)


def _named_days(key: Key, now: date, monday: bool) -> tuple[date, date]:
    """First local day and the day behind the last one."""
    if key in ("today", "yesterday"):
        return (now, now + _DAY) if key == "today" else (now - _DAY, now)
    if key.endswith("_days"):
        return now - int(key.split("_")[1]) * _DAY, now + _DAY
    if key.endswith("_months"):
        first = this_month = floor(now, "monthly")
        for _ in range(int(key.split("_")[1])):
            first = floor(first - _DAY, "monthly")
        return first, this_month
    interval: Interval = {"week": "weekly", "month": "monthly", "year": "yearly"}[key.split("_")[1]]  # type: ignore[assignment]
    this = floor(now, interval, monday)
    if key.startswith("this"):
        return this, now + _DAY
    return floor(this - _DAY, interval, monday), this


def floor(day: date, interval: Interval, monday: bool = False) -> date:
    """The first day of the interval that holds `day`."""
    if interval == "weekly":
        return day - ((day.weekday() + (0 if monday else 1)) % 7) * _DAY
    if interval == "monthly":
        return day.replace(day=1)
    return day.replace(month=1, day=1) if interval == "yearly" else day


def following(start: date, interval: Interval) -> date:
    """The first day of the next interval."""
    if interval == "daily":
        return start + _DAY
    if interval == "weekly":
        return start + 7 * _DAY
    return floor(start + (31 if interval == "monthly" else 366) * _DAY, interval)


def intervals(
    start: datetime, end: datetime, interval: Interval, zone: ZoneInfo, *, monday: bool = False
) -> Iterator[date]:
    """First local days of the intervals that [start, end) touches; nothing for an empty period."""
    if start >= end:
        return
    last = (end - timedelta(microseconds=1)).astimezone(zone).date()
    at = floor(start.astimezone(zone).date(), interval, monday)
    while at <= last:
        yield at
        at = following(at, interval)


def local_iso(day: date, zone: ZoneInfo) -> str:
    """The beginning of a local day with its offset: 2026-01-31T00:00:00+01:00."""
    return midnight(day, zone).astimezone(zone).isoformat(timespec="seconds")


def years_later(at: datetime, years: int) -> datetime:
    """The same moment of the clock in another year; 1 March where there is no 29 February."""
    try:
        return at.replace(year=at.year + years)
    except ValueError:  # 29 February
        return at.replace(year=at.year + years, day=28) + _DAY
