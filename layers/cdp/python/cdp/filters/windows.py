"""Stretches of time that a date filter comes down to once the clock is known: instants, or days of the year.

All bounds are included. A date without an offset is a local time of the account: it is compared with the
bounds on the account's clock, so no local time needs to be made an instant.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from cdp.filters import json_text
from cdp.filters.placeholders import Placeholders
from cdp.filters.values import Written

_SECOND = timedelta(seconds=1)
_FIRST, _LAST = datetime(1, 1, 3, tzinfo=UTC), datetime(9999, 12, 29, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` to `end`; None: without a bound on that side. Aware."""

    start: datetime | None = None
    end: datetime | None = None

    def holds(self, at: datetime) -> bool:
        return (self.start is None or self.start <= at) and (self.end is None or at <= self.end)

    def sql(self, column: str, values: Placeholders) -> str:
        """Of a column of instants."""
        conditions = [f"{column} >= {values.add(self.start)}"] if self.start is not None else []
        if self.end is not None:
            conditions.append(f"{column} <= {values.add(self.end)}")
        return " AND ".join(conditions) or f"{column} IS NOT NULL"

    def clocks(self, zone: ZoneInfo) -> tuple[str, str]:
        """The bounds on the zone's clock, to the second, the first rounded up and the last down."""
        first, last = "0000", "9999"
        if self.start is not None:
            local = _within(self.start).astimezone(zone)
            whole = local.replace(microsecond=0, tzinfo=None)
            first = _clock(whole + _SECOND if local.microsecond else whole)
        if self.end is not None:
            last = _clock(_within(self.end).astimezone(zone).replace(tzinfo=None))
        return first, last


@dataclass(frozen=True, slots=True)
class YearDays:
    """Days of the year, MM-DD, from `first` to `last`, over the year's end if the first comes later."""

    first: str
    last: str

    def day_holds(self, day: str) -> bool:
        if self.first <= self.last:
            return self.first <= day <= self.last
        return day >= self.first or day <= self.last

    def day_sql(self, day: str, values: Placeholders) -> str:
        joint = "AND" if self.first <= self.last else "OR"
        return f"({day} >= {values.add(self.first)} {joint} {day} <= {values.add(self.last)})"


Window: TypeAlias = Span | YearDays


def days_between(start: datetime, end: datetime, zone: ZoneInfo) -> YearDays:
    """The days of the year that the zone's calendar shows from `start` to `end`."""
    first, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    years = last.year - first.year
    if years > 1 or (years == 1 and _day(last) >= _day(first)):
        return YearDays("01-01", "12-31")
    return YearDays(_day(first), year_day(last))


def year_day(day: date) -> str:
    """MM-DD; who is born on 29 February has the anniversary on the 28th in other years."""
    text = _day(day)
    return "02-29" if text == "02-28" and not _leap(day.year) else text


def written_holds(window: Window, written: Written, zone: ZoneInfo) -> bool:
    """Does a date that was written somewhere fall into the window?"""
    if isinstance(window, Span):
        if not written.local:
            return window.holds(written.at)
        first, last = window.clocks(zone)
        return first <= written.clock <= last
    at = written.at if written.local else written.at.astimezone(zone)
    return window.day_holds(_day(at.date()))


def written_layers(j: str) -> tuple[json_text.Layer, ...]:
    """The columns that `written_sql` reads."""
    date, clock, offset = f"{j}_date", f"{j}_clock", f"{j}_offset"
    return (
        {date: json_text.date_of(j)},
        {clock: json_text.clock_of(date), offset: json_text.offset_of(date)},
        {
            f"{j}_at": f"try_cast({clock} || {offset} AS TIMESTAMP(6) WITH TIME ZONE)",
            f"{j}_local": f"CASE WHEN {offset} IS NULL THEN try_cast({clock} AS TIMESTAMP(6)) END",
        },
    )


def written_sql(window: Window, j: str, zone: ZoneInfo, values: Placeholders) -> str:
    """`written_holds` of a column of JSON text."""
    clock, at = f"{j}_clock", f"{j}_at"
    if isinstance(window, Span):
        first, last = (values.add(bound) for bound in window.clocks(zone))
        local = f"{clock} >= {first} AND {clock} <= {last}"
        instant = window.sql(at, values)
    else:
        local = window.day_sql(f"substr({clock}, 6, 5)", values)
        instant = window.day_sql(_day_sql(at, zone, values), values)
    return f"CASE WHEN {j}_local IS NOT NULL THEN {local} ELSE {instant} END"


def instant_holds(window: Window, at: datetime, zone: ZoneInfo) -> bool:
    if isinstance(window, Span):
        return window.holds(at)
    return window.day_holds(_day(at.astimezone(zone).date()))


def instant_sql(window: Window, column: str, zone: ZoneInfo, values: Placeholders) -> str:
    """Of a column of instants."""
    if isinstance(window, Span):
        return window.sql(column, values)
    return window.day_sql(_day_sql(column, zone, values), values)


def _day_sql(at: str, zone: ZoneInfo, values: Placeholders) -> str:
    return f"substr(CAST(CAST({at} AT TIME ZONE {values.add(str(zone))} AS DATE) AS VARCHAR), 6, 5)"


def _day(day: date) -> str:
    return f"{day.month:02}-{day.day:02}"


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _within(at: datetime) -> datetime:
    """Kept away from the ends of the calendar, where no zone has a clock."""
    return max(_FIRST, min(at, _LAST))


def _clock(at: datetime) -> str:
    return at.isoformat(sep=" ", timespec="seconds")
