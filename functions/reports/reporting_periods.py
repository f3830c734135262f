"""Time frames and intervals of the public reporting endpoints (SPEC §22).

An offset in `start` or `end` means nothing there: the clock is the account's. Beyond that everything is as in
`functions.reports.periods`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import msgspec

from cdp.errors import Rejected
from cdp.query.sql import Query
from functions.reports.buckets import by_day
from functions.reports.periods import Interval as Local
from functions.reports.periods import (
    Timeframe,
    in_calendar,
    intervals,
    local_iso,
    moment,
    period,
    years_later,
)
from functions.reports.report import Scope

Key = Literal[
    "last_12_months", "last_30_days", "last_365_days", "last_3_months", "last_7_days", "last_90_days", "last_month",
    "last_week", "last_year", "this_month", "this_week", "this_year", "today", "yesterday",
]  # fmt: skip
Interval = Literal["hourly", "daily", "weekly", "monthly"]
_OFFSET = re.compile(r"(?<=\d\d:\d\d)(?P<seconds>:\d\d(\.\d+)?)?\s*(Z|[+-]\d\d(:?\d\d)?)$", re.IGNORECASE)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_LONGEST: Mapping[Interval, tuple[int, str]] = {  # days, and how they are called
    "hourly": (7, "7 days"),
    "daily": (60, "60 days"),
    "weekly": (364, "52 weeks"),
    "monthly": (364, "52 weeks"),
}


class ReportingTimeframe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A `key`, or `start` and `end` on the account's clock: [start, end), dates both included; at most a year."""

    key: Key | None = None
    start: str | None = None
    end: str | None = None


@dataclass(frozen=True)
class Frame:
    """[start, end) in UTC, cut off behind `as_of`."""

    start: datetime
    end: datetime
    scope: Scope

    def starts(self, interval: Interval) -> list[str]:
        """Local starts of the intervals that [start, end) touches, with their offsets."""
        if interval == "hourly":
            hours = (self.first_hour + n * _HOUR for n in range(self._hours))
            return [at.astimezone(self.scope.zone).isoformat(timespec="seconds") for at in hours]
        return [local_iso(day, self.scope.zone) for day in self._days(interval)]

    def places(self, interval: Interval) -> Mapping[object, int]:
        """The column `bucket` of a row → the position of its interval in `starts`."""
        if interval == "hourly":
            return {n: n for n in range(self._hours)}
        return {day: n for n, day in enumerate(self._days(interval))}

    def bucketed(self, events: Query, interval: Interval | Local) -> Query:
        """Adds `bucket` to a query of rows in [start, end) that selects `occurred_at` from a table: a day, or the
        number of the hour."""
        if interval == "hourly":
            text = "date_diff('hour', :first, occurred_at)"
            return events.with_column("bucket", text, first=self.first_hour)
        return by_day(events, interval, self.scope.timezone, monday=self.scope.week_starts_monday)

    def _days(self, interval: Local) -> Iterator[date]:
        monday = self.scope.week_starts_monday
        return intervals(self.start, self.end, interval, self.scope.zone, monday=monday)

    @property
    def _hours(self) -> int:
        return -((self.first_hour - self.end) // _HOUR) if self.start < self.end else 0

    @property
    def first_hour(self) -> datetime:
        """Start of the hour, on the account's clock, that holds `start`; later ones follow every 3600 seconds."""
        offset = self.start.astimezone(self.scope.zone).utcoffset() or timedelta()
        clock = self.start + offset
        return clock.replace(minute=0, second=0, microsecond=0) - offset


def frame(
    timeframe: ReportingTimeframe, scope: Scope, interval: Interval | None = None, field: str = "/timeframe"
) -> Frame:
    """The asked-for period; `Rejected` if it spans more than a year, or more than the interval allows."""
    start, end = _bounds(timeframe, scope, field)
    if interval is not None:
        days, name = _LONGEST[interval]
        if _longer(timeframe, start, end, scope, days):
            raise Rejected(f"A time frame with {interval} intervals may span at most {name}.", field=field)
    return Frame(start, max(start, min(end, scope.now)), scope)


def _bounds(timeframe: ReportingTimeframe, scope: Scope, field: str) -> tuple[datetime, datetime]:
    if timeframe.key is not None or timeframe.start is None or timeframe.end is None:
        return period(Timeframe(timeframe.key, timeframe.start, timeframe.end), scope, field)
    start = _local(timeframe.start, scope, f"{field}/start", end_of_day=False)
    end = _local(timeframe.end, scope, f"{field}/end", end_of_day=True)
    if end <= start:
        raise Rejected("end must be later than start.", field=f"{field}/end")
    if years_later(start.astimezone(scope.zone), 1) < end:
        raise Rejected("A time frame may span at most one year.", field=f"{field}/end")
    return start, end


def _longer(timeframe: ReportingTimeframe, start: datetime, end: datetime, scope: Scope, days: int) -> bool:
    """A named time frame may have the running day beyond the limit, and a year has 52 weeks and a day or two."""
    length = end.astimezone(scope.zone).replace(tzinfo=None) - start.astimezone(scope.zone).replace(tzinfo=None)
    return length > (days + (2 if timeframe.key else 0)) * _DAY


def _local(text: str, scope: Scope, field: str, *, end_of_day: bool) -> datetime:
    bare = _OFFSET.sub(lambda found: found["seconds"] or "", text.strip())
    if len(bare) == 10:
        return moment(bare, scope, field, end_of_day=end_of_day)
    try:
        clock = datetime.fromisoformat(bare)
    except ValueError as error:
        raise Rejected(f"{text!r} is neither a date (2026-01-31) nor a date and time.", field=field) from error
    in_calendar(clock, field)
    return clock.replace(tzinfo=scope.zone).astimezone(UTC)
