"""Ten million events of a made-up shop, as the lake keeps them after a compaction.

A file a month, rows sorted by (metric, profile, time), zstd, row groups of 20,000. Twelve metrics, half a
million profiles of very different zeal over 24 months, and one profile that is a bot. The same every time.

python -m benchmarks.data FOLDER [EVENTS]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cdp.lake.schema import arrow_schema
from cdp.lake.tables import EVENTS, LakeTable, month_of

EVENT_COUNT = 10_000_000
PROFILES = 500_000
FIRST = datetime(2024, 7, 1, tzinfo=UTC)
MONTHS = 24
BOT, BOT_EVENTS = 77, 95_000
# Metric number -> share of all events, and whether its events have a value.
METRICS = {
    1: (0.060, True),  # Placed Order
    2: (0.002, True),  # Cancelled Order
    3: (0.003, True),  # Refunded Order
    4: (0.330, False),  # Viewed Product
    5: (0.240, False),  # Opened Email
    6: (0.060, False),  # Clicked Email
    7: (0.120, False),  # Active on Site
    8: (0.060, True),  # Added to Cart
    9: (0.040, True),  # Started Checkout
    10: (0.060, True),  # Ordered Product
    11: (0.015, False),  # Received SMS
    12: (0.010, False),  # Subscribed to List
}
_COUNTRIES = ["DE", "FR", "AT", "US", "GB", "NL"]
_ROW_GROUP = 20_000


class GeneratedLake:
    """The reading half of the Lake port over the generated files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def files(self, account_id: str, table: LakeTable, months: tuple[int, int] | None = None) -> list[str]:
        first, last = months or (0, 1 << 30)
        found = [(int(path.stem), path) for path in self._folder.glob("*.parquet")]
        return (
            [str(path) for month, path in sorted(found) if first <= month <= last] if table is EVENTS else []
        )


def generate(folder: Path, events: int = EVENT_COUNT) -> None:
    """Write the files that are not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(MONTHS):
        month = month_of(FIRST) + number
        path = folder / f"{month}.parquet"
        if path.exists():
            continue
        part = path.with_suffix(".part")
        with pq.ParquetWriter(part, _schema(), compression="zstd", compression_level=1) as writer:
            writer.write_table(_month(month, events // MONTHS, number), row_group_size=_ROW_GROUP)
        part.rename(path)


def _schema() -> pa.Schema:
    return pa.schema(
        field.with_metadata({"PARQUET:field_id": str(column.id)})
        for field, column in zip(arrow_schema(EVENTS), EVENTS.columns, strict=True)
    )


def _month(month: int, n: int, seed: int) -> pa.Table:
    chance = np.random.default_rng(seed)
    metric = chance.choice(list(METRICS), n, p=_shares()).astype(np.int32)
    profile = _profiles(chance, n)
    bots = BOT_EVENTS // MONTHS * n * MONTHS // EVENT_COUNT
    metric[:bots], profile[:bots] = 4, BOT
    start, end = (datetime(m // 12, m % 12 + 1, 1, tzinfo=UTC).timestamp() for m in (month, month + 1))
    at = (chance.uniform(start, end, n) * 1e6).astype(np.int64)
    at -= at % 1000
    order = np.lexsort((at, profile, metric))
    columns = dict(_columns(chance, metric[order], profile[order], at[order], month))
    schema = _schema()
    return pa.table([columns.get(field.name, pa.nulls(n, field.type)) for field in schema], schema=schema)


def _shares() -> np.ndarray:
    shares = np.array([share for share, _ in METRICS.values()])
    return shares / shares.sum()


def _profiles(chance: np.random.Generator, n: int) -> np.ndarray:
    """Numbers from 1; a few people do much, most little."""
    return (PROFILES * chance.random(n) ** 2.2).astype(np.int32) + 1


def _columns(
    chance: np.random.Generator, metric: np.ndarray, profile: np.ndarray, at: np.ndarray, month: int
) -> Iterator[tuple[str, pa.Array]]:
    n = len(metric)
    numbers = pa.array(chance.integers(-(2**63), 2**63, n))
    valued = np.isin(metric, [number for number, (_, has) in METRICS.items() if has])
    money = np.round(chance.lognormal(3.6, 0.8, n), 2)
    money[chance.random(n) < 0.01] = 0.0
    text = pc.cast(numbers, pa.string())
    ordered = pa.array(np.isin(metric, [1, 2, 3, 10]))
    product = pa.array(chance.integers(1, 5_000, n)).cast(pa.string())
    country = pa.DictionaryArray.from_arrays(
        pa.array(chance.integers(0, 6, n).astype(np.int8)), pa.array(_COUNTRIES)
    )
    yield "metric_id", pa.array(metric)
    yield "profile_no", pa.array(profile)
    yield "occurred_at", pa.array(at, pa.timestamp("us")).cast(pa.timestamp("us", "UTC"))
    yield "event_id", numbers
    yield "value", pa.array(money, mask=~valued)
    yield "unique_id", text
    yield "order_id", pc.if_else(ordered, text, None)
    yield "product_id", pc.if_else(pa.array(np.isin(metric, [4, 8, 10])), product, None)
    yield (
        "campaign",
        pc.if_else(
            pa.array(np.isin(metric, [5, 6])), pc.binary_join_element_wise("Campaign ", product, ""), None
        ),
    )
    yield (
        "properties",
        pc.binary_join_element_wise(
            '{"ProductID":"', product, '","Country":"', country.cast(pa.string()), '"}', ""
        ),
    )
    yield (
        "profile_properties",
        pc.binary_join_element_wise('{"$country":"', country.cast(pa.string()), '","plan":"plus"}', ""),
    )
    yield "received_at", pa.array(at + 1_500_000, pa.timestamp("us")).cast(pa.timestamp("us", "UTC"))
    yield "month", pa.array(np.full(n, month, np.int32))


if __name__ == "__main__":
    generate(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else EVENT_COUNT)
