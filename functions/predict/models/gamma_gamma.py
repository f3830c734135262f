"""What an order of a customer will be worth: between their own mean and that of all.

Fader, Hardie, Lee (2005), J. of Marketing Research 42 (4), 415-430; equations as in Fader and Hardie (2013), "The
Gamma-Gamma Model of Monetary Value". A customer's orders are Gamma(p, nu), nu differs between customers as Gamma(q, v).

Arrays are (n,): `orders` n >= 0; `mean` value of a customer's orders, in the account's currency (anything if n = 0).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cdp.clv.fits import SpendFit

Float = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64] | Float

OWN_ORDERS = 2  # so many orders at the mean of all are added to a customer's own where there is no fit (SPEC §6.4)


def expected_order_value(fit: SpendFit, orders: Numbers, mean: Float) -> Float:
    """Conditional mean (equation 5), (n,): p * (v + n * mean) / (p * n + q - 1)."""
    return np.asarray(fit.p * (fit.v + np.where(orders > 0, orders * mean, 0)) / (fit.p * orders + fit.q - 1))


def shrunken_order_value(account_mean: float, orders: Numbers, mean: Float) -> Float:
    """In place of the conditional mean where there is no fit, (n,): (n * mean + k * account_mean) / (n + k), k = 2."""
    own = np.where(orders > 0, orders * mean, 0)
    return np.asarray((own + OWN_ORDERS * account_mean) / (orders + OWN_ORDERS))
