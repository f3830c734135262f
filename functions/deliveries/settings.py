from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """`webhook_first_retry_s`: the pause after a first failure, doubled with each one that follows.
    `webhook_entries`: how many entries one delivery carries at most. `allow_loopback`: for tests."""

    table: str
    secrets: str
    deliveries_queue: str
    allow_loopback: bool = False
    webhook_first_retry_s: int = 60
    webhook_entries: int = 1000
