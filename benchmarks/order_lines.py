"""Lines of the made-up shop's orders: one to four of 5,000 products, a few of which sell well."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.shop import PRODUCTS

CATEGORIES = 40
_ORDER = 1  # the metric


def lines(events: Path, seed: int) -> dict[str, pa.Array]:
    """Columns of `order_items` for the orders in a file of events, in its order."""
    columns = ["metric_id", "profile_no", "occurred_at", "event_id", "order_id", "received_at", "month"]
    orders = pq.read_table(events, columns=columns, filters=[("metric_id", "=", _ORDER)])
    chance = np.random.default_rng((seed, 1))
    sizes = 1 + chance.binomial(3, 0.3, orders.num_rows)
    ends = np.cumsum(sizes)
    n = int(ends[-1])
    product = (PRODUCTS * chance.random(n) ** 2.5).astype(np.int64) + 1
    text = pa.array(product).cast(pa.string())
    category = pa.array(product % CATEGORIES).cast(pa.string())
    taken = orders.take(pa.array(np.repeat(np.arange(orders.num_rows), sizes)))
    return {
        **{name: taken[name].combine_chunks() for name in columns},
        "line": pa.array((np.arange(n) - np.repeat(ends - sizes, sizes)).astype(np.int32)),
        "product_id": text,
        "product_name": pc.binary_join_element_wise("Product ", text, ""),
        "quantity": pa.array(chance.choice([1.0, 1.0, 1.0, 2.0, 3.0], n)),
        "item_price": pa.array(np.round(5 + product % 97 + 0.99, 2)),
        "categories": pc.binary_join_element_wise('["Category ', category, '"]', ""),
    }
