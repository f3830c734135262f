"""Cron expressions in AWS's form: minute hour day-of-month month day-of-week year, in UTC.

`*`, `?`, lists, ranges, steps and names are known; L, W and # are not (a room's spec fails to load with them).
Days of the week count from SUN = 1. Source: EventBridge Scheduler, "Schedule types".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_MONTH_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAY_NAMES = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_MONTHS = {name: i for i, name in enumerate(_MONTH_NAMES, 1)}
_DAYS = {name: i for i, name in enumerate(_DAY_NAMES, 1)}
_HORIZON_DAYS = 366 * 5


@dataclass(frozen=True, slots=True)
class Cron:
    """The allowed values of every field."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    years: frozenset[int]

    @staticmethod
    def parse(text: str) -> Cron:
        """Read the six fields, with or without cron(…) around them."""
        fields = text.removeprefix("cron(").removesuffix(")").upper().split()
        if len(fields) != 6:
            raise ValueError(f"{text!r} does not have the six fields of an AWS cron expression")
        minute, hour, day, month, weekday, year = fields
        if "?" not in (day, weekday):
            raise ValueError(f"{text!r}: day of month or day of week must be '?'")
        return Cron(
            _values(minute, 0, 59),
            _values(hour, 0, 23),
            _values(day, 1, 31),
            _values(month, 1, 12, _MONTHS),
            _values(weekday, 1, 7, _DAYS),
            _values(year, 1970, 2199),
        )

    def next(self, after: datetime) -> datetime:
        """The first matching minute later than `after`."""
        at = after.astimezone(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
        for _ in range(_HORIZON_DAYS):
            if self._has_day(at):
                for hour in sorted(h for h in self.hours if h >= at.hour):
                    first = at.minute if hour == at.hour else 0
                    minute = min((m for m in self.minutes if m >= first), default=None)
                    if minute is not None:
                        return at.replace(hour=hour, minute=minute)
            at = (at + timedelta(days=1)).replace(hour=0, minute=0)
        raise ValueError(f"the cron expression has no time within five years of {after}")

    def _has_day(self, at: datetime) -> bool:
        return (
            at.year in self.years
            and at.month in self.months
            and at.day in self.days
            and at.isoweekday() % 7 + 1 in self.weekdays
        )


def _values(text: str, low: int, high: int, names: dict[str, int] | None = None) -> frozenset[int]:
    values: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        if span in ("*", "?"):
            start, end = low, high
        else:
            start = _number(first, names)
            end = _number(last, names) if dash else (high if step else start)
        if not low <= start <= end <= high:
            raise ValueError(f"{part!r} is outside {low}-{high}")
        values.update(range(start, end + 1, int(step or 1)))
    return frozenset(values)


def _number(text: str, names: dict[str, int] | None) -> int:
    if names and text in names:
        return names[text]
    if not text.isdigit():
        raise ValueError(f"{text!r} is not understood in a cron expression")
    return int(text)
