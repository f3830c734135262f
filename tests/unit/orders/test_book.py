"""An order book by mapped metrics: metrics as they are, custom metrics, and some profiles only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.errors import Rejected
from cdp.filters.events import read_filters
from cdp.orders.book import Account, OrderBook
from cdp.query.counted import Counted, Group, KnownMetric
from cdp.query.sql import select
from tests.unit.orders.test_sales import CUT, FOUND, SCOPE, people, steps
from tests.unit.reports import oracles
from tests.unit.reports.oracles import CANCELLATION, ORDER, REFUND, Happened, utc
from tests.unit.reports.test_oracles import METRICS, RATES, Lab
from tests.unit.reports.test_oracles import lab as lab

_PEOPLE = """
SELECT o.profile_no, max(o.occurred_at) AS last_at, count(*) AS orders, sum(o.units) AS units,
  max(coalesce(r.units, 0)) AS loose
FROM orders AS o LEFT JOIN refunds AS r ON r.profile_no = o.profile_no
GROUP BY 1
"""
ONLINE = read_filters([{"property": "shop", "filter": {"type": "string", "operator": "equals", "value": "online"}}], "/")
SHOP = 9


def counted(metric: KnownMetric, *more: Group) -> Counted:
    return Counted(metric.id, metric.name, (Group(metric), *more))


def standing(lab: Lab, book: OrderBook, log: list[Happened], profiles: Any = None) -> dict[int, tuple[Any, int, int]]:
    rows = lab.query(select(_PEOPLE, months=None, **book.parts(CUT, profiles)), log)
    return {r["profile_no"]: (r["last_at"], r["orders"], max(r["units"] - r["loose"], 0)) for r in rows}


def written(drafts: list[Any]) -> list[Happened]:
    return [
        Happened(n, metric, profile, utc(2026, 6, 1) + timedelta(days=day), cents, currency, order_id, unique_id)
        for n, (metric, profile, day, cents, currency, order_id, unique_id) in enumerate(drafts, 1)
    ]


@settings(max_examples=12, deadline=None)
@given(drafts=st.lists(steps, min_size=4, max_size=16), rates=st.sampled_from([{}, RATES]), custom=st.booleans())
def test_a_book_is_net_of_corrections(lab: Lab, drafts: list[Any], rates: dict[str, int], custom: bool) -> None:
    """A custom metric that filters nothing out gives what the metric itself gives, and the oracle."""
    log = written(drafts)
    three = [counted(metric) for metric in METRICS]
    if custom:  # a second group makes it one that cannot be read as numbers of metrics alone
        shop = Group(KnownMetric("S", SHOP, "Shop Sale"), ONLINE)
        three[0] = counted(METRICS[0], shop)
    book = OrderBook(Account("UTC", "EUR", rates, CUT), *three)
    expected = {no: (p.last, p.orders, p.cents * 100) for no, p in oracles.customers(log, CUT, rates).items()}
    assert standing(lab, book, log) == expected
    for some in ([1], range(2, 3), [1, 2], range(7, 9)):
        assert standing(lab, book, log, some) == {no: row for no, row in expected.items() if no in some}


def test_a_custom_metric_unites_sources_and_drops_others(lab: Lab) -> None:
    at = utc(2026, 6, 1)
    log = [
        Happened(1, ORDER, 1, at, 500, None, "A"),
        Happened(2, SHOP, 1, at, 700, None, "B", properties={"shop": "online"}),
        Happened(3, SHOP, 1, at, 900, None, "C", properties={"shop": "Lyon"}),
        Happened(4, REFUND, 1, at, 200, None, "B"),
        Happened(5, CANCELLATION, 1, at, 0, None, "A"),
    ]
    both = counted(METRICS[0], Group(KnownMetric("S", SHOP, "Shop Sale"), ONLINE))
    alone = OrderBook(Account("UTC", "EUR", {}, CUT), both)
    assert standing(lab, alone, log) == {1: (at, 2, 120_000)}
    whole = OrderBook(Account("UTC", "EUR", {}, CUT), both, counted(METRICS[1]), counted(METRICS[2]))
    assert standing(lab, whole, log) == {1: (at, 1, 50_000)}


def test_metrics_alone_are_read_as_the_reports_read_them(lab: Lab) -> None:
    log = [Happened(1, ORDER, 1, utc(2026, 6, 1), 500, "USD", "A"), Happened(2, REFUND, 1, utc(2026, 6, 2), 100, None, "X")]
    book = OrderBook(Account("UTC", "EUR", RATES, CUT), *(counted(metric) for metric in METRICS))
    scope = type(SCOPE)("UTC", "EUR", CUT, METRICS, RATES)
    assert FOUND.adjusted
    assert standing(lab, book, log) == people(lab, log, scope)


def test_without_a_revenue_metric_there_is_no_book() -> None:
    with pytest.raises(Rejected, match="revenue"):
        OrderBook(Account("UTC", "EUR", {}, CUT), None).parts(CUT)
