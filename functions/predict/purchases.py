"""What profiles have bought: the newest order, and the products of it and of those before, as SQL over `lines`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cdp.orders.book import OrderBook
from cdp.orders.lines import lines
from cdp.query.sql import Query, select

MOST = 100  # names of products before the newest order, the newest first; of that order all
_PURCHASES = """
WITH newest AS (
  SELECT profile_no, event_id, occurred_at FROM (
    SELECT profile_no, event_id, occurred_at,
      row_number() OVER (PARTITION BY profile_no ORDER BY occurred_at DESC, event_id DESC) AS place
    FROM orders
  ) AS sorted WHERE place = 1
), bought AS (
  SELECT l.profile_no, coalesce(l.product_id, '') AS product_id, coalesce(l.product_name, '') AS product_name,
    max(l.occurred_at) AS last_at, count(DISTINCT l.event_id) AS times, max(CASE WHEN l.event_id = n.event_id THEN 1 ELSE 0 END) AS fresh
  FROM lines AS l JOIN newest AS n ON n.profile_no = l.profile_no
  GROUP BY 1, 2, 3
), sorted AS (
  SELECT *, row_number() OVER (
    PARTITION BY profile_no ORDER BY fresh DESC, last_at DESC, product_id, product_name
  ) AS place
  FROM bought
)
SELECT n.profile_no, n.occurred_at, s.product_id, s.product_name, s.times, s.fresh
FROM newest AS n
LEFT JOIN (SELECT * FROM sorted WHERE fresh = 1 OR place <= :most) AS s ON s.profile_no = n.profile_no
ORDER BY n.profile_no, s.place
"""
Int: TypeAlias = npt.NDArray[np.int64]
Name: TypeAlias = tuple[str, str]


class Purchases(NamedTuple):
    """Of the n-th profile the rows from `starts[n]` up to `starts[n + 1]`: `names[called]` says how the line names its
    product (id and name, either may be empty; -1: an order without lines), `times` in how many orders that was, `fresh`
    if in the newest one.
    `ordered_us`: when that was, microseconds since 1970. Shapes: (n_profiles,), (n_profiles + 1,), (n_rows,)."""

    numbers: Int
    ordered_us: Int
    starts: Int
    called: Int
    times: Int
    fresh: npt.NDArray[np.bool_]
    names: list[Name]


def query(book: OrderBook, cut: datetime, numbers: Sequence[int]) -> Query:
    return select(_PURCHASES, months=None, **lines(book, cut, numbers), most=MOST)


def read(found: pa.Table) -> Purchases:
    numbers = found["profile_no"].to_numpy().astype(np.int64)
    at = found["occurred_at"].cast(pa.timestamp("us")).to_numpy().astype("datetime64[us]").astype(np.int64)
    starts = np.flatnonzero(np.diff(numbers, prepend=-1))
    called, names = _named(found)
    times, fresh = (pc.fill_null(found[name], 0).to_numpy().astype(np.int64) for name in ("times", "fresh"))
    return Purchases(numbers[starts], at[starts], np.append(starts, len(numbers)), called, times, fresh == 1, names)


def _named(found: pa.Table) -> tuple[Int, list[Name]]:
    """Of each row the place of its name in a list of all that there are."""
    ids, id_of = _encoded(found["product_id"])
    titles, title_of = _encoded(found["product_name"])
    both = ids * (len(title_of) + 1) + titles
    different, called = np.unique(both, return_inverse=True)
    called = np.where(ids < 0, -1, called)
    pairs = [divmod(int(one), len(title_of) + 1) for one in different]
    return called, [(id_of[a], title_of[b]) if a >= 0 else ("", "") for a, b in pairs]


def _encoded(column: pa.ChunkedArray) -> tuple[Int, list[str]]:
    """-1: null."""
    encoded = column.combine_chunks().dictionary_encode()
    return pc.fill_null(encoded.indices, -1).to_numpy().astype(np.int64), encoded.dictionary.to_pylist()
