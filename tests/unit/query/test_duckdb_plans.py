"""A query's own plan for DuckDB, and long chains of tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from cdp.errors import TooSlow
from cdp.query.duckdb import DuckdbEngine
from cdp.query.sql import Query, compile, select
from tests.unit.query.files import event

COUNT = select("SELECT count(*) AS n FROM events")


def doubled(run: Callable[[Query], Any]) -> Any:
    """Twice the rows of the plain query."""

    found = run(COUNT)
    return pa.concat_tables([found, found])


def test_the_plan_makes_the_rows_of_the_query_alone(run: Any) -> None:
    planned = replace(COUNT, duckdb=doubled)
    assert run(planned, [event(1), event(2)]) == [{"n": 2}, {"n": 2}]
    assert run(select("SELECT n FROM found", found=planned)) == [{"n": 2}]
    assert compile(planned, "athena") == compile(COUNT, "athena")


def test_the_limit_holds_for_everything_that_a_plan_runs(engine: DuckdbEngine) -> None:
    def slow(run: Callable[[Query], Any]) -> Any:
        while True:
            run(COUNT)

    with pytest.raises(TooSlow):
        engine.run("A", replace(COUNT, duckdb=slow), limit_s=0.05)


@pytest.mark.parametrize(("ms", "whole"), [(0.999, 0), (1, 1), (1_999.5, 1_999)])
def test_milliseconds_are_whole_units(run: Any, ms: float, whole: int) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    text = "SELECT date_diff('millisecond', :since, occurred_at) AS n FROM events"
    assert run(select(text, since=at), [event(1, at + timedelta(milliseconds=ms))]) == [{"n": whole}]


def chain(length: int) -> Query:
    """Each table joins the next one to events; every further one has one row less."""
    tables = ["t0 AS (SELECT event_id, count(*) AS n FROM events GROUP BY 1)"]
    tables += [
        f"t{k} AS (SELECT t.event_id, count(e.event_id) AS n FROM t{k - 1} AS t "
        f"LEFT JOIN events AS e ON e.event_id = t.event_id WHERE t.event_id > {k} GROUP BY 1)"
        for k in range(1, length)
    ]
    return select(f"WITH {', '.join(tables)} SELECT count(*) AS n FROM t{length - 1}")


def test_tables_of_long_chains_are_kept_apart(run: Any) -> None:
    assert "MATERIALIZED" not in compile(chain(10), "duckdb").sql
    long = compile(chain(40), "duckdb").sql
    assert long.count("MATERIALIZED") == 40
    assert "MATERIALIZED" not in compile(chain(40), "athena").sql
    assert run(chain(40), [event(n) for n in range(1, 50)]) == [{"n": 10}]
