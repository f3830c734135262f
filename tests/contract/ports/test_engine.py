"""What every `Engine` does: the same query text gives the same rows in both homes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import NamedTuple

import pyarrow as pa
import pytest

from cdp import connect
from cdp.lake.tables import EVENTS, ORDER_ITEMS, month_of
from cdp.ports import Engine, Lake
from cdp.query.sql import months_between, select
from tests.contract.ports.conftest import make_lake_locator
from tests.contract.ports.rows import FEB, JAN, MAR, event_rows, item_rows

A, B, C = "aBc123", "AbC123", "ccc333"


class Reading(NamedTuple):
    """A lake and an engine over it."""

    lake: Lake
    engine: Engine


@pytest.fixture(scope="module")
def reading(home: str, tmp_path_factory: pytest.TempPathFactory, unique: Callable[[str], str]) -> Reading:
    """30 events a month in January, February and March, and three order lines; tests leave them as they are."""
    locator = make_lake_locator(home, tmp_path_factory.mktemp("engine"), unique("lake"))
    lake = connect.lake(locator)
    for i, at in enumerate((JAN, FEB, MAR)):
        lake.append(A, EVENTS, event_rows(range(i * 30, i * 30 + 30), at))
    lake.append(A, ORDER_ITEMS, item_rows([0, 0, 1]))
    lake.append(B, EVENTS, event_rows([1000]))
    return Reading(lake, connect.engine("duckdb:", locator))


@pytest.fixture
def engine(reading: Reading) -> Engine:
    return reading.engine


def test_an_aggregate_over_one_metric(engine: Engine) -> None:
    query = select(
        "SELECT profile_no, count(*) AS events, sum(CAST(round(value * 100) AS BIGINT)) AS cents FROM events WHERE metric_id = :metric "
        "GROUP BY profile_no ORDER BY profile_no",
        metric=2,
    )
    rows = engine.run(A, query).to_pylist()
    mine = [key for key in range(90) if 1 + key % 3 == 2]
    assert rows == [
        {
            "profile_no": number,
            "events": sum(key % 7 == number for key in mine),
            "cents": sum(key * 25 for key in mine if key % 7 == number),
        }
        for number in range(7)
    ]


def test_months_bound_what_is_read(engine: Engine) -> None:
    months = months_between(datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 31, tzinfo=UTC))
    query = select(
        "SELECT min(event_id) AS low, max(event_id) AS high, min(month) AS month FROM events", months=months
    )
    assert engine.run(A, query).to_pylist() == [{"low": 30, "high": 89, "month": month_of(FEB)}]


def test_a_query_of_parts_joins_two_tables(engine: Engine) -> None:
    lines = select("SELECT event_id, count(*) AS lines FROM order_items GROUP BY event_id")
    query = select(
        "SELECT e.event_id, l.lines FROM events AS e JOIN lines AS l ON e.event_id = l.event_id ORDER BY e.event_id",
        lines=lines,
    )
    assert engine.run(A, query).to_pylist() == [{"event_id": 0, "lines": 2}, {"event_id": 1, "lines": 1}]


def test_accounts_are_apart(engine: Engine) -> None:
    assert engine.run(B, select("SELECT event_id FROM events")).to_pylist() == [{"event_id": 1000}]


def test_an_account_without_rows_has_empty_typed_tables(engine: Engine) -> None:
    found = engine.run("nobody", select("SELECT event_id, occurred_at, value, properties FROM events"))
    assert found.num_rows == 0
    assert found.schema.types == [pa.int64(), pa.timestamp("us", tz="UTC"), pa.float64(), pa.string()]
    assert engine.run("nobody", select("SELECT count(*) AS n FROM order_items")).to_pylist() == [{"n": 0}]


def test_every_kind_of_value_is_a_parameter(engine: Engine) -> None:
    query = select(
        "SELECT :whole AS whole, :real AS real_, :words AS text, :yes AS yes, :at AS at, :day AS day "
        "FROM events WHERE event_id IN (:keys) AND unique_id = :name",
        whole=-(2**40),
        real=0.1,
        words='it\'s "ü" ; -- :x ?',
        yes=True,
        at=datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=UTC),
        day=date(2024, 2, 29),
        keys=[3, 4, 5],
        name="ü4",
    )
    (row,) = engine.run(A, query).to_pylist()
    assert row["at"].astimezone(UTC) == datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=UTC)
    assert (row["whole"], row["real_"], row["text"], row["yes"], row["day"]) == (
        -(2**40),
        0.1,
        'it\'s "ü" ; -- :x ?',
        True,
        date(2024, 2, 29),
    )


def test_new_rows_and_compacted_files_are_seen_at_once(reading: Reading) -> None:
    lake, engine = reading
    count = select("SELECT count(*) AS n, count(DISTINCT event_id) AS keys FROM events")
    lake.append(C, EVENTS, event_rows(range(10), JAN))
    assert engine.run(C, count).to_pylist() == [{"n": 10, "keys": 10}]
    lake.append(C, EVENTS, event_rows(range(8, 15), JAN))
    assert engine.run(C, count).to_pylist() == [{"n": 15, "keys": 15}]
    lake.compact(C, EVENTS, everything=True)
    assert engine.run(C, count).to_pylist() == [{"n": 15, "keys": 15}]


def test_queries_at_once_do_not_disturb_each_other(engine: Engine) -> None:
    def count(i: int) -> list:
        return engine.run(
            A if i % 2 else B, select("SELECT count(*) AS n FROM events WHERE metric_id > :i", i=i % 3)
        ).to_pylist()

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(count, range(12)))
    of_b = 1 + 1000 % 3
    assert answers == [[{"n": 90 - 30 * (i % 3) if i % 2 else int(of_b > i % 3)}] for i in range(12)]
