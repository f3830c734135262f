"""Request counters in the memory of the one HTTP process."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable

_SWEEP_EVERY = 10_000


class MemoryLimits:
    """`cdp.ports.Limits`. Old windows are swept every 10,000 hits, so memory stays bounded by live windows."""

    def __init__(self) -> None:
        self._counts: dict[str, tuple[int, int]] = {}
        self._lock = threading.Lock()
        self._hits = 0

    def hit(self, windows: Iterable[tuple[str, int]]) -> list[int]:
        with self._lock:
            self._hits += 1
            if self._hits % _SWEEP_EVERY == 0:
                now = time.time()
                self._counts = {name: kept for name, kept in self._counts.items() if kept[1] > now}
            counts = []
            for name, expires_at in windows:
                count = self._counts.get(name, (0, 0))[0] + 1
                self._counts[name] = (count, expires_at)
                counts.append(count)
            return counts
