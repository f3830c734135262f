"""The back-test and its label (SPEC §6.3), and who may be predicted (SPEC §6.2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from cdp.documents.clv import Overview
from cdp.documents.clv_models import Holdout
from functions.predict import holdout
from functions.predict.eligibility import judge
from functions.predict.forecast import forecast
from functions.predict.holdout import After
from functions.predict.statistics import day_of
from tests.unit.predict.flow import FIT
from tests.unit.predict.test_attributes import AS_OF, customers

NOTHING = After(*(np.zeros(0, np.int64) for _ in After._fields))


def figures_of(wape: float | None = 0.1, mae: float | None = 0.5, heuristic: float | None = 0.6) -> Holdout:
    return Holdout(AS_OF, 90, 10, 5, 5.0, 50.0, 50.0, mae, 0.5, 0.0, wape, heuristic, 0.4)


@pytest.mark.parametrize(
    ("figures", "window", "label", "said"),
    [
        (figures_of(0.15), 90, "High", "15.0%"),
        (figures_of(0.150001), 90, "Medium", "15.0%"),
        (figures_of(0.30), 90, "Medium", "30.0%"),
        (figures_of(0.31), 90, "Low", "31.0%"),
        (figures_of(), 300, "High", "90 days"),
        (figures_of(), 301, "Low", "longer than the history of 300 days"),
        (figures_of(mae=0.6), 90, "Low", "no less than the 0.600"),
        (figures_of(wape=None), 90, "Low", "Nobody ordered"),
        (None, 90, "Low", "Why not"),
    ],
)
def test_labels(figures: Holdout | None, window: int, label: str, said: str) -> None:
    found = holdout.judge(figures, window, 300, "Why not")
    assert found.confidence == label
    assert said in found.reason


def test_lengths() -> None:
    first = AS_OF - timedelta(days=300)
    assert holdout.length_days(first, AS_OF, 365, None) == 100
    assert holdout.length_days(first, AS_OF, 30, None) == 30
    assert holdout.length_days(first, AS_OF, 30, 150) == 150
    assert holdout.length_days(first, AS_OF, 30, 300) == 0  # nothing would be left to fit to
    assert holdout.length_days(AS_OF - timedelta(days=2), AS_OF, 365, None) == 0


def test_figures() -> None:
    """Against sums written out; customers who came after the cut do not count, those who bought nothing do."""
    known = customers(([50.0, 10.0], [100_000, 300_000], 0), ([20.0], [50_000], 0), ([5.0], [70_000], 0))
    bought = After(np.array([1, 3, 9]), np.array([2, 1, 5]), np.array([250_000, 90_000, 10**9]))
    day = day_of(AS_OF)
    found = holdout.evaluate(FIT, 0, AS_OF, 30, day, known, bought, {})
    assert found is not None
    told = forecast(FIT, 0, known, day, 30)
    actual, rate = [2, 0, 1], [1 / 50 * 30, 0, 0]
    predicted = told.purchases.tolist()
    assert (found.customers, found.actual_orders, found.actual_revenue) == (3, 3, 34.0)
    assert found.mae == pytest.approx(sum(abs(p - a) for p, a in zip(predicted, actual, strict=True)) / 3, abs=1e-6)
    assert found.heuristic_mae == pytest.approx(sum(abs(p - a) for p, a in zip(rate, actual, strict=True)) / 3, abs=1e-6)
    assert found.correlation == pytest.approx(np.corrcoef(predicted, actual)[0, 1], abs=1e-6)
    assert found.aggregate_error == pytest.approx(sum(predicted) / 3 - 1, abs=1e-6)
    revenue = sum(p * v for p, v in zip(predicted, told.value.tolist(), strict=True))
    assert found.wape == pytest.approx(abs(revenue - 34) / 34, abs=1e-6)


def test_nobody_bought_or_nobody_differs() -> None:
    alone = holdout.evaluate(FIT, 0, AS_OF, 30, day_of(AS_OF), customers(([5.0], [10_000], 0)), NOTHING, {})
    assert alone is not None
    assert alone.correlation is alone.wape is alone.aggregate_error is None
    assert alone.mae is not None


FULL = Overview(
    customers=500, repeaters=9, loyal=1, orders=900, days=900, units=1, first_at=AS_OF - timedelta(days=180),
    last_at=AS_OF - timedelta(days=30),
)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "lacking"),
    [
        ({}, set()),
        ({"mapped": False}, {"revenue_metric"}),
        ({"customers": 499}, {"customers_with_order"}),
        ({"first_at": AS_OF - timedelta(days=179, hours=23)}, {"days_of_history"}),
        ({"last_at": AS_OF - timedelta(days=31)}, {"days_since_last_order"}),
        ({"loyal": 0}, {"customers_with_three_orders"}),
        ({"customers": 0, "loyal": 0, "first_at": None, "last_at": None},
         {"customers_with_order", "days_of_history", "days_since_last_order", "customers_with_three_orders"}),
    ],
)  # fmt: skip
def test_eligibility(change: dict[str, object], lacking: set[str]) -> None:
    seen = Overview(**{**{name: getattr(FULL, name) for name in Overview.__struct_fields__}, **change})
    found = judge(seen, AS_OF, "standard")
    assert {check.id for check in found.checks if not check.met} == lacking
    assert found.met == (not lacking)
    assert found.shown()["met"] == found.met


def test_relaxed() -> None:
    few = Overview(customers=1, orders=1, days=1, units=1, first_at=datetime(1997, 1, 1, tzinfo=UTC),
                   last_at=datetime(1998, 1, 1, tzinfo=UTC))  # fmt: skip
    assert judge(few, AS_OF, "relaxed").met
    assert not judge(few, AS_OF, "standard").met
    assert not judge(Overview(), AS_OF, "relaxed").met
