from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    lake: str
    compact_queue: str
