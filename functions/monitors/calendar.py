"""Periods of monitors: whole days of the account's calendar, up to the midnight before the evaluation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cdp.documents.monitors import Period
from cdp.filters.clock import midnight

DAYS: Mapping[Period, int] = {"previous_day": 1, "last_7_days": 7, "last_14_days": 14, "last_30_days": 30}
_DAY = timedelta(days=1)
_EARLY = time(2)


@dataclass(frozen=True, slots=True)
class Span:
    """Local days in [first, after). A day has 23 to 25 hours where clocks change."""

    first: date
    after: date
    zone: ZoneInfo

    @property
    def start(self) -> datetime:
        return midnight(self.first, self.zone)

    @property
    def end(self) -> datetime:
        return midnight(self.after, self.zone)

    @property
    def length(self) -> int:
        return (self.after - self.first).days

    def days(self) -> Iterator[date]:
        return (self.first + n * _DAY for n in range(self.length))

    def before(self) -> Span:
        """As many days, just before these."""
        return Span(self.first - self.length * _DAY, self.first, self.zone)


def span(period: Period, as_of: datetime, zone: ZoneInfo) -> Span:
    """The newest complete days."""
    today = local_day(as_of, zone)
    return Span(today - DAYS[period] * _DAY, today, zone)


def local_day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def due_at(day: date, zone: ZoneInfo) -> datetime:
    """When that local day's evaluation is due, in UTC: at two in the morning, or when the clock has passed it."""
    return datetime.combine(day, _EARLY, zone).astimezone(UTC)
