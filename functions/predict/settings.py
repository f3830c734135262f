from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """`rate_limit_factor` multiplies the limits of SPEC §1.6; 0 switches them off. A preview that takes longer than
    `answer_within_s` is answered 202 (0: every one)."""

    table: str
    lake: str
    engine: str
    limits: str
    bus: str
    predict_queue: str
    fit_queue: str
    audiences_queue: str
    rate_limit_factor: int = 10
    answer_within_s: int = 20
