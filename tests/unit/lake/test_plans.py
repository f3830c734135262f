"""Remembered plans are those that a reader without memory makes, whatever happens to the table in between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from cdp.adapters.embedded.lake import local_lake
from cdp.lake.schema import arrow_schema
from cdp.lake.tables import EVENTS, month_of

START = datetime(2026, 1, 1, tzinfo=UTC)


def rows(first: int, days_apart: int) -> pa.Table:
    """Three events."""
    listed = []
    for i in range(first, first + 3):
        at = START + timedelta(days=i * days_apart)
        listed.append(
            {
                "metric_id": 1,
                "profile_no": 1,
                "occurred_at": at,
                "event_id": i,
                "properties": "{}",
                "received_at": at,
                "month": month_of(at),
            }
        )
    return pa.Table.from_pylist(listed, schema=arrow_schema(EVENTS))


def test_plans_follow_appends_compactions_and_drops(tmp_path: Path) -> None:
    reader, writer = local_lake(str(tmp_path)), local_lake(str(tmp_path))

    def check(rows_: int) -> None:
        fresh = local_lake(str(tmp_path))
        for months in (None, (24312, 24313), (0, 1)):
            assert sorted(reader.files("A", EVENTS, months)) == sorted(fresh.files("A", EVENTS, months))
        assert reader.months("A", EVENTS) == fresh.months("A", EVENTS)
        held = sum(pq.read_metadata(path).num_rows for path in reader.files("A", EVENTS))
        assert held == rows_

    assert reader.files("A", EVENTS) == reader.months("A", EVENTS) == []
    for i in range(4):
        writer.append("A", EVENTS, rows(3 * i, 5))
        check(3 * (i + 1))
    writer.append("A", EVENTS, rows(12, 5))
    writer.append("A", EVENTS, rows(15, 5))
    check(18)
    writer.compact("A", EVENTS, everything=True)
    check(18)
    writer.append("A", EVENTS, rows(18, 40))
    writer.compact("A", EVENTS)
    writer.append("A", EVENTS, rows(21, 40))
    check(24)
    writer.drop("A")
    writer.append("A", EVENTS, rows(0, 5))
    check(3)
