"""Many threads that write documents at the same time: one commit for all that wait, to each his own result."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cdp.adapters.embedded.table import SqliteTable
from cdp.ports import Item, Key, Put

THREADS, TURNS = 24, 20
SHARED = Key("ABC234#shared", "counter")


@pytest.fixture
def table(tmp_path: Path) -> SqliteTable:
    return SqliteTable(f"{tmp_path}/documents.db")


def _together(count: int) -> tuple[ThreadPoolExecutor, threading.Barrier]:
    return ThreadPoolExecutor(count), threading.Barrier(count)


def test_a_counter_by_versions_loses_no_step(table: SqliteTable) -> None:
    """Each adds to the same document, under the condition that nobody else has; and writes one of its own beside."""
    pool, start = _together(THREADS)

    def work(no: int) -> int:
        start.wait()
        refused = 0
        for turn in range(TURNS):
            own = Put(Item(Key(f"ABC234#own{no}", str(turn)), b"{}"), 0)
            while True:
                item = table.get([SHARED])[0]
                version, body = (0, b"0") if item is None else (item.version, item.body)
                step = Put(Item(SHARED, str(int(body) + 1).encode()), version)
                written = table.write([[step], [own]]) if own else table.write([[step]])
                assert written[1:] in ([], [True])
                own = None  # type: ignore[assignment]
                if written[0]:
                    break
                refused += 1
        return refused

    with pool:
        refused = sum(pool.map(work, range(THREADS)))
    item = table.get([SHARED])[0]
    assert item is not None
    assert (int(item.body), item.version) == (THREADS * TURNS, THREADS * TURNS)
    assert refused > 0, "nobody met anybody: the test proves nothing"
    assert all(table.get([Key(f"ABC234#own{no}", str(TURNS - 1))])[0] for no in range(THREADS))


def test_who_writes_nonsense_fails_alone(table: SqliteTable) -> None:
    pool, start = _together(THREADS)

    def work(no: int) -> bool:
        body = object() if no == 0 else b"{}"
        start.wait()
        try:
            return table.write([[Put(Item(Key(f"ABC234#{no}", "one"), body))]]) == [True]  # type: ignore[arg-type]
        except Exception:
            assert no == 0
            return False

    with pool:
        assert list(pool.map(work, range(THREADS))) == [False] + [True] * (THREADS - 1)
