"""Compactions, replacements and vacuums between the steps of each other: what each of them meets, one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from pyiceberg.exceptions import CommitFailedException

from cdp.adapters.embedded.lake import local_lake
from cdp.lake.iceberg import IcebergLake
from cdp.lake.tables import EVENTS
from tests.contract.ports.rows import FEB, event_rows
from tests.contract.ports.test_replace import nothing, to

A = "aBc123"


class Killed(BaseException):
    """The process is gone."""


@pytest.fixture
def other(tmp_path: Path) -> IcebergLake:
    """Another process's view of the lake."""
    return local_lake(f"{tmp_path}/lake")


@pytest.fixture
def lake(tmp_path: Path) -> IcebergLake:
    opened = local_lake(f"{tmp_path}/lake")
    for i in range(3):
        opened.append(A, EVENTS, event_rows(range(i * 7, i * 7 + 7)))
    opened.append(A, EVENTS, event_rows(range(21, 28), FEB))
    return opened


def after_writing(lake: IcebergLake, happens: Callable[[], Any], *, times: int = 1) -> None:
    """Let something happen whenever this lake has read or written files and is about to commit."""
    connect, left = lake._duckdb, [times]

    @contextmanager
    def connected() -> Iterator[duckdb.DuckDBPyConnection]:
        with connect() as connection:
            yield connection
        if left[0]:
            left[0] -= 1
            happens()

    lake._duckdb = connected  # type: ignore[assignment, method-assign]


def owners(lake: IcebergLake) -> list[tuple[int, int]]:
    files = lake.files(A, EVENTS)
    with duckdb.connect() as connection:
        text = "SELECT event_id, profile_no FROM read_parquet(?) ORDER BY ALL"
        return connection.execute(text, [files]).fetchall() if files else []


def on_disk(tmp_path: Path) -> set[str]:
    return {str(path) for path in tmp_path.rglob("*.parquet")}


EVERYBODY = [(key, key % 7) for key in range(28)]
WITHOUT_3 = [(key, no) for key, no in EVERYBODY if no != 3]
MOVED = sorted([*WITHOUT_3, *((key + 1000, 4) for key, no in EVERYBODY if no == 3)])


def test_an_append_under_way_fails_and_its_files_are_not_missed(lake: IcebergLake, other: IcebergLake) -> None:
    stored = other._table(A, EVENTS, fresh=True)
    transaction = stored.transaction()
    transaction.append(event_rows([100]).cast(pa.schema([f.with_nullable(True) for f in event_rows([]).schema])))
    lake.vacuum(A)
    with pytest.raises(CommitFailedException):
        transaction.commit_transaction()
    assert owners(lake) == EVERYBODY
    assert other.append(A, EVENTS, event_rows([100])).new.all()
    assert owners(lake) == [*EVERYBODY, (100, 2)]


def test_compaction_gives_way_to_a_replacement(lake: IcebergLake, other: IcebergLake) -> None:
    after_writing(lake, lambda: other.replace(A, EVENTS, [3], nothing))
    lake.compact(A, EVENTS, everything=True)
    assert owners(lake) == WITHOUT_3, "no erased row comes back"
    lake.compact(A, EVENTS, everything=True)
    assert owners(lake) == WITHOUT_3


def test_compaction_gives_way_to_a_vacuum(lake: IcebergLake, other: IcebergLake) -> None:
    after_writing(lake, lambda: other.vacuum(A))
    lake.compact(A, EVENTS, everything=True)
    assert owners(lake) == EVERYBODY
    assert lake.compact(A, EVENTS, everything=True).months == 1
    assert owners(lake) == EVERYBODY


def test_compaction_bears_appends(lake: IcebergLake, other: IcebergLake) -> None:
    keys = iter(range(100, 110))
    after_writing(lake, lambda: other.append(A, EVENTS, event_rows([next(keys)])), times=3)
    assert lake.compact(A, EVENTS, everything=True).months == 1
    assert owners(lake)[:28] == EVERYBODY


@pytest.mark.parametrize("change", [nothing, to(4)])
def test_replacement_begins_anew_behind_a_compaction(
    lake: IcebergLake, other: IcebergLake, change: Callable[[pa.Table], pa.Table]
) -> None:
    after_writing(lake, lambda: other.compact(A, EVENTS, everything=True))
    assert lake.replace(A, EVENTS, [3], change).taken == 4
    assert owners(lake) == (WITHOUT_3 if change is nothing else MOVED)


def test_replacement_begins_anew_behind_a_vacuum(lake: IcebergLake, other: IcebergLake, tmp_path: Path) -> None:
    after_writing(lake, lambda: other.vacuum(A))
    assert lake.replace(A, EVENTS, [3], to(4)).put == 4
    assert owners(lake) == MOVED
    other.vacuum(A)
    assert on_disk(tmp_path) == set(lake.files(A, EVENTS))


def test_an_append_in_between_takes_the_key(lake: IcebergLake, other: IcebergLake) -> None:
    lake.replace(A, EVENTS, [6], nothing)  # its key set knows all keys now
    after_writing(lake, lambda: other.append(A, EVENTS, event_rows([1003, 1010])))
    assert lake.replace(A, EVENTS, [3], to(4)).put == 2
    assert owners(lake) == sorted(
        [(k, no) for k, no in MOVED if no != 6 and k not in (1003, 1010)] + [(1003, 1003 % 7), (1010, 1010 % 7)]
    )


def test_rows_that_come_in_between_are_for_the_next(lake: IcebergLake, other: IcebergLake) -> None:
    after_writing(lake, lambda: other.append(A, EVENTS, event_rows([101])))  # of profile 3
    assert lake.replace(A, EVENTS, [3], nothing).taken == 4
    assert owners(lake) == [*WITHOUT_3, (101, 3)]
    assert lake.replace(A, EVENTS, [3], nothing).taken == 1
    assert owners(lake) == WITHOUT_3


@pytest.mark.parametrize("change", [nothing, to(4)])
def test_death_before_the_commit_changes_nothing(
    lake: IcebergLake, other: IcebergLake, tmp_path: Path, change: Callable[[pa.Table], pa.Table]
) -> None:
    def die() -> None:
        raise Killed

    after_writing(lake, die)
    with pytest.raises(Killed):
        lake.replace(A, EVENTS, [3], change)
    assert owners(other) == EVERYBODY
    assert len(on_disk(tmp_path)) > len(other.files(A, EVENTS))
    other.vacuum(A)
    assert on_disk(tmp_path) == set(other.files(A, EVENTS)), "what the dead one left is gone"
    assert other.replace(A, EVENTS, [3], change).taken == 4
    assert owners(other) == (WITHOUT_3 if change is nothing else MOVED)


def test_a_fault_of_the_change_leaves_no_file(lake: IcebergLake, tmp_path: Path) -> None:
    before = on_disk(tmp_path)

    def fails(rows: pa.Table) -> pa.Table:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        lake.replace(A, EVENTS, [3], fails)
    assert on_disk(tmp_path) == before
    assert owners(lake) == EVERYBODY


@pytest.mark.parametrize("question", [lambda lake: len(lake.files(A, EVENTS)), lambda lake: lake.months(A, EVENTS)])
def test_a_plan_begins_anew_behind_a_vacuum(
    lake: IcebergLake, other: IcebergLake, monkeypatch: pytest.MonkeyPatch, question: Callable[[IcebergLake], object]
) -> None:
    other.compact(A, EVENTS, everything=True)
    looked, left = lake._existing, [1]

    def existing(*asked: Any) -> Any:
        """The table as it was before the others went on."""
        found = looked(*asked)
        if left:
            left.pop()
            other.append(A, EVENTS, event_rows([100], FEB))
            other.compact(A, EVENTS, everything=True)
            other.vacuum(A)
        return found

    monkeypatch.setattr(lake, "_existing", existing)
    assert question(lake) == question(other)
    assert not left
