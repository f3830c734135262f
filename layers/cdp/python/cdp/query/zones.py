"""Offsets of a time zone within some months: what makes a local time a sum instead of a calendar look-up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Offsets:
    """Within [start, end) the zone is `seconds[i]` ahead of UTC before `changes[i]`, the last one to the end.
    All instants are microseconds since 1970, UTC."""

    start: int
    end: int
    changes: tuple[int, ...]
    seconds: tuple[int, ...]


@lru_cache(maxsize=256)
def offsets(zone: str, first_month: int, last_month: int) -> Offsets | None:
    """The zone's offsets over these months (`cdp.lake.tables.month_of`), or None for an unknown zone."""
    try:
        local = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return None
    at, end = _first_day(first_month), _first_day(last_month + 1)
    start = at
    seconds, changes = [_offset_s(at, local)], []
    while at < end:
        later = min(at + _DAY, end)
        if _offset_s(later - _SECOND, local) != seconds[-1]:
            change = _change(at - _SECOND, later, local, seconds[-1])  # it may be the day's first instant
            changes.append(_us(change))
            seconds.append(_offset_s(change, local))
        at = later
    return Offsets(_us(start), _us(end), tuple(changes), tuple(seconds))


def _change(low: datetime, high: datetime, local: ZoneInfo, before_s: int) -> datetime:
    """The first second in (low, high) whose offset is not `before_s`."""
    while high - low > _SECOND:
        middle = low + ((high - low) // 2 // _SECOND) * _SECOND
        if _offset_s(middle, local) == before_s:
            low = middle
        else:
            high = middle
    return high


def _offset_s(at: datetime, local: ZoneInfo) -> int:
    return int((at.astimezone(local).utcoffset() or timedelta()).total_seconds())


def _first_day(month: int) -> datetime:
    return datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)


def _us(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)
