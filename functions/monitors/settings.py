from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """`rate_limit_factor` multiplies the limits of SPEC §1.6; 0 switches them off. `platform_url`: the platform's own
    address, for links in what nobody asked for. A dry run is given up after `answer_within_s`."""

    table: str
    lake: str
    engine: str
    limits: str
    bus: str
    post: str
    monitors_queue: str
    rate_limit_factor: int = 10
    platform_url: str = "http://127.0.0.1:8080"
    answer_within_s: int = 20
