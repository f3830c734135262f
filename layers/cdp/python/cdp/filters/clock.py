"""What time it is for a filter that depends on it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """`now` is aware; `zone` is the account's time zone."""

    @property
    def now(self) -> datetime: ...

    @property
    def zone(self) -> ZoneInfo: ...
