from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """`rate_limit_factor` multiplies the limits of SPEC §1.6; 0 switches them off."""

    table: str
    limits: str
    catalog_queue: str
    record_queue: str
    rate_limit_factor: int = 10
