"""Queries: parameters, months, parts, and that values never become text."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st

from cdp.lake.tables import ORDER_ITEMS
from cdp.query.athena import literal
from cdp.query.paths import parse_path
from cdp.query.sql import Query, QueryError, _for_any_months, _render, compile, json_path, select
from tests.unit.query.files import event

NASTY = "'; DROP TABLE events; -- $x :y ?"


def test_values_travel_as_parameters() -> None:
    query = select("SELECT event_id FROM events WHERE order_id = :order AND metric_id IN (:ids) AND order_id <> ':no'",
                   order=NASTY, ids=[1, 2])  # fmt: skip
    duck, athena = compile(query, "duckdb"), compile(query, "athena")
    assert NASTY not in duck.sql
    assert duck.params == {"order": NASTY, "ids_0": 1, "ids_1": 2}
    assert athena.sql.count("?") == 3
    assert "':no'" in athena.sql
    assert athena.arguments == ("'''; DROP TABLE events; -- $x :y ?'", "1", "2")


def test_parameters_come_back_as_they_were(run: Any) -> None:
    values = {
        "s": NASTY,
        "i": -5,
        "f": 0.1,
        "b": True,
        "d": date(2026, 2, 3),
        "t": datetime(2026, 1, 1, 1, tzinfo=UTC),
    }
    query = select("SELECT :s AS s, :i AS i, :f AS f, :b AS b, :d AS d, :t AS t FROM events", **values)
    assert run(query, [event(1)]) == [values]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (3, "3"),
        (0.1, "DOUBLE '0.1'"),
        ("it's", "'it''s'"),
        (date(2026, 2, 3), "DATE '2026-02-03'"),
        (datetime(2026, 1, 1, 1, tzinfo=UTC), "TIMESTAMP '2026-01-01 01:00:00.000000 UTC'"),
    ],
)
def test_athena_literals_parse(value: Any, text: str) -> None:
    assert literal(value) == text
    sqlglot.parse_one(f"SELECT {text}", read="trino")


@pytest.mark.parametrize(
    ("text", "params", "reason"),
    [
        ("SELECT event_id FROM events WHERE event_id = :a", {}, "no value"),
        ("SELECT event_id FROM events", {"a": 1}, "without a placeholder"),
        ("SELECT event_id FROM events WHERE event_id = :a", {"a": [1, 2]}, "IN"),
        ("DELETE FROM events", {}, "SELECT"),
        ("SELECT event_id FROM elsewhere", {}, "elsewhere|event_id"),
        ("SELECT FROM WHERE", {}, "Expected|WHERE"),
    ],
)
def test_faults_of_the_author_are_named(text: str, params: dict[str, Any], reason: str) -> None:
    with pytest.raises(QueryError, match=reason):
        compile(select(text, **params), "duckdb")


@pytest.mark.parametrize("value", [[], [1, "a"], datetime(2026, 1, 1), object()])  # noqa: DTZ001
def test_values_without_a_type_are_refused(value: Any) -> None:
    with pytest.raises(QueryError):
        select("SELECT event_id FROM events WHERE event_id IN (:a)", a=value)


def test_months_choose_files_here_and_partitions_there(run: Any) -> None:
    days = [datetime(2026, month, 5, tzinfo=UTC) for month in (1, 2, 3)]
    text = "SELECT event_id FROM events WHERE value IS NULL OR value > 0 ORDER BY event_id"
    first = 2026 * 12
    query = select(text, months=(first + 1, first + 2))
    assert run(query, [event(i, at) for i, at in enumerate(days)]) == [{"event_id": 1}, {"event_id": 2}]
    athena = compile(query, "athena").sql
    assert f"events.month BETWEEN {first + 1} AND {first + 2}" in athena
    assert "(" in athena.split("WHERE")[1], "the author's OR stays together"


def test_other_months_give_what_a_first_rendering_gives() -> None:
    """The typed tree is shared by all months, and by their rewriting for DuckDB."""

    def query(first: int, inner: int | None) -> Query:
        months = None if inner is None else (inner, inner)
        part = select("SELECT event_id, occurred_at FROM events WHERE metric_id = :id", months=months, id=1)
        text = """
            SELECT CAST(e.occurred_at AT TIME ZONE :zone AS DATE) AS day, count(*) / nullif(count(p.event_id), 0) AS n
            FROM events AS e JOIN part AS p ON p.event_id = e.event_id GROUP BY 1
        """
        return select(text, months=(first, first + 1), zone="Europe/Berlin", part=part)

    asked = [query(first, inner) for first, inner in ((24300, 24300), (24312, 24300), (24312, 24313), (24312, None), (1, 2))]
    together = [compile(one, "duckdb") for one in asked]
    for one, kept in zip(asked, together, strict=True):
        _render.cache_clear()
        _for_any_months.cache_clear()
        assert compile(one, "duckdb") == kept
    assert [[scan.relation for scan in kept.scans] for kept in together] == [
        ["events_24300_24300", "events_24300_24301"], ["events_24300_24300", "events_24312_24313"],
        ["events_24312_24313", "events_24313_24313"], ["events", "events_24312_24313"], ["events_1_2", "events_2_2"],
    ]  # fmt: skip
    assert len({kept.sql for kept in together}) == len(asked)


def test_a_part_keeps_its_own_months_and_values(run: Any) -> None:
    part = select(
        "SELECT profile_no, count(*) AS n FROM events WHERE metric_id = :m GROUP BY 1",
        m=1,
        months=(24312, 24312),
    )
    whole = select("SELECT o.n, e.event_id FROM events AS e JOIN orders AS o ON o.profile_no = e.profile_no "
                   "WHERE e.metric_id = :m ORDER BY e.event_id", m=2, orders=part)  # fmt: skip
    rows = [event(1), event(2), event(3, datetime(2026, 2, 1, tzinfo=UTC)), event(4, metric_id=2)]
    assert run(whole, rows) == [{"n": 2, "event_id": 4}]


def test_a_table_without_files_is_empty_and_typed(run: Any, engine: Any) -> None:
    result = engine.run("nobody", select("SELECT quantity, occurred_at FROM order_items"))
    assert result.num_rows == 0
    assert [str(kind) for kind in result.schema.types] == ["double", "timestamp[us, tz=UTC]"]
    assert ORDER_ITEMS.column("quantity").kind == "double"


@given(st.lists(st.text(min_size=1), min_size=1, max_size=4))
def test_json_paths_are_read_back(keys: list[str]) -> None:
    assert parse_path(json_path(*keys)) == keys


def test_files_outside_the_lake_cannot_be_read(engine: Any) -> None:
    import duckdb

    with pytest.raises(duckdb.PermissionException):
        engine._connection.execute("SELECT * FROM read_text('/etc/hostname')")
    with pytest.raises(duckdb.InvalidInputException):
        engine._connection.execute("SET enable_external_access = true")


def test_pieces_are_conditions_and_columns(run: Any) -> None:
    query = select("SELECT event_id FROM events WHERE value > :low OR value < :high", low=5, high=1)
    query = query.where("order_id = :x", x=NASTY).where("order_id IN (:x)", x=["a", NASTY])
    query = query.with_column("twice", "event_id * :n", n=2)
    rows = [event(1, value=9.0), event(2, value=9.0, order_id=NASTY), event(3, value=3.0, order_id=NASTY)]
    assert run(query, rows) == [{"event_id": 2, "twice": 4}]
    assert compile(query, "athena").sql.count("?") == 6


def test_a_text_is_rendered_once_for_all_values_that_do_not_become_text() -> None:
    def asked(hour: int, path: str = "a", limit: int = 5) -> str:
        at = datetime(2026, 1, 1, hour, tzinfo=UTC)
        text = "SELECT json_extract_scalar(properties, :path) AS v FROM events WHERE occurred_at < :at LIMIT :limit"
        compiled = compile(select(text, at=at, path=json_path(path), limit=limit), "duckdb")
        assert compiled.params["at"] == at
        return compiled.sql

    assert asked(1) is asked(2)
    assert asked(1, path="b") != asked(1)
    assert asked(1, limit=6) != asked(1)
    assert names("a", [1, 2]) is names("b", [8, 9])
    assert names("a", [1, 2]) != names("a", [1, 2, 3])


def names(order: str, numbers: list[int]) -> str:
    query = select("SELECT event_id FROM events WHERE order_id = :order AND profile_no IN (:numbers)", order=order, numbers=numbers)
    compiled = compile(query, "duckdb")
    assert (compiled.params["order"], compiled.params["numbers_1"]) == (order, numbers[1])
    return compiled.sql
