"""Rows for the lake, made from their keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pyarrow as pa

from cdp.lake.schema import arrow_schema
from cdp.lake.tables import EVENTS, ORDER_ITEMS, LakeTable, month_of

JAN, FEB, MAR = (datetime(2026, month, 10, 12, 30, 15, 123456, UTC) for month in (1, 2, 3))


def event_rows(keys: Sequence[int], at: datetime = JAN) -> pa.Table:
    """One event a key, a minute apart."""
    times = [at + timedelta(minutes=i) for i in range(len(keys))]
    return _table(
        EVENTS,
        len(keys),
        metric_id=[1 + key % 3 for key in keys],
        profile_no=[key % 7 for key in keys],
        occurred_at=times,
        event_id=list(keys),
        value=[key / 4 for key in keys],
        currency=["EUR" if key % 2 else None for key in keys],
        unique_id=[f"ü{key}" for key in keys],
        properties=[f'{{"n": {key}}}' for key in keys],
        received_at=times,
        month=[month_of(time) for time in times],
    )


def item_rows(keys: Sequence[int], at: datetime = JAN) -> pa.Table:
    """Order lines; a key that comes several times is an order of several lines."""
    return _table(
        ORDER_ITEMS,
        len(keys),
        metric_id=[1] * len(keys),
        profile_no=[1] * len(keys),
        occurred_at=[at] * len(keys),
        event_id=list(keys),
        line=[list(keys[:i]).count(key) for i, key in enumerate(keys)],
        product_id=[f"p{i}" for i in range(len(keys))],
        received_at=[at] * len(keys),
        month=[month_of(at)] * len(keys),
    )


def _table(table: LakeTable, rows: int, **columns: list) -> pa.Table:
    return pa.table(
        {
            field.name: pa.array(columns.get(field.name, [None] * rows), field.type)
            for field in arrow_schema(table)
        }
    )
