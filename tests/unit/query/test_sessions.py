"""Sessions of the DuckDB engine: whose rows they see, and that more than are kept can be in use."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from cdp.lake.tables import EVENTS
from cdp.query import duckdb as engines
from cdp.query.duckdb import DuckdbEngine
from cdp.query.sql import Query, Scan, select
from tests.unit.query.files import FileLake, event

COUNT = "SELECT count(*) AS n, max(profile_no) AS most FROM events"


def counted(engine: DuckdbEngine, account: str, query: Query | None = None) -> list[object]:
    return list(engine.run(account, query or select(COUNT)).to_pylist()[0].values())


def test_a_kept_session_shows_each_account_its_own_rows(lake: FileLake, engine: DuckdbEngine) -> None:
    for number, account in enumerate(("a", "b"), 1):
        lake.write(account, EVENTS, [event(n, profile_no=number) for n in range(number)])
    for _ in range(engines._ROOMY + 1):
        assert [counted(engine, one) for one in ("a", "b", "nobody")] == [[1, 1], [2, 2], [0, None]]
    lake.write("a", EVENTS, [event(9, profile_no=7)])
    assert counted(engine, "a") == [2, 7]


def test_more_ranges_of_months_than_views_are_kept(
    lake: FileLake, engine: DuckdbEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "_VIEWS", 3)
    lake.write("a", EVENTS, [event(1)])
    ranges = [select(COUNT, months=(n, 30_000)) for n in range(7)]
    assert {counted(engine, "a", one)[0] for one in (*ranges, *ranges)} == {1}


def test_more_queries_at_once_than_sessions_are_kept(lake: FileLake, engine: DuckdbEngine) -> None:
    lake.write("a", EVENTS, [event(n) for n in range(5)])
    inside = threading.Barrier(engines._ROOMY + 3, timeout=30)

    def ask(_: int) -> object:
        with engine._session(telling=False) as session:
            inside.wait()
            session.show(one_scan(), lake.files("a", EVENTS))
            return session.cursor.execute("SELECT count(*) FROM events").fetchall()[0][0]

    with ThreadPoolExecutor(inside.parties) as pool:
        assert list(pool.map(ask, range(inside.parties))) == [5] * inside.parties
    assert len(engine._roomy) == engines._ROOMY


def one_scan() -> Scan:
    return Scan("events", EVENTS, None)


def test_a_session_keeps_the_settings_of_the_engine_and_cannot_change_them(tmp_path: Path) -> None:
    engine = DuckdbEngine(FileLake(tmp_path), memory_mb=800)
    with engine._session(telling=False) as session:
        found = session.cursor.execute(
            "SELECT current_setting('TimeZone'), current_setting('asof_loop_join_threshold'), "
            "current_setting('streaming_buffer_size')"
        ).fetchall()
        assert found == [("UTC", 0, "95.3 MiB")]
        with pytest.raises(duckdb.InvalidInputException, match="locked"):
            session.cursor.execute("SET streaming_buffer_size = '1GB'")
    engine.close()
