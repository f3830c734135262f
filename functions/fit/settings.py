from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """`fit_limit_s` and `fit_memory_mb` are what one fit may take: four of them, all too slow, end in time."""

    fit_queue: str
    predict_queue: str
    fit_limit_s: int = 200
    fit_memory_mb: int = 6144
