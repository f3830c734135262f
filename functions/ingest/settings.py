from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    table: str
    limits: str
    record_queue: str
    rate_limit_factor: int = 10
