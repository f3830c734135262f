from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """`fit_limit_s` and `fit_memory_mb` are what one fit may take. Four that are all too slow still end in time; a million
    rows take 1.8 GB of address space, which is what counts, and 0.4 GB of memory."""

    fit_queue: str
    predict_queue: str
    fit_limit_s: int = 200
    fit_memory_mb: int = 2560
