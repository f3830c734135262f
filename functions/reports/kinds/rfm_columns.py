"""What stands of orders at two cuts, summed up by profile number: a quarter of the cost of grouping (docs/adr/0110).

`ONE_SCAN` of rfm_sql gives the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from cdp.query.sql import Query

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ROWS = 4_000_000  # of a range of profiles, about
_FIRST_RANGE = 1 << 19
_NEVER = np.iinfo(np.int64).min
_MOST_UNITS = 2.0**63


def standing(run: Callable[[Query], Any], orders: Query, start: datetime, last_profile: int) -> pa.Table:
    """The columns of `ONE_SCAN`, instants in microseconds. No profile has a number above `last_profile`."""
    cut = (start - _EPOCH) // timedelta(microseconds=1)
    return pa.concat_tables(
        _customers(rows, low, width, cut) for low, width, rows in _ranges(run, orders, last_profile)
    )


def _ranges(run: Callable[[Query], Any], orders: Query, last_profile: int) -> Iterator[tuple[int, int, Any]]:
    """The orders of all profiles, so many profiles at a time."""
    low, width = 0, _FIRST_RANGE
    while low <= last_profile:
        rows = run(orders.where("profile_no >= :low AND profile_no < :high", low=low, high=low + width))
        yield low, width, rows
        low, width = low + width, max(1, min(_FIRST_RANGE, width * _ROWS // max(rows.num_rows, 1)))


def _customers(rows: Any, low: int, width: int, cut: int) -> pa.Table:
    place = rows["profile_no"].to_numpy().astype(np.int64) - low
    at, units = rows["occurred_at"].cast(pa.int64()).to_numpy(), rows["units"].to_numpy()
    early = at < cut
    strange = rows["unconverted"].to_numpy() == 1
    counts = np.bincount(place, minlength=width)
    here = np.flatnonzero(counts)
    first = np.full(width, np.iinfo(np.int64).max)
    np.minimum.at(first, place, at)
    if units.sum(dtype=np.float64) >= _MOST_UNITS:
        raise OverflowError("the orders come to more than a number holds")
    columns = {
        "end_first": first,
        "end_orders": counts,
        "unconverted": np.bincount(place[strange], minlength=width),
    }
    columns["start_orders"] = np.bincount(place[early], minlength=width)
    for name, places, times, amounts in (
        ("start", place[early], at[early], units[early]),
        ("end", place, at, units),
    ):
        last, total = np.full(width, _NEVER), np.zeros(width, np.int64)
        np.maximum.at(last, places, times)
        np.add.at(total, places, amounts)
        columns |= {f"{name}_last": np.where(last == _NEVER, 0, last), f"{name}_units": total}
    return pa.table({name: column[here] for name, column in columns.items()})
