"""Product performance equals its oracle: events with lines and without, products and categories."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.errors import Rejected
from cdp.lake.tables import ORDER_ITEMS
from cdp.query.counted import KnownMetric
from functions.reports.kinds import product_performance
from functions.reports.report import Scope
from tests.unit.reports import oracles
from tests.unit.reports.histories import Lab, histories
from tests.unit.reports.oracle_products import Line, Lines, performance
from tests.unit.reports.oracle_properties import Change, counts
from tests.unit.reports.oracles import Happened, utc
from tests.unit.reports.read import read
from tests.unit.reports.strategies import ZONES, day, moments

METRICS = (KnownMetric("V", 1, "Viewed Product"), KnownMetric("C", 2, "Started Checkout"), KnownMetric("B", 3, "Ordered Product"))
PLUS = {"property": "plan", "source": "profile", "filter": {"type": "string", "operator": "equals", "value": "a"}}
names = st.sampled_from(["Tea", "Mug", "", 7, None, ["x"]])
categories: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from(["Drinks", None, 5, []]), st.lists(st.sampled_from(["Drinks", "Gifts", None, 5, "a\"b"]), max_size=3)
)  # fmt: skip
properties = st.fixed_dictionaries(
    {}, optional={"ProductName": names, "Name": names, "Categories": categories, "Collections": categories}
)
logs = st.lists(
    st.tuples(
        st.sampled_from([1, 1, 2, 3]), st.integers(1, 4), moments, st.sampled_from([None, 0, 500, 1001]),
        st.sampled_from([None, "USD", "XXX"]), properties,
    ), max_size=24,
).map(lambda drafts: [Happened(n, m, p, at, c, cur, properties=d) for n, (m, p, at, c, cur, d) in enumerate(drafts, 1)])  # fmt: skip
lines = st.lists(
    st.builds(
        Line, st.sampled_from(["Tea", "Mug", None]),
        st.none() | st.lists(st.sampled_from(["Drinks", "Gifts"]), max_size=2), st.integers(1, 3), st.sampled_from([None, 250, 999]),
    ), max_size=3,
)  # fmt: skip


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(Path(folder))
        yield lab
        lab.engine.close()


def run(
    lab: Lab, definition: Mapping[str, Any], scope: Scope, log: Sequence[Happened], bought: Lines, changes: Sequence[Change] = ()
) -> Any:
    params = product_performance.REPORT.read(definition)
    account = lab.store(log, changes)
    items = [
        {"metric_id": e.metric, "profile_no": e.profile, "occurred_at": e.at, "event_id": e.number, "line": n,
         "product_name": one.name, "quantity": float(one.quantity), "received_at": e.at,
         "item_price": None if one.cents is None else one.cents / 100,
         "categories": None if one.categories is None else json.dumps(one.categories, separators=(",", ":"))}
        for e in log for n, one in enumerate(bought.get(e.number, ()))
    ]  # fmt: skip
    lab.lake.write(account, ORDER_ITEMS, items)
    query = product_performance.query(params, scope)
    found = lab.run(account, query)
    assert found == lab.run(account, replace(query, duckdb=None))
    rows = read(product_performance.REPORT, found)
    return product_performance.table(params, scope, rows)


@settings(max_examples=10, deadline=None)
@given(
    log=logs, some=st.lists(lines, max_size=6), changes=histories, zone=st.sampled_from(ZONES),
    span=st.tuples(moments, st.integers(0, 300)), by=st.sampled_from(["product", "category"]),
    rates=st.sampled_from([{}, {"USD": 2}]), filters=st.sampled_from([[], [PLUS]]), as_of=moments,
)  # fmt: skip
def test_every_name_equals_the_oracle(
    lab: Lab, log: list[Happened], some: list[list[Line]], changes: list[Change], zone: str, span: tuple[datetime, int],
    by: str, rates: dict[str, int], filters: list[Any], as_of: datetime,
) -> None:  # fmt: skip
    first, last = span[0], span[0] + timedelta(days=span[1])
    bought: Lines = {n * 2 + 1: given for n, given in enumerate(some)}
    scope = Scope(zone, "EUR", as_of, METRICS, rates)
    definition = {"timeframe": {"start": day(first), "end": day(last)}, "group_by": [by], "filters": filters}
    result = run(lab, definition, scope, log, bought, changes)
    period = [
        e for e in log
        if e.at <= as_of and first.date() <= oracles.local_day(e.at, zone) <= last.date() and counts(e, filters, changes)
    ]  # fmt: skip
    expected = performance([[e for e in period if e.metric == m] for m in (1, 2, 3)], bought, by, rates)
    seen = {line[0]: [tuple(line[1 + 3 * n : 4 + 3 * n]) for n in range(3)] for line in result.rows}
    assert seen == {
        name: [(total, people, pytest.approx(cents / 100, abs=0.0001)) for total, people, cents in cells]
        for name, cells in expected.items()
    }
    for line in result.rows:
        browse, checkout, purchase = line[2], line[5], line[8]
        assert line[10:] == [
            checkout / browse if browse else None,
            purchase / checkout if checkout else None,
            purchase / browse if browse else None,
        ]
    assert result.data_through == max((e.at for e in period), default=None)
    bought_first = [line[7] for line in result.rows]
    assert bought_first == sorted(bought_first, reverse=True)


def test_an_order_of_two_lines_of_a_product_counts_once_with_both_amounts(lab: Lab) -> None:
    scope = Scope("UTC", "EUR", utc(2026, 6, 30, 12), METRICS)
    order = Happened(1, 3, 1, utc(2026, 6, 30, 11), 9_999, properties={"ProductName": "not this"})
    cup, pot = Line("Tea", ["Drinks"], 2, 450), Line("Tea", ["Drinks", "Gifts"], 1, 2_000)
    for by, wanted in (("product", {"Tea": 29.0}), ("category", {"Drinks": 29.0, "Gifts": 20.0})):
        result = run(lab, {"timeframe": {"key": "today"}, "group_by": [by]}, scope, [order], {1: [cup, pot]})
        assert {line[0]: (line[7], line[8], line[9]) for line in result.rows} == {
            name: (1, 1, value) for name, value in wanted.items()
        }


def test_steps_that_the_account_lacks_are_asked_for() -> None:
    scope = Scope("UTC", "EUR", utc(2026, 6, 30, 12), METRICS[:2])
    for ids in ([], ["V"], ["V", "C", "?"]):
        with pytest.raises(Rejected) as caught:
            product_performance.query(product_performance.REPORT.read({"metric_ids": ids}), scope)
        assert caught.value.field == ("/metric_ids/2" if len(ids) == 3 else "/metric_ids")
