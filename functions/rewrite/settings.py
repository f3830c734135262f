from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    table: str
    lake: str
    rewrite_queue: str
