"""Secrets, and counters of requests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol


class Secrets(Protocol):
    def get(self, name: str) -> str | None: ...

    def put(self, name: str, value: str) -> None: ...

    def delete(self, name: str) -> None: ...


class Limits(Protocol):
    """Fixed-window request counters."""

    def hit(self, windows: Iterable[tuple[str, int]]) -> list[int]:
        """Count one request in each (name, expires_at epoch seconds) window; the new counts, in order."""
