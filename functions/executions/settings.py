from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """`account_slots`: functions of an account that run at the same time. `retry_base_s`: the wait before a second
    attempt, which grows fourfold with every further one. `platform_url` is the platform's own address, for the functions'
    module `account`."""

    table: str
    secrets: str
    runner: str
    executions_queue: str
    platform_url: str = "http://127.0.0.1:8080"
    account_slots: int = 25
    retry_base_s: float = 10.0
