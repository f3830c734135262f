from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.clv.fits import SpendFit
from functions.predict.models.gamma_gamma import expected_order_value, shrunken_order_value

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # an option of pandas that is no more
    from lifetimes import GammaGammaFitter

FITS = st.builds(SpendFit, st.floats(0.1, 100), st.floats(1.1, 100), st.floats(0.01, 1e5), st.just(0.0))


@settings(max_examples=50, deadline=None)
@given(FITS, st.lists(st.tuples(st.integers(1, 100), st.floats(1, 1e6)), min_size=1, max_size=20))
def test_as_in_lifetimes(fit: SpendFit, customers: list[tuple[int, float]]) -> None:
    orders, mean = np.array(customers).T
    fitter = GammaGammaFitter()
    fitter.params_ = pd.Series([fit.p, fit.q, fit.v], index=["p", "q", "v"])
    expected = fitter.conditional_expected_average_profit(orders, mean)
    np.testing.assert_allclose(expected_order_value(fit, orders, mean), expected, rtol=1e-9)


@settings(max_examples=50, deadline=None)
@given(FITS, st.integers(1, 1000), st.floats(0.01, 1e6))
def test_between_the_own_mean_and_that_of_all(fit: SpendFit, orders: int, mean: float) -> None:
    everybody = fit.p * fit.v / (fit.q - 1)
    (found,) = expected_order_value(fit, np.array([orders]), np.array([mean]))
    assert min(mean, everybody) * (1 - 1e-9) <= found <= max(mean, everybody) * (1 + 1e-9)


def test_without_orders_the_mean_of_all() -> None:
    fit = SpendFit(6.25, 3.74, 15.44, 0)
    (found,) = expected_order_value(fit, np.array([0]), np.array([np.nan]))
    assert found == pytest.approx(6.25 * 15.44 / 2.74)


def test_without_a_fit_two_orders_at_the_mean_of_all_are_added() -> None:
    found = shrunken_order_value(50.0, np.array([0, 1, 8]), np.array([np.nan, 20.0, 100.0]))
    np.testing.assert_allclose(found, [50, 40, 90])
