"""Our way of calling lifetimes against its plain use: one row a customer, its own start, its own units."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from cdp.clv.statistics import Purchases, Spend, thinned
from functions.fit import fitting
from functions.fit.fitting import FITTERS, GammaGammaFitter, Unfit
from tests.unit.fit.shop import purchases, rows_of, spend


@pytest.fixture(autouse=True)
def fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the shops below were large ones: the start is found on a sample."""
    monkeypatch.setattr(fitting, "START_ROWS", 1000)


def plain(fitter: Any, *columns: Any) -> Any:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return fitter.fit(*columns)


@pytest.mark.parametrize("model", ["MBG/NBD", "BG/NBD"])
def test_purchases_as_lifetimes_fits_them(model: Any) -> None:
    x, recency, age = purchases(8000)
    rows = Purchases(*rows_of(x, recency, age))
    assert rows.customers.size > fitting.START_ROWS, "else there is no start from a sample"
    ours, theirs = fitting.purchases(rows, model), plain(FITTERS[model](), x, recency / 7, age / 7)
    r, alpha, a, b = theirs.params_
    assert [ours.r, ours.alpha, ours.a, ours.b] == pytest.approx([r, alpha * 7, a, b], rel=1e-4)
    at_theirs = fitting._likelihood(theirs, np.log([r, alpha * 7, a, b]), x, recency, age, np.ones(x.size))
    assert ours.log_likelihood == pytest.approx(at_theirs, rel=1e-9)


def test_spend_as_lifetimes_fits_it() -> None:
    orders, units = spend(purchases(8000)[0] + 1)
    rows = Spend(*rows_of(orders, units))
    assert rows.customers.size > fitting.START_ROWS
    ours, theirs = fitting.spend(rows), plain(GammaGammaFitter(), orders, units / orders / 1e4)
    assert [ours.p, ours.q, ours.v] == pytest.approx(list(theirs.params_), rel=1e-4)
    assert ours.log_likelihood == pytest.approx(-theirs._negative_log_likelihood_ * orders.size, rel=1e-9)


def test_parameters_that_are_known() -> None:
    """Of 8,000 customers made up with them; within a few standard errors."""
    fit = fitting.purchases(Purchases(*rows_of(*purchases(8000))))
    assert [fit.r, fit.a, fit.b] == pytest.approx([0.6, 1.2, 2.2], rel=0.4)
    assert fit.alpha / fit.r == pytest.approx(100, rel=0.1)


def test_the_same_fit_every_time_whatever_the_order_of_rows() -> None:
    rows = Purchases(*rows_of(*purchases(4000)))
    turned = Purchases(*(column[::-1] for column in rows))
    one, again, other = (fitting.purchases(some) for some in (rows, rows, turned))
    assert one == again
    assert other.log_likelihood == pytest.approx(one.log_likelihood, rel=1e-12)
    assert [other.r, other.alpha, other.a, other.b] == pytest.approx([one.r, one.alpha, one.a, one.b], rel=1e-5)


def test_another_currency_is_another_scale() -> None:
    orders, units = spend(purchases(4000)[0] + 1)
    one, other = (fitting.spend(Spend(*rows_of(orders, units * times))) for times in (1, 1000))
    assert (other.p, other.q, other.v / 1000) == pytest.approx((one.p, one.q, one.v), rel=1e-6)


def test_thinned_statistics_give_nearly_the_same_model() -> None:
    rows = Purchases(*rows_of(*purchases(8000)))
    whole, part = fitting.purchases(rows), fitting.purchases(thinned(rows, 4))
    assert [part.r, part.alpha, part.a, part.b] == pytest.approx([whole.r, whole.alpha, whole.a, whole.b], rel=0.5)


def test_lifetimes_own_start_is_tried_where_ours_leads_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """The start is a sample's best; a wrong one must cost time only."""
    rows = Purchases(*rows_of(*purchases(8000)))
    right = fitting.purchases(rows)
    wrong = fitting.Start(np.full(4, 300.0), np.eye(4))
    monkeypatch.setattr(fitting, "_started", lambda *_: wrong)
    assert fitting.purchases(rows).log_likelihood == pytest.approx(right.log_likelihood, rel=1e-9)


def test_no_way_leads_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = Purchases(*rows_of(*purchases(500)))
    monkeypatch.setattr(fitting, "TOLERANCE", 0.0)
    monkeypatch.setattr(fitting, "WIDER", 0.0)
    with pytest.raises(Unfit, match="did not converge"):
        fitting.purchases(rows)
