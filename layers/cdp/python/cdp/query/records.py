"""The rows of an answer as dicts. Instants are made by numpy: pyarrow looks for the zone of each one, 10 µs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

_INSTANT = pa.timestamp("us", "UTC")


def records(table: pa.Table) -> list[dict[str, Any]]:
    columns = [_values(column) for column in table.columns]
    return [dict(zip(table.column_names, row, strict=True)) for row in zip(*columns, strict=True)]


def _values(column: Any) -> list[Any]:
    if column.type != _INSTANT:
        values: list[Any] = column.to_pylist()
        return values
    clock: list[datetime | None] = column.cast(pa.timestamp("us")).to_numpy().tolist()
    return [None if at is None else at.replace(tzinfo=UTC) for at in clock]
