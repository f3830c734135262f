"""The reading half of the Lake port over Parquet files of one folder a table and month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cdp.lake.tables import LakeTable, month_of

KINDS = {
    "int32": pa.int32(),
    "int64": pa.int64(),
    "double": pa.float64(),
    "string": pa.string(),
    "timestamptz": pa.timestamp("us", "UTC"),
}
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


def schema(table: LakeTable) -> pa.Schema:
    """The table's columns with their Iceberg field ids."""
    return pa.schema(
        [
            pa.field(c.name, KINDS[c.kind], nullable=not c.required, metadata={"PARQUET:field_id": str(c.id)})
            for c in table.columns
        ]
    )


def event(number: int, at: datetime = NOON, **columns: Any) -> dict[str, Any]:
    """A row of `events`, complete but for what the test is about."""
    return {
        "metric_id": 1,
        "profile_no": 1,
        "occurred_at": at,
        "event_id": number,
        "properties": "{}",
        "received_at": at,
        **columns,
    }


class FileLake:
    """`files` as the lake's port has it; `write` is for tests and checks nothing."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._files = 0

    def write(self, account_id: str, table: LakeTable, rows: Sequence[Mapping[str, Any]]) -> None:
        by_month: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
        for row in rows:
            by_month[month_of(row["occurred_at"])].append(row)
        for month, some in by_month.items():
            self.write_month(
                account_id,
                table,
                month,
                pa.Table.from_pylist([{**r, "month": month} for r in some], schema(table)),
            )

    def write_month(self, account_id: str, table: LakeTable, month: int, rows: pa.Table) -> None:
        folder = self.root / account_id / table.name / f"month={month}"
        folder.mkdir(parents=True, exist_ok=True)
        self._files += 1
        pq.write_table(
            rows.sort_by([(name, "ascending") for name in table.sort]), folder / f"{self._files:05}.parquet"
        )

    def files(self, account_id: str, table: LakeTable, months: tuple[int, int] | None = None) -> list[str]:
        first, last = months or (0, 1 << 30)
        folders = (self.root / account_id / table.name).glob("month=*")
        return sorted(
            str(path)
            for folder in folders
            if first <= int(folder.name.removeprefix("month=")) <= last
            for path in folder.glob("*.parquet")
        )
