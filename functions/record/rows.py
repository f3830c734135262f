"""Rows for the lake, gathered as tuples and turned into columns at once."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from cdp.lake.schema import arrow_schema
from cdp.lake.tables import ORDER_ITEMS, LakeTable
from functions.record.facts import Line


class Columns:
    """Rows of one lake table: tuples in the table's column order, times as microseconds since the epoch."""

    def __init__(self, table: LakeTable) -> None:
        self.table = table
        self._month = [column.name for column in table.columns].index("month")
        self.rows: list[tuple[Any, ...]] = []

    def __len__(self) -> int:
        return len(self.rows)

    def months(self) -> int:
        """How many partitions the rows fall into."""
        return len({row[self._month] for row in self.rows})

    def arrow(self) -> pa.Table:
        schema = arrow_schema(self.table)
        columns = zip(*self.rows, strict=True)
        arrays = [pa.array(values, type=field.type) for values, field in zip(columns, schema, strict=True)]
        return pa.Table.from_arrays(arrays, schema=schema)


class OrderLines(Columns):
    """Rows of `order_items`."""

    def __init__(self) -> None:
        super().__init__(ORDER_ITEMS)

    def add_order(
        self, event_key: tuple[int, int, int, int], order_id: str | None, lines: list[Line], received_us: int, month: int
    ) -> None:
        """`event_key` is (metric_id, profile_no, occurred_at in µs, event_id)."""
        self.rows += [
            (*event_key, position, order_id, line.product_id, line.product_name, line.quantity, line.item_price,
             line.categories, received_us, month)
            for position, line in enumerate(lines)
        ]  # fmt: skip
