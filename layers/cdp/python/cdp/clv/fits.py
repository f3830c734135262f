"""What fitting gives: parameters in days and in units of the account's currency, or the reason why there are none."""

from __future__ import annotations

import msgspec


class PurchaseFit(msgspec.Struct, frozen=True):
    """BG/NBD or MBG/NBD by maximum likelihood: r, alpha (days), a, b of SPEC §6.4. `log_likelihood` is the sum over
    all customers with times in days."""

    name: str
    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float


class SpendFit(msgspec.Struct, frozen=True):
    """Gamma-Gamma by maximum likelihood: p, q, v (currency units). `log_likelihood` is the sum over all customers."""

    p: float
    q: float
    v: float
    log_likelihood: float


class Fit(msgspec.Struct, frozen=True):
    """Of each part either the fit or a sentence for the reader of the dashboard that says why there is none."""

    purchases: PurchaseFit | None = None
    spend: SpendFit | None = None
    purchases_failed: str | None = None
    spend_failed: str | None = None
