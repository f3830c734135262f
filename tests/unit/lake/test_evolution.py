"""Lakes made before a column was: what is in them stays readable, and everything goes on being written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from cdp.adapters.embedded.lake import local_lake
from cdp.lake.evolution import bring_up_to_date
from cdp.lake.iceberg import IcebergLake
from cdp.lake.schema import arrow_schema, iceberg_schema
from cdp.lake.tables import EVENTS
from cdp.query.duckdb import DuckdbEngine
from cdp.query.sql import select
from tests.contract.ports.rows import FEB, event_rows

A = "aBc123"
OLD = replace(EVENTS, columns=EVENTS.columns[:17])
ALL = select("SELECT event_id, profile_no, variation, machine, transactional FROM events ORDER BY event_id")


def new_rows(keys: range, **kwargs: Any) -> pa.Table:
    """Rows of today, with a variation."""
    rows = event_rows(keys, **kwargs)
    at = rows.schema.get_field_index("variation")
    return rows.set_column(at, "variation", pa.array([f"v{key}" for key in keys], pa.string()))


@pytest.fixture
def lake(tmp_path: Path) -> IcebergLake:
    """A lake whose events have the seventeen columns of its day, and files of them."""
    opened = local_lake(f"{tmp_path}/lake")
    names = [column.name for column in OLD.columns]
    opened.append(A, OLD, event_rows(range(5)).select(names))
    opened.append(A, OLD, event_rows(range(5, 8)).select(names))
    return local_lake(f"{tmp_path}/lake")


def variations(lake: IcebergLake) -> list[tuple[int, str | None]]:
    engine = DuckdbEngine(lake)
    try:
        return [(row["event_id"], row["variation"]) for row in engine.run(A, ALL).to_pylist()]
    finally:
        engine.close()


def test_old_files_read_as_null(lake: IcebergLake) -> None:
    assert variations(lake) == [(key, None) for key in range(8)]


def test_new_columns_get_their_own_field_ids(lake: IcebergLake) -> None:
    lake.append(A, EVENTS, new_rows(range(8, 9)))
    stored = lake.catalog.load_table(lake._name(A, EVENTS))
    assert stored.schema().as_struct() == iceberg_schema(EVENTS).as_struct()
    bring_up_to_date(stored, EVENTS)  # once more changes nothing
    assert len(stored.metadata.schemas) == 2


def test_appends_know_the_old_keys(lake: IcebergLake) -> None:
    assert lake.append(A, EVENTS, new_rows(range(6, 10))).new.tolist() == [False, False, True, True]
    assert variations(lake) == [*((key, None) for key in range(8)), (8, "v8"), (9, "v9")]


def test_a_compaction_joins_old_and_new_files(lake: IcebergLake) -> None:
    lake.append(A, EVENTS, new_rows(range(8, 10)))
    assert lake.compact(A, EVENTS, everything=True).files_after == 1
    assert variations(lake) == [*((key, None) for key in range(8)), (8, "v8"), (9, "v9")]
    assert lake.append(A, EVENTS, new_rows(range(12))).new.tolist() == [False] * 10 + [True] * 2


@pytest.mark.parametrize("everything", [True, False])
def test_a_compaction_may_come_first(lake: IcebergLake, everything: bool) -> None:
    assert lake.compact(A, EVENTS, everything=everything).files_after in (1, 2)
    lake.append(A, EVENTS, new_rows(range(8, 9), at=FEB))
    assert variations(lake) == [*((key, None) for key in range(8)), (8, "v8")]


def test_rows_of_old_and_new_files_are_replaced_alike(lake: IcebergLake) -> None:
    lake.append(A, EVENTS, new_rows(range(8, 16)))
    assert lake.replace(A, EVENTS, [1], lambda rows: rows).taken == 3  # keys 1, 8 and 15
    assert variations(lake) == [*((key, None) for key in range(8)), *((key, f"v{key}") for key in range(8, 16))]
    read = lake.read(A, EVENTS, [1], ["event_id", "variation"]).sort_by("event_id")
    assert read["variation"].to_pylist() == [None, "v8", "v15"]


def test_a_replacement_may_come_first(lake: IcebergLake) -> None:
    assert lake.replace(A, EVENTS, [3], lambda rows: rows.slice(0, 0)).taken == 1
    assert lake.read(A, EVENTS, [4], ["event_id", "machine"]).to_pylist() == [{"event_id": 4, "machine": None}]


def test_two_writers_bring_the_table_up_to_date_together(lake: IcebergLake) -> None:
    name = lake._name(A, EVENTS)
    first, second = lake.catalog.load_table(name), lake.catalog.load_table(name)
    bring_up_to_date(first, EVENTS)
    bring_up_to_date(second, EVENTS)
    assert second.schema().as_struct() == iceberg_schema(EVENTS).as_struct()


def test_the_old_schema_is_the_beginning_of_the_new_one() -> None:
    assert arrow_schema(EVENTS).names[:17] == arrow_schema(OLD).names
    assert [column.id for column in EVENTS.columns] == list(range(1, 23))
    assert not any(column.required for column in EVENTS.columns[17:])
