"""What time it is for a filter that depends on it, and when a local day begins."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """`now` is aware; `zone` is the account's time zone."""

    @property
    def now(self) -> datetime: ...

    @property
    def zone(self) -> ZoneInfo: ...


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a local day, in UTC. Where midnight does not exist, the clock's next instant."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
