from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """`rate_limit_factor` multiplies the limits of SPEC §1.6; 0 switches them off. `platform_url`: the platform's own
    address, for links in what is sent. `allow_loopback`: webhooks may go to http on this machine, for tests."""

    table: str
    limits: str
    secrets: str
    webhooks_queue: str
    deliveries_queue: str
    rate_limit_factor: int = 10
    most_webhooks: int = 50
    allow_loopback: bool = False
    platform_url: str = "http://127.0.0.1:8080"
