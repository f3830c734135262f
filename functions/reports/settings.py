from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """`rate_limit_factor` multiplies the limits of SPEC §1.6; 0 switches them off. A report that takes longer than
    `answer_within_s` becomes a job (0: every report). `platform_url`: the platform's own address, for links in mail."""

    table: str
    lake: str
    engine: str
    limits: str
    bus: str
    reports_queue: str
    post: str
    rate_limit_factor: int = 10
    answer_within_s: int = 20
    platform_url: str = "http://127.0.0.1:8080"
