"""The parameters that the papers print, from the raw purchases: events, statistics by SQL, fits."""

from __future__ import annotations

import numpy as np
import pytest

from cdp.clv.fits import PurchaseFit
from cdp.clv.statistics import Purchases, Spend
from functions.fit import fitting
from tests.unit.fit import cdnow
from tests.unit.predict.asking import Account


@pytest.fixture(scope="module")
def statistics(tmp_path_factory: pytest.TempPathFactory) -> tuple[Purchases, Spend]:
    account = Account(tmp_path_factory.mktemp("cdnow"))
    cdnow.store(account)
    return cdnow.calibration(account)


def shown(fit: PurchaseFit, rows: Purchases) -> list[str]:
    """Parameters and log-likelihood with time in weeks."""
    repeats = (rows.frequency * rows.customers).sum()
    numbers = (fit.r, fit.alpha / 7, fit.a, fit.b)
    return [*(f"{number:.4f}" for number in numbers), f"{fit.log_likelihood + repeats * np.log(7):.2f}"]


def test_bg_nbd_on_exact_days(statistics: tuple[Purchases, Spend]) -> None:
    """Fader, Hardie, Lee (2005), "Counting Your Customers" the Easy Way, table 2: .243, 4.414, .793, 2.426, -9582.4."""
    rows, _ = statistics
    assert rows.customers.sum() == 2357
    assert shown(fitting.purchases(rows, "BG/NBD"), rows) == ["0.2426", "4.4136", "0.7929", "2.4259", "-9582.43"]


def test_bg_nbd_on_hundredths_of_weeks(statistics: tuple[Purchases, Spend]) -> None:
    """As the published summary of the customers has recency and age."""
    rows, _ = statistics
    rounded = rows._replace(recency=np.round(rows.recency / 7, 2) * 7, age=np.round(rows.age / 7, 2) * 7)
    assert shown(fitting.purchases(rounded, "BG/NBD"), rows) == ["0.2426", "4.4135", "0.7929", "2.4258", "-9582.43"]


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
