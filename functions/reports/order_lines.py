"""Lines and the orders that they are of, put together outside DuckDB, which takes longer to join them than to read both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cdp.query.sql import Query, select

_THREADS = 2
_OF_ORDERS = ("event_id", "profile_no", "occurred_at")


@dataclass(frozen=True, slots=True)
class LinesOf:
    """Those of `lines` whose event is one of `orders` (event_id, profile_no, occurred_at), with profile and time of it."""

    orders: Query
    lines: Query

    def read(self, run: Callable[[Query], Any], columns: Sequence[str], most: int) -> pa.Table | None:
        """These columns; `event_id` is the place of the order. None if there are more than `most` of either."""
        own = ["event_id", *(name for name in columns if name not in _OF_ORDERS)]
        wanted = (
            select("SELECT * FROM orders LIMIT :most", orders=self.orders, most=most + 1),
            select(f"SELECT {', '.join(own)} FROM lines LIMIT :most", lines=self.lines, most=most + 1),
        )
        with ThreadPoolExecutor(_THREADS) as both:
            orders, lines = both.map(run, wanted)
            if max(orders.num_rows, lines.num_rows) > most:
                return None
            events, middle = orders["event_id"].combine_chunks(), lines.num_rows // 2
            halves = lines.slice(0, middle), lines.slice(middle)
            return pa.concat_tables(both.map(lambda some: _placed(some, orders, events), halves)).select(columns)


def _placed(lines: Any, orders: Any, events: Any) -> Any:
    place = pc.index_in(lines["event_id"], events)
    if place.null_count:
        there = place.is_valid()
        lines, place = lines.filter(there), place.filter(there)
    lines = lines.set_column(0, "event_id", place)
    for name in ("profile_no", "occurred_at"):
        lines = lines.append_column(name, orders[name].combine_chunks().take(place))
    return lines
