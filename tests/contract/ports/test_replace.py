"""What every `Lake` does when rows move or vanish, beside appends and compactions."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cdp.errors import Unavailable
from cdp.lake.tables import EVENTS, ORDER_ITEMS, LakeTable
from cdp.ports import Lake, Replaced
from cdp.query.sql import select
from tests.contract.ports.conftest import rows_of
from tests.contract.ports.rows import FEB, JAN, MAR, event_rows, item_rows
from tests.contract.ports.test_lake import append_patiently, stored_keys

A, B = "aBc123", "AbC123"
SHIFT = 1000  # a moved row's key
PAUSE_S = 0.05  # of those who disturb: enough for the disturbed to get on


def nothing(rows: pa.Table) -> pa.Table:
    return rows.slice(0, 0)


def to(profile_no: int, shift: int = SHIFT) -> Callable[[pa.Table], pa.Table]:
    """The rows with another profile and other keys."""

    def change(rows: pa.Table) -> pa.Table:
        numbers = pa.array(np.full(rows.num_rows, profile_no, dtype=np.int32))
        rows = rows.set_column(rows.schema.get_field_index("profile_no"), "profile_no", numbers)
        keys = pc.add(rows["event_id"], shift)
        return rows.set_column(rows.schema.get_field_index("event_id"), "event_id", keys)

    return change


def patiently(call: Callable[[], Replaced | int]) -> None:
    for _ in range(20):
        try:
            call()
        except Unavailable:
            continue
        return


def owners(lake: Lake, locator: str, table: LakeTable = EVENTS) -> list[tuple[int, int]]:
    text = f"SELECT event_id, profile_no FROM {table.name} ORDER BY event_id"
    return [(row["event_id"], row["profile_no"]) for row in rows_of(lake, locator, A, select(text)).to_pylist()]


def test_rows_vanish_and_the_others_stay_as_they_are(lake: Lake, lake_locator: str) -> None:
    for i, at in enumerate((JAN, FEB, MAR)):
        lake.append(A, EVENTS, event_rows(range(i * 10, i * 10 + 10), at))
    lake.append(B, EVENTS, event_rows(range(10)))
    text = select("SELECT * FROM events ORDER BY event_id")
    before = rows_of(lake, lake_locator, A, text).to_pylist()
    done = lake.replace(A, EVENTS, [3, 5, 99], nothing)
    gone = [key for key in range(30) if key % 7 in (3, 5)]
    assert done == Replaced("events", 3, len(gone), 0)
    assert rows_of(lake, lake_locator, A, text).to_pylist() == [r for r in before if r["event_id"] not in gone]
    assert stored_keys(lake, lake_locator, B) == list(range(10)), "another account's rows stay"
    assert lake.replace(A, EVENTS, [3, 5, 99], nothing) == Replaced("events", 0, 0, 0)
    assert lake.replace(A, EVENTS, [], nothing) == Replaced("events", 0, 0, 0)
    assert lake.replace("nobody", EVENTS, [1], nothing) == Replaced("events", 0, 0, 0)


def test_files_without_such_rows_are_left_alone(lake: Lake) -> None:
    lake.append(A, EVENTS, event_rows([7, 14]))  # profile 0
    (kept,) = lake.files(A, EVENTS)
    lake.append(A, EVENTS, event_rows([1, 3]))  # profiles 1 and 3
    assert lake.replace(A, EVENTS, [2], nothing).files == 0, "between the bounds, but not there"
    assert lake.replace(A, EVENTS, [1], nothing) == Replaced("events", 1, 1, 0)
    assert kept in lake.files(A, EVENTS)
    assert len(lake.files(A, EVENTS)) == 2


def test_the_last_row_of_a_table_can_go(lake: Lake, lake_locator: str) -> None:
    lake.append(A, EVENTS, event_rows([1]))
    assert lake.replace(A, EVENTS, [1], nothing) == Replaced("events", 1, 1, 0)
    assert lake.files(A, EVENTS) == []
    assert lake.append(A, EVENTS, event_rows([2])).new.all()
    assert stored_keys(lake, lake_locator) == [2]


def test_moved_rows_have_their_new_keys_and_months(open_lake: Callable[[], Lake], lake_locator: str) -> None:
    lake, other = open_lake(), open_lake()
    lake.append(A, EVENTS, event_rows([1, 2], JAN))
    lake.append(A, EVENTS, event_rows([8, 9], FEB))
    assert not other.append(A, EVENTS, event_rows([1])).new.any()
    assert lake.replace(A, EVENTS, [1], to(2)) == Replaced("events", 2, 2, 2)
    assert owners(lake, lake_locator) == [(2, 2), (9, 2), (1001, 2), (1008, 2)]
    for writer in (lake, other, open_lake()):  # that replaced, that appended before, that looks for the first time
        assert writer.append(A, EVENTS, event_rows([2, 1001, 1008])).new.tolist() == [False] * 3
    assert other.append(A, EVENTS, event_rows([10])).new.all()


def test_a_row_whose_key_is_taken_gives_way(lake: Lake, lake_locator: str) -> None:
    lake.append(A, EVENTS, event_rows([1, 8, 1001, 15]))  # 1, 8, 15 of profile 1; 1001 of profile 0
    done = lake.replace(A, EVENTS, [1], to(2))
    assert done == Replaced("events", 1, 3, 2)
    assert owners(lake, lake_locator) == [(1001, 0), (1008, 2), (1015, 2)]


def test_a_row_may_keep_its_own_key(lake: Lake, lake_locator: str) -> None:
    lake.append(A, EVENTS, event_rows([1, 2, 8]))
    assert lake.replace(A, EVENTS, [1], to(5, shift=0)) == Replaced("events", 1, 2, 2)
    assert owners(lake, lake_locator) == [(1, 5), (2, 2), (8, 5)]


def test_all_lines_of_a_key_move(lake: Lake, lake_locator: str) -> None:
    lake.append(A, ORDER_ITEMS, item_rows([7, 7, 7, 8]))
    assert lake.replace(A, ORDER_ITEMS, [1], to(4)) == Replaced("order_items", 1, 4, 4)
    assert owners(lake, lake_locator, ORDER_ITEMS) == [(1007, 4)] * 3 + [(1008, 4)]


def test_reading_the_rows_of_profiles(lake: Lake) -> None:
    assert lake.read(A, EVENTS, [1], ["event_id"]).num_rows == 0
    lake.append(A, EVENTS, event_rows(range(20), JAN))
    lake.append(A, EVENTS, event_rows(range(20, 30), FEB))
    found = lake.read(A, EVENTS, [1, 6], ["event_id", "unique_id"])
    assert found.column_names == ["event_id", "unique_id"]
    assert sorted(found["event_id"].to_pylist()) == [key for key in range(30) if key % 7 in (1, 6)]


def test_replacement_beside_appends_and_compactions(open_lake: Callable[[], Lake], lake_locator: str) -> None:
    """Profiles 1 to 3 move to 4, again and again, while their events come in and files are merged."""
    writer, mover, compactor = open_lake(), open_lake(), open_lake()
    writer.append(A, EVENTS, event_rows(range(7)))
    stop = threading.Event()

    def compact() -> None:
        while not stop.wait(PAUSE_S):
            patiently(lambda: len(compactor.compact(A, EVENTS, everything=True).table))

    def write() -> None:
        for i in range(1, 7):
            append_patiently(writer, event_rows(range(i * 7 - 3, i * 7 + 7), FEB if i % 2 else JAN))

    with ThreadPoolExecutor(2) as threads:
        writing, compacting = threads.submit(write), threads.submit(compact)
        while not writing.done():
            patiently(lambda: mover.replace(A, EVENTS, [1, 2, 3], to(4)))
        stop.set()
        writing.result()
        compacting.result()
    patiently(lambda: mover.replace(A, EVENTS, [1, 2, 3], to(4)))
    moved = [key + SHIFT for key in range(49) if key % 7 in (1, 2, 3)]
    stayed = [key for key in range(49) if key % 7 not in (1, 2, 3)]
    assert owners(mover, lake_locator) == sorted([(k, k % 7) for k in stayed] + [(k, 4) for k in moved])
    fresh = open_lake()
    for lake in (writer, fresh):
        assert not lake.append(A, EVENTS, event_rows(stayed + moved)).new.any()


# ---------------------------------------------------------------- vacuum


def test_a_vacuum_leaves_what_is_needed_and_nothing_else(
    open_lake: Callable[[], Lake], lake_locator: str
) -> None:
    lake, other = open_lake(), open_lake()
    assert lake.vacuum(A) == 0
    for i in range(3):
        lake.append(A, EVENTS, event_rows(range(i * 10, i * 10 + 10)))
    other.append(A, EVENTS, event_rows([30]))
    old = lake.files(A, EVENTS)
    lake.compact(A, EVENTS, everything=True)
    lake.replace(A, EVENTS, [3], nothing)
    assert lake.vacuum(A) >= len(old) + 1
    kept = [key for key in range(31) if key % 7 != 3]
    for view in (lake, other, open_lake()):
        assert stored_keys(view, lake_locator) == kept
        assert not view.append(A, EVENTS, event_rows(kept)).new.any()
    assert other.append(A, EVENTS, event_rows([32])).new.all()
    lake.vacuum(A)
    lake.vacuum(A)
    assert stored_keys(open_lake(), lake_locator) == [*kept, 32]


def test_a_vacuum_beside_writers_costs_no_row(open_lake: Callable[[], Lake], lake_locator: str) -> None:
    writer, mover, compactor, cleaner = (open_lake() for _ in range(4))
    writer.append(A, EVENTS, event_rows(range(7)))
    stop = threading.Event()

    def repeat(call: Callable[[], Replaced | int]) -> None:
        while not stop.wait(PAUSE_S):
            patiently(call)

    def write() -> None:
        for i in range(1, 5):
            append_patiently(writer, event_rows(range(i * 7, i * 7 + 7)))

    with ThreadPoolExecutor(4) as threads:
        writing = threads.submit(write)
        others = [
            threads.submit(repeat, lambda: cleaner.vacuum(A)),
            threads.submit(repeat, lambda: mover.replace(A, EVENTS, [1], to(2))),
            threads.submit(repeat, lambda: compactor.compact(A, EVENTS, everything=True).rows),
        ]
        try:
            writing.result()
        finally:
            stop.set()
        for other in others:
            other.result()
    patiently(lambda: mover.replace(A, EVENTS, [1], to(2)))
    patiently(lambda: cleaner.vacuum(A))
    moved = [(key + SHIFT, 2) for key in range(35) if key % 7 == 1]
    stayed = [(key, key % 7) for key in range(35) if key % 7 != 1]
    assert owners(open_lake(), lake_locator) == sorted(moved + stayed)
