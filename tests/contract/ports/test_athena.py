"""Athena: what can be checked without Trino.

The emulator's Athena is DuckDB behind the API, knows no Iceberg table and ignores execution parameters, so it
proves the calls and nothing about the SQL. With REGULARS_ATHENA_WORKGROUP and REGULARS_ATHENA_LAKE
("s3://bucket/prefix?database=…") the engine's suite runs on real Athena.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from botocore.exceptions import ClientError

from cdp import connect
from cdp.adapters.aws import clients
from cdp.adapters.aws.athena_rows import read
from cdp.adapters.aws.engine import without
from cdp.lake.schema import arrow_schema
from cdp.lake.tables import EVENTS, ORDER_ITEMS
from cdp.ports import Engine
from cdp.query.sql import compile, select
from functions.reports import example
from functions.reports.catalogue import REPORTS
from tests.contract.ports.rows import event_rows

A = "aBc123"


def test_a_result_file_is_read_with_its_types() -> None:
    text = (
        '"n","x","flag","name","day","at","local","amount"\n'
        '"9007199254740993","0.1","true","a ""b"", c\nd","2024-02-29","2026-01-02 03:04:05.678 UTC",'
        '"2026-01-02 03:04:05.678","12.30"\n'
        ',,,"",,"2026-07-02 03:04:05.678901 Europe/Berlin",,\n'
        ',,,,,"2026-07-02 03:04:05.000 +05:30",,\n'
    )
    types = {
        "n": "bigint",
        "x": "double",
        "flag": "boolean",
        "name": "varchar",
        "day": "date",
        "at": "timestamp with time zone",
        "local": "timestamp",
        "amount": "decimal(10,2)",
    }
    first, second, third = read(text.encode(), types).to_pylist()
    assert first == {
        "n": 9007199254740993,
        "x": 0.1,
        "flag": True,
        "name": 'a "b", c\nd',
        "day": date(2024, 2, 29),
        "at": datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC),
        "local": datetime(2026, 1, 2, 3, 4, 5, 678000),  # noqa: DTZ001 - a local time has no zone
        "amount": Decimal("12.30"),
    }
    assert (second["n"], second["name"], third["name"]) == (None, "", None), "null is not the empty text"
    assert second["at"] == datetime(2026, 7, 2, 1, 4, 5, 678901, tzinfo=UTC)
    assert third["at"] == datetime(2026, 7, 1, 21, 34, 5, tzinfo=UTC)


def test_null_in_a_single_column_is_a_row() -> None:
    assert read(b'"n"\n"1"\n\n"3"\n', {"n": "bigint"}).to_pylist() == [{"n": 1}, {"n": None}, {"n": 3}]


def test_a_result_without_rows_has_its_types() -> None:
    assert read(b'"n","at"\n', {"n": "integer", "at": "timestamp with time zone"}).schema.types == [
        pa.int32(),
        pa.timestamp("us", tz="UTC"),
    ]


def test_a_type_without_a_counterpart_is_refused() -> None:
    with pytest.raises(ValueError, match="array"):
        read(b'"n"\n"[1]"\n', {"n": "array(integer)"})


def test_tables_that_do_not_exist_yet_are_empty_ones() -> None:
    lines = select("SELECT event_id FROM order_items")
    query = select(
        "SELECT e.event_id FROM events AS e JOIN lines AS l ON e.event_id = l.event_id", lines=lines
    )
    sql = compile(without(query, [EVENTS, ORDER_ITEMS]), "athena").sql
    assert sql.count("FALSE") >= 2
    assert compile(without(query, []), "athena").sql == compile(query, "athena").sql


# ---------------------------------------------------------------- the emulator


@pytest.fixture
def athena(emulator: str) -> Engine:
    bucket, workgroup = f"athena-{uuid.uuid4().hex[:8]}", f"reports-{uuid.uuid4().hex[:8]}"
    clients.s3().create_bucket(Bucket=bucket)
    clients.session().client("athena").create_work_group(
        Name=workgroup,
        Configuration={
            "EnforceWorkGroupConfiguration": True,
            "ResultConfiguration": {"OutputLocation": f"s3://{bucket}/results/"},
        },
    )
    connect.engine.cache_clear()
    return connect.engine(f"athena://{workgroup}?database=none_", f"s3://{bucket}/lake?database=none_")


@pytest.mark.xfail(
    raises=ClientError,
    strict=True,
    reason="ministack 1.5 writes a result below its OutputLocation instead of there: NoSuchKey",
)
def test_a_query_goes_out_and_its_rows_come_back(athena: Engine) -> None:
    found = athena.run(A, select("SELECT 41 + 1 AS n, 'é' AS name, count(*) AS events FROM events"))
    assert found.to_pylist() == [{"n": 42, "name": "é", "events": 0}]


def test_a_query_that_athena_refuses_is_a_bug(athena: Engine) -> None:
    with pytest.raises(RuntimeError, match="refuses"):
        athena.run(A, select("SELECT CAST('x' AS BIGINT) AS n"))


@pytest.mark.xfail(
    raises=RuntimeError,
    strict=True,
    reason="ministack 1.5 ignores ExecutionParameters: Values were not provided for prepared statement parameters",
)
def test_parameters_travel_as_execution_parameters(athena: Engine) -> None:
    assert athena.run(A, select("SELECT :n AS n", n=7)).to_pylist() == [{"n": 7}]


# ---------------------------------------------------------------- real Athena


@pytest.fixture
def real() -> Iterator[tuple[Engine, str]]:
    workgroup, lake_locator = (
        os.environ.get("REGULARS_ATHENA_WORKGROUP"),
        os.environ.get("REGULARS_ATHENA_LAKE"),
    )
    if not workgroup or not lake_locator:
        pytest.skip("REGULARS_ATHENA_WORKGROUP and REGULARS_ATHENA_LAKE are not given")
    account, prefix = f"t{uuid.uuid4().hex[:5]}", lake_locator.partition("database=")[2]
    lake = connect.lake(lake_locator)
    lake.append(account, EVENTS, event_rows(range(30)))
    try:
        yield connect.engine(f"athena://{workgroup}?database={prefix}", lake_locator), account
    finally:
        lake.drop(account)


def test_real_athena_answers_as_duckdb_does(real: tuple[Engine, str]) -> None:
    engine, account = real
    query = select(
        "SELECT metric_id, count(*) AS n, sum(CAST(round(value * 100) AS BIGINT)) AS cents, max(occurred_at) AS newest FROM events "
        "WHERE unique_id <> :name GROUP BY metric_id ORDER BY metric_id",
        name="ü3",
    )
    duck = connect.engine("duckdb:", os.environ["REGULARS_ATHENA_LAKE"])
    assert engine.run(account, query).to_pylist() == duck.run(account, query).to_pylist()


def test_real_athena_answers_every_report_as_duckdb_does(real: tuple[Engine, str]) -> None:
    """Over the example shop of the docs."""
    engine, account = real
    lake = connect.lake(os.environ["REGULARS_ATHENA_LAKE"])
    for table, listed in example.rows().items():
        lake.append(account, table, pa.Table.from_pylist(listed, arrow_schema(table)))
    duck = connect.engine("duckdb:", os.environ["REGULARS_ATHENA_LAKE"])
    for report in REPORTS:
        for one in report.examples:
            query = report.query(one.params, example.SCOPE)
            found, wanted = (sorted(map(repr, e.run(account, query).to_pylist())) for e in (engine, duck))
            assert found == wanted, f"{report.kind}/{one.name}"
