from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    table: str
    lake: str
    bus: str
    record_queue: str
    compact_queue: str
    profiles_queue: str
    rewrite_queue: str
