"""What every `Lake` does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC

import numpy as np
import pyarrow as pa
import pytest

from cdp.errors import Unavailable
from cdp.lake.schema import TABLE_PROPERTIES
from cdp.lake.tables import EVENTS, ORDER_ITEMS, LakeTable, month_of
from cdp.ports import Lake
from cdp.query.sql import select
from tests.contract.ports.conftest import rows_of
from tests.contract.ports.rows import FEB, JAN, MAR, event_rows, item_rows

A, B = "aBc123", "AbC123"  # accounts that differ in case only


def stored_keys(lake: Lake, locator: str, account_id: str = A, table: LakeTable = EVENTS) -> list[int]:
    """Keys of all rows, through the lake's own engine."""
    found = rows_of(lake, locator, account_id, select(f"SELECT event_id FROM {table.name} ORDER BY event_id"))
    keys: list[int] = found["event_id"].to_pylist()
    return keys


# ---------------------------------------------------------------- append


def test_an_append_is_there_once_however_often_it_is_repeated(lake: Lake, lake_locator: str) -> None:
    rows = event_rows(range(-5, 20))
    first = lake.append(A, EVENTS, rows)
    assert first.new.dtype == bool
    assert first.new.tolist() == [True] * 25
    again = lake.append(A, EVENTS, rows)
    assert again.new.tolist() == [False] * 25
    mixed = lake.append(A, EVENTS, event_rows([19, 20, 0, 21]))
    assert mixed.new.tolist() == [False, True, False, True]
    assert stored_keys(lake, lake_locator) == list(range(-5, 22))


def test_another_process_knows_what_is_there(open_lake: Callable[[], Lake], lake_locator: str) -> None:
    rows = event_rows(range(10))
    open_lake().append(A, EVENTS, rows)
    second = open_lake()
    assert second.append(A, EVENTS, rows).new.tolist() == [False] * 10
    assert second.append(A, EVENTS, event_rows(range(8, 12))).new.tolist() == [False, False, True, True]
    assert stored_keys(second, lake_locator) == list(range(12))


def test_a_key_twice_in_one_append_is_kept_once(lake: Lake, lake_locator: str) -> None:
    assert lake.append(A, EVENTS, event_rows([7, 8, 7, 7, 9])).new.tolist() == [
        True,
        True,
        False,
        False,
        True,
    ]
    assert stored_keys(lake, lake_locator) == [7, 8, 9]


def test_all_rows_of_a_new_key_are_kept_where_a_key_has_many(lake: Lake, lake_locator: str) -> None:
    rows = item_rows([7, 7, 7, 8])
    assert lake.append(A, ORDER_ITEMS, rows).new.tolist() == [True] * 4
    assert lake.append(A, ORDER_ITEMS, rows).new.tolist() == [False] * 4
    assert lake.append(A, ORDER_ITEMS, item_rows([8, 9, 9])).new.tolist() == [False, True, True]
    assert stored_keys(lake, lake_locator, table=ORDER_ITEMS) == [7, 7, 7, 8, 9, 9]


def test_the_largest_and_smallest_keys(lake: Lake, lake_locator: str) -> None:
    keys = [-(2**63), -1, 0, 2**63 - 1]
    assert lake.append(A, EVENTS, event_rows(keys)).new.all()
    assert not lake.append(A, EVENTS, event_rows(keys)).new.any()
    assert stored_keys(lake, lake_locator) == keys


def test_no_rows_are_no_error(lake: Lake, lake_locator: str) -> None:
    assert lake.append(A, EVENTS, event_rows([])).new.tolist() == []
    assert stored_keys(lake, lake_locator) == []


def test_a_missing_required_value_is_refused_whole(lake: Lake, lake_locator: str) -> None:
    rows = event_rows([1, 2])
    at = rows.schema.get_field_index("properties")
    broken = rows.set_column(at, "properties", pa.array(["{}", None], pa.string()))
    with pytest.raises(ValueError, match="properties"):
        lake.append(A, EVENTS, broken)
    assert stored_keys(lake, lake_locator) == []


def test_values_come_back_as_they_went_in(lake: Lake, lake_locator: str) -> None:
    rows = event_rows([3, 4])
    lake.append(A, EVENTS, rows)
    text = "SELECT value, currency, unique_id, properties, occurred_at, month, flow FROM events ORDER BY event_id"
    (first, second) = rows_of(lake, lake_locator, A, select(text)).to_pylist()
    assert (first["value"], first["currency"], first["unique_id"]) == (0.75, "EUR", "ü3")
    assert (second["value"], second["currency"], second["flow"]) == (1.0, None, None)
    assert first["properties"] == '{"n": 3}'
    assert first["occurred_at"].astimezone(UTC) == JAN
    assert first["month"] == month_of(JAN) == 2026 * 12


def test_accounts_are_apart(lake: Lake, lake_locator: str) -> None:
    assert lake.accounts() == []
    lake.append(A, EVENTS, event_rows([1, 2]))
    assert lake.append(B, EVENTS, event_rows([2, 3])).new.all(), "another account's keys do not count"
    assert lake.accounts() == sorted([A, B])
    assert stored_keys(lake, lake_locator, A) == [1, 2]
    assert stored_keys(lake, lake_locator, B) == [2, 3]


# ---------------------------------------------------------------- races


def append_patiently(lake: Lake, rows: pa.Table) -> np.ndarray:
    """As a worker does: `Unavailable` has changed nothing, and the message comes again."""
    for _ in range(20):
        try:
            return lake.append(A, EVENTS, rows).new
        except Unavailable:
            time.sleep(0.1)
    return lake.append(A, EVENTS, rows).new


@pytest.mark.parametrize("processes", [1, 3])
def test_writers_of_the_same_rows_at_once_add_them_once(
    open_lake: Callable[[], Lake], lake_locator: str, processes: int
) -> None:
    """Three writers with overlapping keys, in one process and in several: each key is new for exactly one."""
    lakes = [open_lake() for _ in range(processes)]
    start = threading.Barrier(3)

    def write(i: int) -> np.ndarray:
        start.wait()
        return append_patiently(lakes[i % processes], event_rows(range(i * 5, i * 5 + 20)))

    with ThreadPoolExecutor(3) as threads:
        new = list(threads.map(write, range(3)))
    winners = np.zeros(30, dtype=int)
    for i, mine in enumerate(new):
        winners[i * 5 : i * 5 + 20] += mine
    assert winners.tolist() == [1] * 30
    assert stored_keys(lakes[0], lake_locator) == list(range(30))


def test_compaction_beside_appends_loses_and_doubles_nothing(
    open_lake: Callable[[], Lake], lake_locator: str
) -> None:
    writer, compactor = open_lake(), open_lake()
    writer.append(A, EVENTS, event_rows(range(5)))

    def write() -> None:
        for i in range(1, 5):
            append_patiently(writer, event_rows(range(i * 4, i * 4 + 5)))

    with ThreadPoolExecutor(1) as threads:
        writing = threads.submit(write)
        while not writing.done():
            compactor.compact(A, EVENTS, everything=True)
        writing.result()
    compactor.compact(A, EVENTS, everything=True)
    assert not writer.append(A, EVENTS, event_rows(range(21))).new.any()
    assert stored_keys(compactor, lake_locator) == list(range(21))


# ---------------------------------------------------------------- files, compaction, removal


def test_files_of_the_months_asked_for(lake: Lake) -> None:
    assert lake.files(A, EVENTS) == []
    for i, at in enumerate((JAN, FEB, MAR)):
        lake.append(A, EVENTS, event_rows([i], at))
    assert len(lake.files(A, EVENTS)) == 3
    months = [month_of(at) for at in (JAN, FEB, MAR)]
    by_month = [lake.files(A, EVENTS, (month, month)) for month in months]
    assert [len(files) for files in by_month] == [1, 1, 1]
    assert sorted(lake.files(A, EVENTS, (months[0], months[1]))) == sorted(by_month[0] + by_month[1])
    assert lake.files(A, EVENTS, (months[2] + 1, months[2] + 9)) == []
    assert lake.files(B, EVENTS) == []


def test_compaction_keeps_every_row_in_fewer_files(lake: Lake, lake_locator: str) -> None:
    for i in range(6):
        lake.append(A, EVENTS, event_rows(range(i * 10, i * 10 + 10), JAN if i % 2 else FEB))
    text = select(
        "SELECT event_id, value, unique_id, currency, occurred_at, month FROM events ORDER BY event_id"
    )
    before = rows_of(lake, lake_locator, A, text).to_pylist()
    done = lake.compact(A, EVENTS, everything=True)
    assert (done.table, done.months, done.files_before, done.files_after) == ("events", 2, 6, 2)
    assert len(lake.files(A, EVENTS)) == 2
    assert rows_of(lake, lake_locator, A, text).to_pylist() == before
    assert not lake.append(A, EVENTS, event_rows(range(60))).new.any(), "compacted rows are still known"
    assert lake.append(A, EVENTS, event_rows([60])).new.all()
    assert stored_keys(lake, lake_locator) == list(range(61))


def test_compaction_of_nothing(lake: Lake) -> None:
    assert lake.compact(A, EVENTS).files_after == 0
    lake.append(A, EVENTS, event_rows([1]))
    assert lake.compact(A, EVENTS, everything=True).months == 0


def test_a_dropped_account_is_gone_and_may_begin_anew(lake: Lake, lake_locator: str) -> None:
    lake.append(A, EVENTS, event_rows([1, 2]))
    lake.append(A, ORDER_ITEMS, item_rows([1]))
    lake.append(B, EVENTS, event_rows([1]))
    lake.drop(A)
    assert lake.accounts() == [B]
    assert lake.files(A, EVENTS) == lake.files(A, ORDER_ITEMS) == []
    lake.drop(A)
    assert lake.append(A, EVENTS, event_rows([2, 3])).new.all()
    assert stored_keys(lake, lake_locator) == [2, 3]
    assert stored_keys(lake, lake_locator, B) == [1]


def test_many_appends_stay_readable(lake: Lake, lake_locator: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than twice the snapshots that are kept: the oldest ones expire on the way, their rows stay."""
    monkeypatch.setitem(TABLE_PROPERTIES, "regulars.snapshots-kept", "3")
    for i in range(9):
        lake.append(A, EVENTS, event_rows([i]))
    assert stored_keys(lake, lake_locator) == list(range(9))
    lake.compact(A, EVENTS)
    assert not lake.append(A, EVENTS, event_rows(range(9))).new.any()
    assert stored_keys(lake, lake_locator) == list(range(9))
