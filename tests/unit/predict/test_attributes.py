"""What is served of a customer (SPEC §6.1, §6.5), against the formulas one by one."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.clv.fits import Fit, PurchaseFit
from cdp.documents.clv_models import Model
from functions.predict.attributes import ATTRIBUTES, attributes, keep_expected_date
from functions.predict.forecast import Customers
from tests.unit.predict.flow import FIT

AS_OF = datetime(2026, 6, 30, 12, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY_S = 86_400
GAPS = (50 * DAY_S, 40 * DAY_S, None, 20 * DAY_S, 10 * DAY_S, 30 * DAY_S)


def model(fit: Fit = FIT, gaps: tuple[int | None, ...] = GAPS) -> Model:
    return Model(
        "M", AS_OF, AS_OF, AS_OF - timedelta(days=900), 9, 30, "EUR", 365, fit, 500_000, gaps, "High", "", None
    )


def customers(*given: tuple[list[float], list[int], int]) -> Customers:
    """Each: how many days ago they ordered, for how many units, and what was refunded of no order."""
    rows = []
    for number, (ago, units, loose) in enumerate(given, 1):
        times = sorted(AS_OF - timedelta(days=days) for days in ago)
        dates = sorted({(at - EPOCH).days for at in times})
        first, last = ((at - EPOCH) // timedelta(microseconds=1) for at in (times[0], times[-1]))
        total = sum(units)
        rows.append((number, len(ago), len(dates), total, max(0, total - loose), dates[0], dates[-1], first, last))
    return Customers(*np.array(rows, np.int64).T)


def one(*given: Any, of: Model | None = None, window: int = 365) -> dict[str, Any]:
    return attributes(of, window, customers(given), AS_OF)[1]


def test_the_past() -> None:
    found = one([100, 40, 10], [100_000, 200_050, 50_000], 0)
    assert found == {
        "historic_clv": 35.0, "historic_number_of_orders": 3, "average_order_value": 11.67,
        "average_days_between_orders": 45.0, "last_order_date": "2026-06-20T12:00:00+00:00",
    }  # fmt: skip
    refunded = one([100], [100_000], 30_050)
    assert (refunded["historic_clv"], refunded["average_order_value"]) == (7.0, 7.0)  # 6.995: half to even
    assert refunded["average_days_between_orders"] is None
    assert one([100], [100_000], 999_999)["historic_clv"] == 0.0


def test_the_expected_date() -> None:
    """(own mean gap * own gaps + 2 * the account's gap after so many orders) / (own gaps + 2)."""
    for ago, gap_days in (
        ([7], (2 * 50) / 2),
        ([27, 7], (20 + 2 * 40) / 3),
        ([90, 50, 7], (83 + 2 * 30) / 4),  # nobody bought again after a third order: the gap of all
        ([90, 80, 70, 7], (83 + 2 * 20) / 5),
        ([95, 90, 80, 70, 60, 50, 7], (88 + 2 * 10) / 8),  # the sixth gap is that after the fifth order
    ):
        found = one(ago, [10_000] * len(ago), 0, of=model())["expected_date_of_next_order"]
        expected = AS_OF - timedelta(days=7) + timedelta(days=gap_days)
        assert abs(datetime.fromisoformat(found) - expected) <= timedelta(seconds=0.5)
    nobody = model(gaps=(None,) * 6)
    assert one([7], [10_000], 0, of=nobody)["expected_date_of_next_order"] is None


def test_the_date_stays() -> None:
    old = {"expected_date_of_next_order": "D1", "last_order_date": "L1", "churn_probability": 0.1}
    new = {"expected_date_of_next_order": "D2", "last_order_date": "L1", "churn_probability": 0.2}
    assert keep_expected_date(old, new) == {**new, "expected_date_of_next_order": "D1"}
    assert keep_expected_date(old, {**new, "last_order_date": "L2"})["expected_date_of_next_order"] == "D2"
    assert keep_expected_date({"last_order_date": "L1"}, new) == new
    assert keep_expected_date(old, {"last_order_date": "L1"}) == {"last_order_date": "L1"}  # no model any more
    assert keep_expected_date({}, {}) == {}


def p_alive(fit: PurchaseFit, x: int, t_x: float, t: float) -> float:
    odds: float = fit.a / (fit.b + x) * ((fit.alpha + t) / (fit.alpha + t_x)) ** (fit.r + x)
    return 1 / (1 + odds)


@settings(max_examples=60, deadline=None)
@given(
    ago=st.lists(st.integers(0, 900), min_size=1, max_size=6),
    units=st.integers(1, 10**9),
    loose=st.integers(0, 10**9),
    window=st.integers(1, 50_000),
)
def test_predictions(ago: list[int], units: int, loose: int, window: int) -> None:
    """Only what is served goes into the sum; nothing is negative; P(alive) is that of SPEC §6.4."""
    assert FIT.purchases is not None
    found = one([float(one) for one in ago], [units] * len(ago), loose, of=model(), window=window)
    assert found.keys() <= set(ATTRIBUTES)
    days = sorted(set(ago))
    alive = p_alive(FIT.purchases, len(days) - 1, days[-1] - days[0], days[-1])
    assert found["churn_probability"] == pytest.approx(1 - alive, abs=0.00501)
    assert found["total_clv"] == pytest.approx(found["historic_clv"] + found["predicted_clv"], rel=1e-15)
    for name in ("predicted_clv", "predicted_number_of_orders", "churn_probability", "historic_clv"):
        assert found[name] >= 0
        assert round(found[name], 2) == found[name]


def test_customers_who_are_not_in_it() -> None:
    found = attributes(model(), 365, customers(([5.0], [10_000], 0), ([9.0, 3.0], [1, 1], 0)), AS_OF)
    assert found.keys() == {1, 2}
    nobody = Customers(*(np.zeros(0, np.int64) for _ in Customers._fields))
    assert attributes(model(), 365, nobody, AS_OF) == {}


def test_a_model_that_says_what_cannot_be() -> None:
    """Then nothing is predicted of anybody."""
    broken = Fit(PurchaseFit("MBG/NBD", math.nan, 1.0, 1.0, 1.0, 0.0))
    with np.errstate(all="ignore"):
        found = one([9.0], [10_000], 0, of=model(broken))
    assert found.keys() == {"historic_clv", "historic_number_of_orders", "average_order_value",
                            "average_days_between_orders", "last_order_date"}  # fmt: skip
