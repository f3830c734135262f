"""One test for each difference between the engines: the answers expected are Trino's."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cdp.query.duckdb import DuckdbEngine
from cdp.query.sql import QueryError, compile, json_path, select
from cdp.query.zones import offsets
from tests.unit.query.files import NOON, event


def one(run: Any, expression: str, **params: Any) -> Any:
    """The value of an expression over a single event."""
    rows = run(select(f"SELECT {expression} AS answer FROM events LIMIT 1", **params), [event(7, value=2.5)])
    (row,) = rows
    return row["answer"]


@pytest.mark.parametrize(("a", "b", "expected"), [(7, 2, 3), (-7, 2, -3), (7, -2, -3), (-1, 2, 0)])
def test_integer_division_truncates(run: Any, a: int, b: int, expected: int) -> None:
    assert one(run, ":a / nullif(:b, 0)", a=a, b=b) == expected


def test_double_division_stays_double(run: Any) -> None:
    assert one(run, "CAST(7 AS DOUBLE) / 2") == 3.5


@pytest.mark.parametrize("expression", ["7 / event_id", "7 % event_id", "value / event_id", "1 / 0"])
def test_a_divisor_that_may_be_zero_is_refused(expression: str) -> None:
    refused(expression, "nullif")


@pytest.mark.parametrize(
    ("unit", "start", "end", "expected"),
    [
        ("day", datetime(2026, 1, 1, 23, tzinfo=UTC), datetime(2026, 1, 2, 1, tzinfo=UTC), 0),
        ("day", datetime(2026, 1, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, 1, tzinfo=UTC), 1),
        ("hour", datetime(2026, 1, 1, 0, 59, tzinfo=UTC), datetime(2026, 1, 1, 1, 1, tzinfo=UTC), 0),
        ("day", datetime(2026, 1, 2, 1, tzinfo=UTC), datetime(2026, 1, 1, 2, tzinfo=UTC), 0),
        ("week", datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 14, tzinfo=UTC), 1),
    ],
)
def test_date_diff_counts_whole_units(
    run: Any, unit: str, start: datetime, end: datetime, expected: int
) -> None:
    assert one(run, f"date_diff('{unit}', :start, :stop)", start=start, stop=end) == expected


def test_date_diff_in_months_is_refused() -> None:
    refused("date_diff('month', occurred_at, received_at)", "not portable")


def test_at_time_zone_gives_the_local_day(run: Any) -> None:
    at = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)
    rows = run(
        select("SELECT CAST(occurred_at AT TIME ZONE :tz AS DATE) AS day, "
               "CAST(occurred_at AT TIME ZONE :tz AS TIMESTAMP) AS wall FROM events", tz="Europe/Berlin"),
        [event(1, at)],
    )  # fmt: skip
    assert rows == [{"day": date(2026, 3, 29), "wall": datetime(2026, 3, 29, 0, 30)}]  # noqa: DTZ001


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        (
            "CAST(TIMESTAMP '2026-01-01 00:00:00' AT TIME ZONE 'Europe/Berlin' AS DATE)",
            "needs a timestamp with",
        ),
        ("occurred_at AT TIME ZONE 'Europe/Berlin'", "cast"),
        ("CAST(occurred_at AS DATE)", "session"),
        ("CAST(occurred_at AS TIMESTAMP)", "session"),
        ("date_trunc('day', occurred_at)", "local TIMESTAMP"),
    ],
)
def test_times_without_a_stated_zone_are_refused(expression: str, reason: str) -> None:
    refused(expression, reason)


def test_weeks_begin_on_monday_and_dates_stay_dates(run: Any) -> None:
    sunday = date(2026, 11, 22)
    assert one(run, "date_trunc('week', :day)", day=sunday) == date(2026, 11, 16)
    assert one(run, "date_add('day', 1, :day)", day=sunday) == date(2026, 11, 23)
    assert one(run, "day_of_week(:day)", day=sunday) == 7


def test_json_scalars_only(run: Any) -> None:
    text = '{"a b": "x", "q\\"u": 1, "~/": true, "o": {"k": "v"}, "l": [1], "n": null}'
    expected = {
        ("a b",): "x",
        ('q"u',): "1",
        ("~/",): "true",
        ("o",): None,
        ("o", "k"): "v",
        ("l",): None,
        ("n",): None,
    }
    for number, (keys, value) in enumerate(expected.items()):
        found = run(
            select("SELECT json_extract_scalar(properties, :path) AS v FROM events WHERE event_id = :n",
                   path=json_path(*keys), n=number),
            [event(number, properties=text)],
        )  # fmt: skip
        assert found == [{"v": value}]
    assert one(run, "json_extract_scalar('{\"a\": {\"b\": 3}}', '$.a.b')") == "3"


def test_sums_are_of_integers(run: Any) -> None:
    rows = [event(i, value=0.1) for i in range(10)]
    query = select("SELECT sum(CAST(round(value * 100) AS BIGINT)) AS cents FROM events")
    assert run(query, rows) == [{"cents": 100}]


@pytest.mark.parametrize("expression", ["sum(value)", "avg(value)", "avg(event_id)"])
def test_sums_of_doubles_are_refused(expression: str) -> None:
    refused(expression, "adds doubles")


def test_sums_and_counts_are_64_bits_wide(engine: Any) -> None:
    query = select("SELECT sum(metric_id) AS a, count_if(value > 0) AS b, sum(event_id) FILTER (WHERE value > 0) AS c, "
                   "sum(event_id) OVER (PARTITION BY metric_id ORDER BY event_id) AS d "
                   "FROM events GROUP BY metric_id, event_id")  # fmt: skip
    assert {str(kind) for kind in engine.run("acc", query).schema.types} == {"int64"}


def test_sum_overflow_is_an_error(run: Any) -> None:
    with pytest.raises(Exception, match=r"INT64|out of range"):
        run(select("SELECT sum(event_id) AS n FROM events"), [event(2**63 - 1), event(2**63 - 2)])


def test_a_cast_that_rounds_is_refused_until_it_says_how(run: Any) -> None:
    refused("CAST(value AS BIGINT)", "round it first")
    assert one(run, "CAST(round(value) AS BIGINT)") == 3
    assert one(run, "CAST(floor(value) AS BIGINT)") == 2


def test_greatest_is_null_with_a_null(run: Any) -> None:
    assert one(run, "greatest(event_id, CAST(NULL AS BIGINT))") is None
    assert one(run, "least(event_id, 3, 9)") == 3


def test_nulls_come_last_in_both_directions(run: Any) -> None:
    rows = [event(1, value=None), event(2, value=1.0), event(3, value=2.0)]
    for order, expected in (("", [2, 3, 1]), ("DESC", [3, 2, 1])):
        found = run(select(f"SELECT event_id FROM events ORDER BY value {order}"), rows)
        assert [row["event_id"] for row in found] == expected
        rows = []


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6, 7, 9, 30, 99, 100, 101, 3000])
def test_elements_of_sorted_arrays_are_selected(run: Any, n: int) -> None:
    """The plan for DuckDB alone: the same element as by sorting, nulls not counted."""
    values = [(i * 7919) % 1009 - 500 for i in range(n)]
    rows = [event(i, profile_no=value) for i, value in enumerate(values)]
    positions = {
        "(count(profile_no) + 1) / 2": (n + 1) // 2,
        "count(profile_no) / 2 + 1": n // 2 + 1,
        "count(profile_no) / 3 + 1": n // 3 + 1,
        "count(profile_no) * 2 / 3 + 1": n * 2 // 3 + 1,
        "count(profile_no) * 7 / 100 + 1": n * 7 // 100 + 1,
        "count(profile_no) * 93 / 100 + 1": n * 93 // 100 + 1,
    }
    columns = ", ".join(
        f"element_at(array_sort(array_agg(profile_no)), {at}) AS p{i}" for i, at in enumerate(positions)
    )
    query = select(f"SELECT {columns} FROM events")
    assert "LIST_SORT" not in compile(query, "duckdb").sql.upper()
    (row,) = run(query, rows)
    assert list(row.values()) == [sorted(values)[at - 1] for at in positions.values()]


def test_sorted_arrays_and_their_elements(run: Any) -> None:
    rows = [event(1, value=3.0), event(2, value=None), event(3, value=1.0)]
    query = select(
        "WITH a AS (SELECT array_sort(array_agg(value)) AS v FROM events) "
        "SELECT element_at(v, 1) AS first, element_at(v, 2) AS second, element_at(v, 3) AS third, element_at(v, 4) AS none FROM a"
    )
    assert run(query, rows) == [{"first": 1.0, "second": 3.0, "third": None, "none": None}]


def test_approximate_aggregates_are_marked(run: Any) -> None:
    refused("approx_distinct(event_id)", "approx_")
    rows = [event(i) for i in range(1000)]
    (row,) = run(select("SELECT approx_distinct(event_id) AS approx_events FROM events"), rows)
    assert row["approx_events"] == pytest.approx(1000, rel=0.4)


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("width_bucket(value, 0, 1, 2)", "width_bucket"),
        ("concat('a', order_id)", "concat"),
        ("max_by(order_id, value)", "max_by"),
        ("now()", "clock"),
        ("current_date", "clock"),
        ("random()", "twice"),
        ("no_such_function(value)", "not known"),
        ("regexp_replace(order_id, 'a')", "no rule"),
        ("count(DISTINCT metric_id, profile_no)", "one column"),
        ("round(value, 2)", "smaller unit"),
        ("no_such_column", "no_such_column"),
        ("array_agg(value)[1]", "element_at"),
        ("date_trunc('decade', CAST(:d AS DATE))", "decade|DECADE"),
    ],
)
def test_what_no_rule_makes_equal_is_refused(expression: str, reason: str) -> None:
    params = {"d": date(2026, 1, 1)} if ":d" in expression else {}
    refused(expression, reason, **params)


def refused(expression: str, reason: str, **params: Any) -> None:
    query = select(f"SELECT {expression} AS answer FROM events", **params)
    for dialect in ("duckdb", "athena"):
        with pytest.raises(QueryError, match=reason):
            compile(query, dialect)  # type: ignore[arg-type]


def test_the_local_clock_of_the_machine_does_not_matter(run: Any) -> None:
    assert one(run, "CAST(occurred_at AT TIME ZONE 'UTC' AS TIMESTAMP)") == NOON.replace(tzinfo=None)


ZONES = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Casablanca", "UTC",
         "America/Sao_Paulo", "Pacific/Apia"]  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(zone="Africa/Casablanca", first=1972 * 12 + 4, span=25, seconds=[0.0])  # a change at midnight, UTC
@given(
    zone=st.sampled_from(ZONES),
    first=st.integers(1970 * 12, 2035 * 12),
    span=st.integers(0, 25),
    seconds=st.lists(st.floats(-0.2, 1.2), min_size=1, max_size=30),
)
def test_local_time_by_offsets_equals_the_calendar(
    engine: DuckdbEngine, zone: str, first: int, span: int, seconds: list[float]
) -> None:
    """The plan for DuckDB alone against Python's calendar, inside the months and outside them."""
    start = datetime(first // 12, first % 12 + 1, 1, tzinfo=UTC)
    instants = [start + timedelta(seconds=int(share * (span + 1) * 30 * 86_400)) for share in seconds]
    found = offsets(zone, first, first + span)
    assert found is not None
    instants += [datetime.fromtimestamp(us / 1e6 + d, UTC) for us in found.changes for d in (-1, 0, 1)]
    if zone == "Africa/Casablanca":  # the two calendars disagree about some of its Ramadans
        instants = [at for at in instants if found.start <= at.timestamp() * 1e6 < found.end]
    text = "SELECT CAST(CAST(:at AS TIMESTAMP(6) WITH TIME ZONE) AT TIME ZONE :zone AS TIMESTAMP) AS wall FROM events"
    compiled = compile(select(text, months=(first, first + span), at=start, zone=zone), "duckdb")
    assert "MAKE_TIMESTAMP" in compiled.sql
    sql = compiled.sql.rsplit("FROM", 1)[0]
    with engine.cursor() as cursor:
        for at in instants:
            assert cursor.execute(sql, {"at": at}).fetchall() == [
                (at.astimezone(ZoneInfo(zone)).replace(tzinfo=None),)
            ]
