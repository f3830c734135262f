"""Names of products and categories that plans for DuckDB count under are those of the portable text."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cdp.lake.tables import ORDER_ITEMS
from cdp.query.counted import KnownMetric
from cdp.query.sql import Query
from functions.record.facts import of_product
from functions.reports import tally
from functions.reports.kinds import product_performance
from functions.reports.report import Scope
from tests.unit.reports import histories
from tests.unit.reports.histories import Lab
from tests.unit.reports.oracles import Happened, utc
from tests.unit.reports.strategies import row

TYPED = ("product_name", "categories")
NAMES = ("Viewed Product", "Started Checkout", "Ordered Product")
METRICS = tuple(KnownMetric(name[0], no, name) for no, name in enumerate(NAMES, 1))
NOW = utc(2026, 6, 30, 12)


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(Path(folder))
        yield lab
        lab.engine.close()


@pytest.fixture(autouse=True, params=["one part", "two"])
def parted(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few events are counted as many are."""
    if request.param == "two":
        monkeypatch.setattr(tally, "_PARTED", 0)


def asked(by: str) -> Query:
    params = {"timeframe": {"key": "last_30_days"}, "group_by": [by]}
    return product_performance.query(product_performance.REPORT.read(params), Scope("UTC", "EUR", NOW, METRICS))


@pytest.fixture(autouse=True, params=["some are old", "all are new"])
def age(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that are older than the columns of products, or none of them."""
    if request.param == "all are new":
        monkeypatch.setattr(histories, "row", lambda e: row(e) | dict(zip(TYPED, of_product(e.properties), strict=True)))


def both(lab: Lab, by: str, log: list[Happened], lines: list[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
    """The plan's rows, which are the portable text's."""
    account = lab.store(log)
    if lines:
        lab.lake.write(account, ORDER_ITEMS, lines)
    found = lab.engine.run(account, asked(by))
    portable = lab.engine.run(account, replace(asked(by), duckdb=None))
    assert found.to_pylist() == portable.to_pylist()
    assert {f.name: f.type for f in found.schema} == {f.name: f.type for f in portable.schema}
    rows: list[dict[str, Any]] = found.to_pylist()
    return rows


@pytest.mark.parametrize("by", ["product", "category"])
@pytest.mark.parametrize("lined", [False, True])
def test_many_events_of_few_names(lab: Lab, by: str, lined: bool) -> None:
    rng = np.random.default_rng(7)
    names = [{"ProductName": name, "Categories": [name, "All", name]} for name in ("Tea", "Mug", "Ähre", "")]
    log = [
        Happened(
            n, int(rng.integers(1, 4)), int(rng.choice([1, 2, 700_000, 2_000_001])), NOW - timedelta(minutes=int(rng.integers(9))),
            None if n % 3 == 0 or n % 4 == 1 else int(rng.integers(100, 999)), properties=names[n % 4],
        ) for n in range(1, 300)
    ]  # fmt: skip
    first = log[0]
    line = {
        "metric_id": first.metric, "profile_no": first.profile, "occurred_at": first.at, "event_id": first.number,
        "quantity": 2.0, "item_price": 1.5, "received_at": NOW,
    }  # fmt: skip
    lines = [{**line, "line": n, "product_name": name, "categories": f'["{name}"]'} for n, name in enumerate("aab")]
    rows = both(lab, by, log, lines if lined else None)
    events = 2 * len(log) if by == "category" else len(log) + lined  # two categories, one name; two of the lines
    assert sum(row["total"] for row in rows) == events
    assert [row["units"] for row in rows if row["name"] == "a"] == [60_000] * lined
    assert {row["units"] for row in rows if row["name"] == "Mug"} == {None}


@pytest.mark.parametrize("member", [1.5, {"a": 1}, [2], "a\u0000b", 10**25, True, 7, -1, "\u2028\\", "{", "[x"])
def test_a_name_is_what_the_engine_makes_of_it(lab: Lab, member: Any) -> None:
    log = [
        Happened(1, 1, 1, NOW, properties={"Categories": [member, "Tea", None], "ProductName": member, "Name": "Tea"}),
        Happened(2, 1, 2, NOW, properties={"Categories": member, "Name": member}),
    ]
    names = {row["name"]: row["uniques"] for row in both(lab, "category", log)}
    assert names["Tea"] == 1
    if member != [2]:
        assert 2 in names.values()
    products = {row["name"]: row["uniques"] for row in both(lab, "product", log)}
    assert sum(products.values()) == 2
    assert products.get("Tea", 0) == isinstance(member, dict | list)


def test_amounts_too_great_for_the_plan_are_left_to_the_engine(lab: Lab) -> None:
    log = [Happened(n, 1, n, NOW, 99_999_999_999_900, properties={"Name": "Tea"}) for n in range(1, 600)]
    assert both(lab, "product", log)[0]["units"] == 599 * 9_999_999_999_990_000


@pytest.mark.parametrize("by", ["product", "category"])
def test_nothing_is_counted_where_nothing_happened(lab: Lab, by: str) -> None:
    assert both(lab, by, []) == []
