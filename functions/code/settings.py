from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """`rate_limit_factor` multiplies the limits of SPEC §1.6; 0 switches them off. `platform_url` is the platform's own
    address, which the documents of events lead to."""

    table: str
    lake: str
    engine: str
    limits: str
    secrets: str
    runner: str
    code_queue: str
    executions_queue: str
    platform_url: str = "http://127.0.0.1:8080"
    rate_limit_factor: int = 10
