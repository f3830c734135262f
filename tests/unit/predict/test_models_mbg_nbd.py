"""Scoring against lifetimes (hypergeometric functions), against plain integration and against made-up customers."""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.clv.fits import PurchaseFit
from functions.predict.models.beta_mean import beta_mean
from functions.predict.models.mbg_nbd import expected_orders, log_likelihood, p_alive

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # an option of pandas that is no more
    from lifetimes import ModifiedBetaGeoFitter

Float = npt.NDArray[np.float64]
SHAPES = st.floats(0.05, 20)
FITS = st.builds(PurchaseFit, st.just("MBG/NBD"), SHAPES, st.floats(0.5, 2000), SHAPES, SHAPES, st.just(0.0))
HISTORIES = st.lists(
    st.tuples(st.integers(0, 200), st.integers(0, 3000), st.floats(0, 1)).map(
        lambda one: (one[0], int(one[1] * one[2]) if one[0] else 0, one[1])
    ),
    min_size=1, max_size=20,
)  # fmt: skip
ONE = PurchaseFit("MBG/NBD", 0.52, 43.3, 0.89, 1.61, 0)  # CDNOW


def theirs(fit: PurchaseFit) -> ModifiedBetaGeoFitter:
    fitter = ModifiedBetaGeoFitter()
    fitter.params_ = pd.Series([fit.r, fit.alpha, fit.a, fit.b], index=["r", "alpha", "a", "b"])
    return fitter


@settings(max_examples=80, deadline=None)
@given(FITS, HISTORIES)
def test_p_alive_as_in_lifetimes(fit: PurchaseFit, histories: list[tuple[int, int, int]]) -> None:
    x, recency, age = np.array(histories).T
    with np.errstate(over="ignore"):
        expected = theirs(fit).conditional_probability_alive(x, recency, age)
    np.testing.assert_allclose(p_alive(fit, x, recency, age), expected, rtol=1e-9, atol=1e-300)


@settings(max_examples=80, deadline=None)
@given(FITS.filter(lambda fit: abs(fit.a - 1) > 0.01), HISTORIES, st.sampled_from([1, 7, 365, 5000]))
def test_expected_orders_as_in_lifetimes(fit: PurchaseFit, histories: list[tuple[int, int, int]], window: int) -> None:
    x, recency, age = np.array(histories).T
    with np.errstate(all="ignore"):
        expected = theirs(fit).conditional_expected_number_of_purchases_up_to_time(window, x, recency, age)
    ours = expected_orders(fit, x, recency, age, window)
    # Its 1 - F * (...) loses digits where little is expected, and all of them where F overflows.
    whole = np.isfinite(expected) & (expected > 1e-4 * p_alive(fit, x, recency, age))
    np.testing.assert_allclose(ours[whole], expected[whole], rtol=1e-9)


@settings(max_examples=50, deadline=None)
@given(FITS, HISTORIES)
def test_likelihood_as_in_lifetimes(fit: PurchaseFit, histories: list[tuple[int, int, int]]) -> None:
    x, recency, age = np.array(histories).T
    ours = log_likelihood(fit, x, recency, age)
    at = np.log([fit.r, fit.alpha, fit.a, fit.b])
    with warnings.catch_warnings():
        theirs = ModifiedBetaGeoFitter._negative_log_likelihood(at, x, recency, age, np.ones(x.size), 0)
    assert ours.mean() == pytest.approx(-theirs, rel=1e-9, abs=1e-9)


def integrated(a: float, c: float, power: float, reach: float) -> float:
    """The mean by a hundred thousand equal steps of ln(p / (1-p))."""
    z = np.linspace(-45 / a - np.log(c + power * reach) - 5, 60, 100_001)
    log_p = -np.logaddexp(0, -z)
    density = np.exp(a * log_p + c * (log_p - z) - (a * np.log(a / (a + c)) + c * np.log(c / (a + c))))
    gain = -np.expm1(-power * np.log1p(reach * np.exp(log_p))) / np.exp(log_p)
    return float((density * gain).sum() / density.sum())


def powers_of_ten(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high).map(lambda exponent: 10**exponent)


@settings(max_examples=40, deadline=None)
@given(powers_of_ten(-0.7, 4), powers_of_ten(-6, 5).map(lambda one: 1 + one), powers_of_ten(-4, 5), powers_of_ten(-5, 7))
def test_the_mean_as_integrated(a: float, c: float, power: float, reach: float) -> None:
    (mean,) = beta_mean(a, np.array([c]), np.array([power]), np.array([reach]))
    assert mean == pytest.approx(integrated(a, c, power, reach), rel=1e-9)


@pytest.mark.parametrize("a", [1e-7, 1e-3, 0.5, 1 - 1e-9, 1.0, 1.001, 30, 1e7])
@pytest.mark.parametrize("b", [1e-7, 1.0, 1e7])
def test_nothing_overflows_and_nothing_is_lost(a: float, b: float) -> None:
    """More is expected in a longer window; never more than without leaving, r + x purchases in alpha + T days."""
    fit = PurchaseFit("MBG/NBD", 1e-3, 1e-3, a, b, 0)
    x = np.array([0, 0, 1, 99_999, 99_999, 99_999])
    recency, age = np.array([0, 0, 9, 1, 3000, 0]), np.array([0, 50_000, 9, 3000, 3000, 0])
    alive = p_alive(fit, x, recency, age)
    assert ((alive >= 0) & (alive <= 1)).all()
    before = np.zeros(6)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        for window in (1, 365, 50_000):
            expected = expected_orders(fit, x, recency, age, window)
            assert np.isfinite(expected).all()
            assert (expected >= before).all()
            assert (expected <= alive * (fit.r + x) / (fit.alpha + age) * window * (1 + 1e-9)).all()
            before = expected


def test_a_of_one_lies_between_its_neighbours() -> None:
    x, recency, age = np.array([0, 3, 40]), np.array([0, 90, 300]), np.array([200, 200, 301])
    below, at, above = (
        expected_orders(PurchaseFit("MBG/NBD", 0.5, 40, a, 1.6, 0), x, recency, age, 365) for a in (1 - 1e-6, 1, 1 + 1e-6)
    )
    np.testing.assert_allclose(at, (below + above) / 2, rtol=1e-9)
    assert (below > at).all()
    assert (at > above).all()


def test_nobody_and_somebody_alone() -> None:
    none = np.array([], np.int64)
    assert expected_orders(ONE, none, none, none, 365).shape == (0,)
    many = [np.array([0, 2, 5, 2]), np.array([0, 30, 90, 30]), np.array([10, 200, 91, 200])]
    together = expected_orders(ONE, *many, 365)
    alone = [expected_orders(ONE, *(column[[place]] for column in many), 365)[0] for place in range(4)]
    np.testing.assert_allclose(together, alone, rtol=1e-12)


def test_made_up_customers_buy_as_often_as_expected() -> None:
    """Two groups of a history each, of 400,000 customers drawn with the parameters; within four standard errors."""
    random, n, horizon, window = np.random.default_rng(11), 400_000, 180.0, 200.0
    rate, leaving = random.gamma(ONE.r, 1 / ONE.alpha, n), random.beta(ONE.a, ONE.b, n)
    x, later, at = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n)
    here = np.flatnonzero(random.random(n) >= leaving)
    while here.size:
        at[here] += random.exponential(1 / rate[here])
        here = here[at[here] <= horizon + window]
        before = at[here] <= horizon
        x[here[before]] += 1
        later[here[~before]] += 1
        here = here[random.random(here.size) >= leaving[here]]
    (once,) = expected_orders(ONE, np.array([0]), np.array([0]), np.array([horizon]), window)
    bought = later[x == 0]
    assert abs(bought.mean() - once) < 4 * bought.std() / np.sqrt(bought.size)
    (alive,) = p_alive(ONE, np.array([0]), np.array([0]), np.array([horizon]))
    assert 0 < alive < 1
