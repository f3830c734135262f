"""Filters on dates (SPEC §4.2). Relative ones count back from now: a day is 24 hours, whatever the clock does.

Bounds are included, but for `after` and `before`. Of `between`, start and end are how long ago, in either order.
Anniversaries go by the account's calendar.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from cdp.errors import Rejected
from cdp.filters.clock import Clock
from cdp.filters.filter import Filter
from cdp.filters.json_text import Layer
from cdp.filters.placeholders import Placeholders
from cdp.filters.values import Json, date_of
from cdp.filters.windows import (
    Span,
    Window,
    YearDays,
    days_between,
    written_holds,
    written_layers,
    written_sql,
    year_day,
)

Unit = Literal["hour", "day", "week"]
Quantity = Annotated[int, Meta(ge=0, le=50_000)]
_HOURS = {"hour": 1, "day": 24, "week": 168}
_YEARS = (1000, 2999)
_MOMENT = timedelta(microseconds=1)


class DateFilter(Filter, frozen=True, forbid_unknown_fields=True):
    """What all date filters share."""

    def window(self, clock: Clock) -> Window:
        raise NotImplementedError

    def positive(self, value: Json, clock: Clock) -> bool:
        written = date_of(value)
        return written is not None and written_holds(self.window(clock), written, clock.zone)

    def layers(self, j: str) -> tuple[Layer, ...]:
        return written_layers(j)

    def positive_sql(self, j: str, values: Placeholders, clock: Clock) -> str:
        return written_sql(self.window(clock), j, clock.zone, values)


class SpanFilter(DateFilter, frozen=True, forbid_unknown_fields=True):
    """One that comes down to a stretch of time."""

    def window(self, clock: Clock) -> Span:
        raise NotImplementedError


class StaticDateFilter(SpanFilter, frozen=True, forbid_unknown_fields=True):
    """After or before a moment, which is not included."""

    type: Literal["date"]
    operator: Literal["after", "before"]
    date: datetime

    def check(self, pointer: str) -> None:
        _in_calendar(self.date, f"{pointer}/date")

    def window(self, clock: Clock) -> Span:
        at = _aware(self.date, clock)
        return Span(start=at + _MOMENT) if self.operator == "after" else Span(end=at - _MOMENT)


class StaticDateRangeFilter(SpanFilter, frozen=True, forbid_unknown_fields=True):
    """From one moment to another."""

    type: Literal["date"]
    operator: Literal["between-static"]
    start: datetime
    end: datetime

    def check(self, pointer: str) -> None:
        _in_calendar(self.start, f"{pointer}/start")
        _in_calendar(self.end, f"{pointer}/end")
        if _naive(self.start) > _naive(self.end):
            raise Rejected("The end lies before the start.", field=f"{pointer}/end")

    def window(self, clock: Clock) -> Span:
        return Span(_aware(self.start, clock), _aware(self.end, clock))


class RelativeDateFilter(SpanFilter, frozen=True, forbid_unknown_fields=True):
    """At least so long ago, or within so long from now, back or ahead."""

    relative: ClassVar[bool] = True

    type: Literal["date"]
    operator: Literal["at-least", "in-the-last", "in-the-next"]
    unit: Unit
    quantity: Quantity

    def window(self, clock: Clock) -> Span:
        length = _length(self.quantity, self.unit)
        match self.operator:
            case "at-least":
                return Span(end=clock.now - length)
            case "in-the-last":
                return Span(clock.now - length, clock.now)
            case _:
                return Span(clock.now, clock.now + length)


class RelativeDateRangeFilter(SpanFilter, frozen=True, forbid_unknown_fields=True):
    """Between so long and so long ago."""

    relative: ClassVar[bool] = True

    type: Literal["date"]
    operator: Literal["between"]
    start: Quantity
    end: Quantity
    unit: Unit

    def window(self, clock: Clock) -> Span:
        near, far = sorted((self.start, self.end))
        return Span(clock.now - _length(far, self.unit), clock.now - _length(near, self.unit))


class RelativeAnniversaryFilter(DateFilter, frozen=True, forbid_unknown_fields=True):
    """The anniversary falls on a day within so long from now, back or ahead."""

    relative: ClassVar[bool] = True

    type: Literal["date"]
    operator: Literal["anniversary-last", "anniversary-next"]
    unit: Unit
    quantity: Quantity

    def window(self, clock: Clock) -> YearDays:
        length = _length(self.quantity, self.unit)
        if self.operator == "anniversary-last":
            return days_between(clock.now - length, clock.now, clock.zone)
        return days_between(clock.now, clock.now + length, clock.zone)


class AnniversaryFilter(DateFilter, frozen=True, forbid_unknown_fields=True):
    """The anniversary is today, or in this month."""

    relative: ClassVar[bool] = True

    type: Literal["date"]
    operator: Literal["anniversary", "anniversary-month"]

    def window(self, clock: Clock) -> YearDays:
        today = clock.now.astimezone(clock.zone).date()
        if self.operator == "anniversary-month":
            return YearDays(f"{today.month:02}-01", f"{today.month:02}-31")
        return YearDays(f"{today.month:02}-{today.day:02}", year_day(today))


class CalendarMonthFilter(DateFilter, frozen=True, forbid_unknown_fields=True):
    """In this month of any year, 1 to 12."""

    type: Literal["date"]
    operator: Literal["calendar-month"]
    value: Annotated[int, Meta(ge=1, le=12)]

    def window(self, clock: Clock) -> YearDays:
        return YearDays(f"{self.value:02}-01", f"{self.value:02}-31")


class AlltimeFilter(SpanFilter, frozen=True, forbid_unknown_fields=True):
    """Whenever."""

    type: Literal["date"]
    operator: Literal["alltime"]

    def window(self, clock: Clock) -> Span:
        return Span()


def _in_calendar(at: datetime, pointer: str) -> None:
    if not _YEARS[0] <= at.year <= _YEARS[1]:
        raise Rejected(f"A date lies in the years {_YEARS[0]} to {_YEARS[1]}.", field=pointer)


def _length(quantity: int, unit: str) -> timedelta:
    return timedelta(hours=quantity * _HOURS[unit])


def _naive(at: datetime) -> datetime:
    return at.replace(tzinfo=None) - (at.utcoffset() or timedelta())


def _aware(at: datetime, clock: Clock) -> datetime:
    """A date without an offset is on the account's clock."""
    return at if at.tzinfo is not None else at.replace(tzinfo=clock.zone)
