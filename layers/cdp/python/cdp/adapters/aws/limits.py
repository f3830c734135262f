"""Request counters in the DynamoDB table: one item a window, removed by TTL when the window is long over."""

from __future__ import annotations

from collections.abc import Iterable

from cdp.adapters.aws.clients import pool
from cdp.adapters.aws.table import add
from cdp.ports import Key

_SORT_KEY = "|limit"


class DynamoLimits:
    """`cdp.ports.Limits`, shared by every process. A counter may count a request twice when an answer is lost."""

    def __init__(self, table: str) -> None:
        self._table = table

    def hit(self, windows: Iterable[tuple[str, int]]) -> list[int]:
        counts = [
            pool().submit(add, self._table, Key(name, _SORT_KEY), 1, expires_at)
            for name, expires_at in windows
        ]
        return [count.result() for count in counts]
