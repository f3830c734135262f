"""Normalised orders (SPEC §5): dense logs of one or two people whose sales are cancelled and refunded."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.orders.sales import Sources, ledger, loose_refunds, orders
from cdp.query.sql import Query, select
from functions.reports.report import Scope
from tests.unit.reports import oracles
from tests.unit.reports.oracles import CANCELLATION, ORDER, REFUND, Happened, utc
from tests.unit.reports.test_oracles import METRICS, RATES, Lab
from tests.unit.reports.test_oracles import lab as lab

CUT = utc(2026, 7, 1)
SCOPE = Scope("UTC", "EUR", CUT, METRICS)
FOUND = Sources((ORDER,), (CANCELLATION,), (REFUND,))
_PEOPLE = """
SELECT o.profile_no, max(o.occurred_at) AS last_at, count(*) AS orders, sum(o.units) AS units,
  max(coalesce(r.units, 0)) AS loose
FROM orders AS o LEFT JOIN refunds AS r ON r.profile_no = o.profile_no
GROUP BY 1
"""

steps = st.tuples(
    st.sampled_from([ORDER, ORDER, ORDER, CANCELLATION, REFUND]), st.integers(1, 2), st.integers(0, 6),
    st.sampled_from([100, 100, 200, 50, 0, None, -100]), st.sampled_from(["EUR", "USD", None]),
    st.sampled_from([None, None, "A", "B"]), st.sampled_from([None, "A", "U"]),
)  # fmt: skip


def people(lab: Lab, log: list[Happened], scope: Scope) -> dict[int, tuple[Any, int, int]]:
    query: Query = select(
        _PEOPLE,
        ledger=ledger(FOUND, CUT, scope),
        orders=orders(FOUND, CUT, scope),
        refunds=loose_refunds(FOUND, CUT),
    )
    return {
        row["profile_no"]: (row["last_at"], row["orders"], max(row["units"] - row["loose"], 0))
        for row in lab.query(query, log)
    }


@settings(max_examples=40, deadline=None)
@given(drafts=st.lists(steps, min_size=4, max_size=16), rates=st.sampled_from([{}, RATES]))
def test_orders_are_net_of_corrections(lab: Lab, drafts: list[Any], rates: dict[str, int]) -> None:
    log = [
        Happened(
            n, metric, profile, utc(2026, 6, 1) + timedelta(days=day), cents, currency, order_id, unique_id
        )
        for n, (metric, profile, day, cents, currency, order_id, unique_id) in enumerate(drafts, 1)
    ]
    scope = Scope("UTC", "EUR", CUT, METRICS, rates)
    expected = {
        profile: (person.last, person.orders, person.cents * 100)
        for profile, person in oracles.customers(log, CUT, rates).items()
    }
    assert people(lab, log, scope) == expected


def story(*events: tuple[int, int, str | None]) -> list[Happened]:
    """One person's events, a day apart: (metric, cents, key)."""
    return [
        Happened(n, m, 1, utc(2026, 6, 1) + timedelta(days=n), c, None, k)
        for n, (m, c, k) in enumerate(events, 1)
    ]


@pytest.mark.parametrize(
    ("log", "orders_left", "cents"),
    [
        (story((ORDER, 500, "A"), (CANCELLATION, 0, "A")), 0, 0),
        (story((ORDER, 500, "A"), (ORDER, 500, "B"), (CANCELLATION, 500, None)), 1, 500),
        (story((CANCELLATION, 500, None), (ORDER, 500, "A")), 1, 500),
        (story((ORDER, 500, "A"), (CANCELLATION, 499, None)), 1, 500),
        (story((ORDER, 500, "A"), (REFUND, 200, "A")), 1, 300),
        (story((ORDER, 500, "A"), (REFUND, -200, "A")), 1, 300),
        (story((ORDER, 500, "A"), (REFUND, 500, "A")), 0, 0),
        (story((ORDER, 500, "A"), (ORDER, 300, "A"), (REFUND, 300, "A")), 1, 500),
        (story((ORDER, 500, "A"), (REFUND, 200, "B")), 1, 300),
        (story((ORDER, 500, "A"), (REFUND, 900, "B")), 1, 0),
        (story((ORDER, 0, "A"), (ORDER, -5, "B")), 0, 0),
        (
            story((ORDER, 500, "A"), (ORDER, 500, "B"), (CANCELLATION, 500, None), (CANCELLATION, 500, None)),
            0,
            0,
        ),
    ],
)
def test_each_rule_by_itself(lab: Lab, log: list[Happened], orders_left: int, cents: int) -> None:
    found = people(lab, log, SCOPE)
    assert [(n, units) for _, n, units in found.values()] == (
        [(orders_left, cents * 100)] if orders_left else []
    )


def test_an_absurd_amount_is_no_amount(lab: Lab) -> None:
    """One event of 10^300 must not break an account's reports."""
    log = story((ORDER, 500, "A"), (ORDER, 10**300, "B"))
    assert [(n, units) for _, n, units in people(lab, log, SCOPE).values()] == [(1, 50_000)]


def test_currencies_without_a_rate_are_counted(lab: Lab) -> None:
    log = [
        Happened(n, ORDER, 1, utc(2026, 6, 1), 100, code)
        for n, code in enumerate(("EUR", "USD", "XXX", None), 1)
    ]
    text = "SELECT sum(unconverted) AS n, sum(units) AS units FROM orders"
    for found in (FOUND, Sources((ORDER,))):
        for rates, expected in (({}, (2, 40_000)), (RATES, (1, 50_000))):
            scope = Scope("UTC", "EUR", CUT, METRICS, rates)
            query = select(text, ledger=ledger(found, CUT, scope), orders=orders(found, CUT, scope))
            (row,) = lab.query(query, log)
            assert (row["n"], row["units"]) == expected


@pytest.mark.parametrize("cents", [0, -1, 1, 10**14, 10**14 + 1, 10**300])
def test_orders_alone_are_told_by_their_stored_value(lab: Lab, cents: int) -> None:
    """The condition that lets files skip rows keeps what the general one keeps."""
    log = story((ORDER, cents, "A"))
    text = "SELECT units FROM orders"
    answers = []
    for found, rates in ((Sources((ORDER,)), {}), (Sources((ORDER,)), RATES), (FOUND, {})):
        scope = Scope("UTC", "EUR", CUT, METRICS, rates)
        answers.append(
            lab.query(select(text, ledger=ledger(found, CUT, scope), orders=orders(found, CUT, scope)), log)
        )
    assert answers[0] == answers[1] == answers[2]
    assert bool(answers[0]) == (0 < cents <= 10**14)
