"""Columns that are read straight out of data files are those that a query gives."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.lake.tables import EVENTS
from cdp.query.columns import Columns
from cdp.query.counted import Counted, Group, KnownMetric, occurrences
from cdp.query.duckdb import DuckdbEngine
from functions.reports.report import Scope
from tests.unit.query.files import FileLake, event

START, END = datetime(2026, 1, 10, tzinfo=UTC), datetime(2026, 3, 2, 7, tzinfo=UTC)
METRICS = {5: 0, 2: 1}
NAMES = ("profile_no", "occurred_at", "units", "product_name")
COUNTED = Counted("", "", tuple(Group(KnownMetric(str(no), no, "")) for no in METRICS))
QUERY = occurrences(COUNTED, START, END, Scope("UTC", "EUR", END), ("metric_id", "product_name"))
amounts = st.one_of(
    st.none(), st.floats(allow_infinity=True), st.floats(-1e13, 1e13),
    st.integers(-10**9, 10**9).map(lambda n: n / 20_000), st.sampled_from([1e12, -1e12, 1.00005, 0.00005, -0.00005]),
)  # fmt: skip
rows_ = st.lists(
    st.tuples(
        st.integers(1, 6), st.integers(1, 9), st.sampled_from([START, END, datetime(2026, 2, 1, tzinfo=UTC)]),
        st.integers(-1, 1), amounts, st.sampled_from(["", "Tea", "Mug"]),
    ), min_size=1, max_size=30,
)  # fmt: skip


def direct(query: Any = QUERY, **changes: Any) -> Any:
    wanted = Columns(METRICS, START, END, 1000, NAMES, place="place", present=("product_name",))
    return replace(query, direct=replace(wanted, **changes))


def shown(table: pa.Table) -> list[Any]:
    places = table["place"] if "place" in table.column_names else [METRICS[no] for no in table["metric_id"].to_pylist()]
    columns = [table[name].to_pylist() for name in NAMES]
    return sorted(zip(map(str, places), *columns, strict=True), key=repr)


def test_columns_are_those_of_the_query(tmp_path_factory: pytest.TempPathFactory) -> None:
    lake = FileLake(tmp_path_factory.mktemp("lake"))
    engine = DuckdbEngine(lake)
    accounts = iter(f"a{n}" for n in range(1_000))

    @settings(max_examples=25, deadline=None)
    @given(rows=rows_)
    def equal(rows: list[Any]) -> None:
        account = next(accounts)
        lake.write(account, EVENTS, [
            event(n, at + timedelta(microseconds=us), metric_id=no, profile_no=who, value=value, product_name=name)
            for n, (no, who, at, us, value, name) in enumerate(rows)
        ])  # fmt: skip
        found, asked = engine.run(account, direct()), engine.run(account, QUERY)
        assert {f.name: f.type for f in found.schema}["units"] == pa.int64()
        assert shown(found) == shown(asked)

    equal()
    engine.close()


def test_half_of_a_unit_is_rounded_away_from_zero(lake: FileLake, engine: DuckdbEngine) -> None:
    values = [0.00005, -0.00005, 1.00025, math.nan, math.inf, None, 0.00015]
    lake.write("a", EVENTS, [event(n, START, metric_id=2, value=v, product_name="") for n, v in enumerate(values)])
    found = engine.run("a", direct())["units"].to_pylist()
    assert sorted(found, key=str) == sorted(engine.run("a", QUERY)["units"].to_pylist(), key=str)
    assert found[:2] == [1, -1]


@pytest.mark.parametrize("case", ["null", "missing", "many", "gone"])
def test_what_only_the_engine_can_tell_is_left_to_it(lake: FileLake, engine: DuckdbEngine, case: str) -> None:
    rows = [event(n, START, metric_id=2, product_name=None if case == "null" else "") for n in range(9)]
    lake.write("a", EVENTS, rows)
    if case == "missing":
        for path in lake.files("a", EVENTS):
            pq.write_table(pq.read_table(path).drop_columns(["product_name"]), Path(path))
    files = ["/nowhere.parquet"] if case == "gone" else lake.files("a", EVENTS)
    wanted = direct(most=4 if case == "many" else 1000).direct
    if case == "gone":
        with pytest.raises(FileNotFoundError):
            wanted.read(files, lambda: None)
    else:
        assert wanted.read(files, lambda: None) is None
        assert engine.run("a", direct(most=wanted.most)).num_rows == 9


def test_nothing_is_read_of_an_account_without_events(lake: FileLake, engine: DuckdbEngine) -> None:
    assert engine.run("nobody", direct()).num_rows == 0
