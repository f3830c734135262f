"""Records in the table and what of them reaches the lake."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from cdp import connect
from cdp.documents import outbox, records
from cdp.documents.records import Record, Write
from cdp.lake.tables import OBJECT_RECORDS
from cdp.ports import Lake, Table
from cdp.query.sql import select

ACCOUNT, PET, TOY = "ABC234", "01KPET0000000000000000000A", "01KTAY0000000000000000000A"
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
ANNA = ("email", "anna@shop.example")

CURRENT = select(
    """
    SELECT record_id, profile_no, properties FROM (
      SELECT record_id, profile_no, properties,
             row_number() OVER (PARTITION BY object_type_id, record_id ORDER BY revision DESC) AS age
      FROM object_records
    ) AS r WHERE age = 1
    """
)


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return connect.table(f"sqlite://{tmp_path}/documents.db")


@pytest.fixture
def lake(tmp_path: Path) -> str:
    return f"file://{tmp_path}/lake"


def record(id_: str, no: int = 0, **values: object) -> Record:
    waits = () if no else (ANNA,)
    return Record(PET, id_, NOW, no, properties={"1": id_, **values}, waits_for=waits)


def put(table: Table, *written: Record) -> None:
    stored = records.get(table, ACCOUNT, [(one.type_id, one.id) for one in written])
    writes = [Write(before, after) for before, after in zip(stored, written, strict=True)]
    assert all(records.save(table, ACCOUNT, writes))


def current(table: Table, lake: str) -> dict[str, tuple[int, dict[str, object] | None]]:
    """What the lake says of each record: its profile and properties."""
    outbox.drain(table, connect.lake(lake), ACCOUNT)
    rows = connect.engine("duckdb:", lake).run(ACCOUNT, CURRENT).to_pylist()
    return {
        row["record_id"]: (row["profile_no"], row["properties"] and msgspec.json.decode(row["properties"]))
        for row in rows
    }


def ids(found: list[object]) -> list[object]:
    return [one["1"] for one in found]  # type: ignore[index]


def test_records_of_a_profile_by_type(table: Table) -> None:
    put(
        table, record("a", 7), record("b", 7), record("c", 8), Record(TOY, "t", NOW, 7, properties={"1": "t"})
    )
    assert ids(records.of_profile(table, ACCOUNT, PET, 7)) == ["a", "b"]
    assert ids(records.of_profile(table, ACCOUNT, TOY, 7)) == ["t"]
    assert records.of_profile(table, ACCOUNT, PET, 9) == []
    assert [one.id for one, _ in records.page(table, ACCOUNT, PET)] == ["a", "b", "c"]


def test_a_record_that_changes_hands(table: Table, lake: str) -> None:
    put(table, record("a", 7))
    put(table, record("a", 8, **{"2": 5}))
    assert records.of_profile(table, ACCOUNT, PET, 7) == []
    assert records.of_profile(table, ACCOUNT, PET, 8) == [{"1": "a", "2": 5}]
    assert current(table, lake) == {"a": (8, {"1": "a", "2": 5})}


def test_a_waiting_record_reaches_the_lake_with_its_person(table: Table, lake: str) -> None:
    put(table, record("a"))
    assert [one.record.id for one in records.waiting_for(table, ACCOUNT, [ANNA])] == ["a"]
    assert [one.id for one, _ in records.waiting(table, ACCOUNT, limit=10)] == ["a"]
    assert connect.lake(lake).accounts() == []
    (waiting,) = records.waiting_for(table, ACCOUNT, [ANNA])
    put(table, msgspec.structs.replace(waiting.record, no=7, waits_for=()))
    assert records.waiting_for(table, ACCOUNT, [ANNA]) == records.waiting(table, ACCOUNT, limit=10) == []
    assert current(table, lake) == {"a": (7, {"1": "a"})}


def test_a_deleted_record_is_gone_and_may_come_back(table: Table, lake: str) -> None:
    put(table, record("a", 7))
    put(table, records.tombstone(record("a", 7), "2026", NOW))
    assert records.of_profile(table, ACCOUNT, PET, 7) == records.page(table, ACCOUNT, PET) == []
    assert current(table, lake) == {"a": (7, None)}
    put(table, record("a", 7))
    assert ids(records.of_profile(table, ACCOUNT, PET, 7)) == ["a"]
    assert current(table, lake) == {"a": (7, {"1": "a"})}


def test_moved_records_are_the_destinations(table: Table, lake: str) -> None:
    put(table, *(record(f"r{i:04d}", 7) for i in range(60)), record("x", 8))
    put(table, records.tombstone(record("r0000", 7), "2026", NOW))
    assert records.move(table, ACCOUNT, 7, 8, NOW + timedelta(hours=1)) == 60
    assert records.move(table, ACCOUNT, 7, 8, NOW + timedelta(hours=1)) == 0
    assert records.of_profile(table, ACCOUNT, PET, 7) == []
    assert len(records.of_profile(table, ACCOUNT, PET, 8)) == 60
    rows = current(table, lake)
    assert {no for no, properties in rows.values() if properties} == {8}
    assert sum(1 for _, properties in rows.values() if properties) == 60


def test_an_erased_persons_records_leave_no_item(table: Table, lake: str) -> None:
    put(table, record("a", 7), record("b", 7), record("w"), record("x", 8))
    put(table, records.tombstone(record("b", 7), "2026", NOW))
    put(table, record("x", 7))
    put(table, record("x", 8))
    outbox.drain(table, connect.lake(lake), ACCOUNT)
    assert records.erase(table, ACCOUNT, 7) == 2
    assert records.erase_waiting(table, ACCOUNT, [ANNA]) == 1
    assert records.get(table, ACCOUNT, [(PET, "a"), (PET, "b"), (PET, "w")]) == [None, None, None]
    assert [one.id for one, _ in records.page(table, ACCOUNT, PET)] == ["x"]
    assert records.waiting(table, ACCOUNT, limit=10) == []
    rows = (
        connect.engine("duckdb:", lake)
        .run(ACCOUNT, select("SELECT profile_no, properties FROM object_records"))
        .to_pylist()
    )
    assert [row for row in rows if row["profile_no"] not in (7, 8)] == []


def test_a_stale_write_changes_nothing(table: Table) -> None:
    put(table, record("a", 7))
    (before,) = records.get(table, ACCOUNT, [(PET, "a")])
    put(table, record("a", 8))
    assert records.save(table, ACCOUNT, [Write(before, record("a", 9))]) == [False]
    assert records.of_profile(table, ACCOUNT, PET, 9) == []
    assert records.save(table, ACCOUNT, [Write(None, record("a", 9))]) == [False]


def test_only_rows_of_profiles_are_in_the_lake(table: Table, lake: str) -> None:
    put(table, record("a"), record("b", 7))
    put(table, record("b"))
    drained: Lake = connect.lake(lake)
    outbox.drain(table, drained, ACCOUNT)
    rows = (
        connect.engine("duckdb:", lake)
        .run(ACCOUNT, select("SELECT profile_no FROM object_records"))
        .to_pylist()
    )
    assert [row["profile_no"] for row in rows] == [7, 7]
    assert drained.months(ACCOUNT, OBJECT_RECORDS) == [2026 * 12 + 10]
