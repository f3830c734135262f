"""The parameters that the papers print, from the raw purchases: events, statistics by SQL, fits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cdp.clv.statistics import Purchases, Spend
from functions.fit import fitting
from tests.unit.fit import cdnow
from tests.unit.predict.asking import Account


@pytest.fixture(scope="module")
def statistics(tmp_path_factory: pytest.TempPathFactory) -> tuple[Purchases, Spend]:
    account = Account(tmp_path_factory.mktemp("cdnow"))
    cdnow.store(account)
    return cdnow.calibration(account)


def test_bg_nbd(statistics: tuple[Purchases, Spend]) -> None:
    """Fader, Hardie, Lee (2005), "Counting Your Customers" the Easy Way, table 2; weeks."""
    rows, _ = statistics
    fit = fitting.purchases(rows, "BG/NBD")
    assert rows.customers.sum() == 2357
    assert [f"{value:.4f}" for value in (fit.r, fit.alpha / 7, fit.a, fit.b)] == ["0.2426", "4.4136", "0.7929", "2.4259"]
    repeats = (rows.frequency * rows.customers).sum()
    assert f"{fit.log_likelihood + repeats * np.log(7):.2f}" == "-9582.43"


def test_gamma_gamma_on_exact_means(statistics: tuple[Purchases, Spend]) -> None:
    """Fader and Hardie (2013), The Gamma-Gamma Model of Monetary Value: 6.25, 3.74, 15.44."""
    _, rows = statistics
    fit = fitting.spend(rows)
    assert rows.customers.sum() == 946
    assert [f"{value:.2f}" for value in (fit.p, fit.q, fit.v)] == ["6.25", "3.74", "15.44"]


def test_gamma_gamma_on_means_in_whole_cents(statistics: tuple[Purchases, Spend]) -> None:
    """As the published summary of the customers has the means: rounded half up."""
    _, rows = statistics
    cents = np.floor(rows.units / rows.orders / 100 + 0.5).astype(np.int64)
    fit = fitting.spend(rows._replace(units=cents * 100 * rows.orders))
    assert [f"{value:.3f}" for value in (fit.p, fit.q, fit.v)] == ["6.249", "3.745", "15.448"]
