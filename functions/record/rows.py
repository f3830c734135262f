"""Rows for the lake, column by column: one pass over the events, no object per row."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from cdp.lake.schema import arrow_schema
from cdp.lake.tables import ORDER_ITEMS, LakeTable
from functions.record.facts import Line


class Columns:
    """Growing columns of one lake table."""

    def __init__(self, table: LakeTable) -> None:
        self.table = table
        self._schema = arrow_schema(table)
        self._columns: list[list[Any]] = [[] for _ in table.columns]
        self._appends = [column.append for column in self._columns]

    def add(self, *values: Any) -> None:
        """One row, values in the table's column order; times as integer microseconds since the epoch."""
        for append, value in zip(self._appends, values, strict=True):
            append(value)

    def __len__(self) -> int:
        return len(self._columns[0])

    def months(self) -> int:
        """How many partitions the rows fall into."""
        return len(set(self._columns[-1]))

    def arrow(self) -> pa.Table:
        arrays = [
            pa.array(values, type=field.type) for values, field in zip(self._columns, self._schema, strict=True)
        ]
        return pa.Table.from_arrays(arrays, schema=self._schema)


class OrderLines(Columns):
    """Rows of `order_items`."""

    def __init__(self) -> None:
        super().__init__(ORDER_ITEMS)

    def add_order(
        self, event_key: tuple[int, int, int, int], order_id: str | None, lines: list[Line], received_us: int, month: int
    ) -> None:
        """`event_key` is (metric_id, profile_no, occurred_at in µs, event_id)."""
        for position, line in enumerate(lines):
            self.add(
                *event_key, position, order_id, line.product_id, line.product_name, line.quantity, line.item_price,
                line.categories, received_us, month,
            )  # fmt: skip
