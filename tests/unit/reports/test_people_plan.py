"""Counting people for DuckDB: through several ranges of profiles, and where only the engine can tell a name."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from cdp.query.sql import Query
from functions.reports.kinds import form_series, product_performance
from functions.reports.people_plan import Plan
from functions.reports.report import KnownMetric, Scope
from tests.unit.reports.histories import Lab
from tests.unit.reports.oracles import Happened, utc

METRICS = (KnownMetric("V", 1, "Viewed Product"), KnownMetric("C", 2, "Started Checkout"), KnownMetric("B", 3, "Ordered Product"))
NOW = utc(2026, 6, 30, 12)


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(Path(folder))
        yield lab
        lab.engine.close()


def both(lab: Lab, query: Query, log: list[Happened]) -> list[dict[str, Any]]:
    account = lab.store(log)
    found: pa.Table = lab.engine.run(account, query)
    portable = lab.engine.run(account, replace(query, duckdb=None))
    rows: list[dict[str, Any]] = found.to_pylist()
    assert rows == portable.to_pylist()
    assert found.column_names == portable.column_names
    return rows


def products(by: str, last_profile: int = 0) -> Query:
    asked = {"timeframe": {"key": "last_30_days"}, "group_by": [by]}
    scope = Scope("UTC", "EUR", NOW, METRICS, last_profile=last_profile)
    return product_performance.query(product_performance.REPORT.read(asked), scope)


@pytest.mark.parametrize("by", ["product", "category"])
def test_profiles_far_apart_are_counted_range_by_range(lab: Lab, by: str) -> None:
    rng = np.random.default_rng(7)
    names = [{"ProductName": name, "Categories": [name, "All", name]} for name in ("Tea", "Mug", "Ähre", "")]
    log = [
        Happened(
            n, int(rng.integers(1, 4)), int(rng.choice([1, 2, 700_000, 2_000_001])), NOW - timedelta(minutes=int(rng.integers(9))),
            None if n % 3 == 0 or n % 4 == 1 else int(rng.integers(100, 999)), properties=names[n % 4],
        ) for n in range(1, 400)
    ]  # fmt: skip
    rows = both(lab, products(by), log)
    assert both(lab, products(by, 2_000_001), log) == rows
    assert sum(row["total"] for row in rows) == (len(log) if by == "product" else 2 * len(log))
    assert all(row["uniques"] == 4 for row in rows)
    assert {row["units"] for row in rows if row["name"] == "Mug"} == {None}


@pytest.mark.parametrize("member", [1.5, {"a": 1}, [2], "a\u0000b", 10**25, True, 7, -1, "\u2028\\"])
def test_a_category_is_named_as_the_engine_names_it(lab: Lab, member: Any) -> None:
    log = [
        Happened(1, 1, 1, NOW, properties={"Categories": [member, "Tea", None]}),
        Happened(2, 1, 2, NOW, properties={"Categories": member}),
    ]
    names = {row["name"]: row["uniques"] for row in both(lab, products("category"), log)}
    assert names["Tea"] == 1
    if member != [2]:
        assert 2 in names.values()


def test_amounts_too_great_for_the_plan_are_left_to_the_engine(lab: Lab) -> None:
    query = products("product")
    assert isinstance(query.duckdb, Plan)
    log = [Happened(n, 1, n, NOW, 99_999_999_999_900, properties={"Name": "Tea"}) for n in range(1, 200)]
    asked: list[Query] = []

    def run(part: Query) -> pa.Table:
        asked.append(part)
        return lab.engine.run(account, part)

    account = lab.store(log)
    assert query.duckdb(run).to_pylist()[0]["units"] == 199 * 9_999_999_999_990_000
    assert asked[-1] == query.duckdb.text


def test_nothing_is_counted_where_nothing_happened(lab: Lab) -> None:
    assert both(lab, products("category"), []) == both(lab, products("product", 5), []) == []


def test_forms_by_version_and_hour(lab: Lab) -> None:
    scope = Scope("UTC", "EUR", NOW, (KnownMetric("F", 1, "Viewed Form"), KnownMetric("S", 2, "Submitted Form")))
    asked = {
        "statistics": ["viewed_form", "submits"], "timeframe": {"key": "last_7_days"},
        "group_by": ["form_id", "form_version_id"],
    }  # fmt: skip
    log = [
        Happened(
            n, 1 + n % 2, 1 + n % 5 * 400_000, NOW - timedelta(hours=n % 7),
            properties={"form_id": [None, "a", "b"][n % 3], "form_version_id": n % 4 or None},
        ) for n in range(1, 90)
    ]  # fmt: skip
    for interval in ("hourly", "daily"):
        query = form_series.query(form_series.REPORT.read({**asked, "interval": interval}), scope)
        rows = both(lab, query, log)
        assert sum(row["n"] for row in rows) == sum(e.properties["form_id"] is not None for e in log)
