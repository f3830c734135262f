"""The modified BG/NBD: is a customer still alive, and how often will they buy?

Batislam, Denizel, Filiztekin (2007), Int. J. of Research in Marketing 24 (3), 201-209, with the erratum of Wagner and
Hoppe (2008), 25 (3), 225-226. While alive a customer buys at rate lambda ~ Gamma(r, alpha) and, after every purchase
(the first one, too), goes for good with probability p ~ Beta(a, b).

Arrays are (n,): `frequency` x, repeat purchases; `recency` t_x, days from the first purchase to the last; `age` T, days
from the first purchase to now. The parameters of a `PurchaseFit` are in days, too.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from cdp.clv.fits import PurchaseFit
from functions.predict.models.beta_mean import beta_mean

Float = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64] | Float

_HIGHEST = 700.0  # exp() of more is infinite


def p_alive(fit: PurchaseFit, frequency: Numbers, recency: Numbers, age: Numbers) -> Float:
    """Probability that the customer will buy again (appendix A, equation 5), (n,)."""
    return np.asarray(1 / (1 + np.exp(np.minimum(_log_odds_gone(fit, frequency, recency, age), _HIGHEST))))


def expected_orders(
    fit: PurchaseFit, frequency: Numbers, recency: Numbers, age: Numbers, window_days: float
) -> Float:
    """Purchases expected in (now, now + window], (n,).

    P(alive) times the mean, over p ~ Beta(a, b + x + 1), of (1 - ((alpha+T) / (alpha+T+p*w))^(r+x)) / p: what equation
    10 writes with a hypergeometric function, but also where a <= 1 and where that function overflows. The mean depends
    on x and T only and is taken once for each pair.
    """
    xs, at_x = np.unique(np.asarray(frequency, np.float64), return_inverse=True)
    ages, at_age = np.unique(np.asarray(age, np.float64), return_inverse=True)
    pairs, at = np.unique(at_x * ages.size + at_age, return_inverse=True)
    x, t = xs[pairs // max(ages.size, 1)], ages[pairs % max(ages.size, 1)]
    while_alive = beta_mean(fit.a, fit.b + x + 1, fit.r + x, window_days / (fit.alpha + t))
    return np.asarray(p_alive(fit, frequency, recency, age) * while_alive[at])


def log_likelihood(fit: PurchaseFit, frequency: Numbers, recency: Numbers, age: Numbers) -> Float:
    """Of each history (SPEC §6.4), times in days, (n,)."""
    xs, at = np.unique(frequency, return_inverse=True)
    gone = _log_odds_gone(fit, frequency, recency, age)
    buying = -fit.r * np.log1p(age / fit.alpha) - frequency * np.log(fit.alpha + age)
    return np.asarray(np.array([_of_count(fit, float(x)) for x in xs])[at] + buying + np.logaddexp(gone, 0))


def _of_count(fit: PurchaseFit, x: float) -> float:
    """What depends on the number of purchases alone."""
    r, a, b = fit.r, fit.a, fit.b
    lasting = math.lgamma(a + b) + math.lgamma(b + x + 1) - math.lgamma(b) - math.lgamma(a + b + x + 1)
    return math.lgamma(r + x) - math.lgamma(r) + lasting


def _log_odds_gone(fit: PurchaseFit, frequency: Numbers, recency: Numbers, age: Numbers) -> Float:
    """ln(a / (b+x) * ((alpha+T) / (alpha+t_x))^(r+x))."""
    silent = np.log1p((age - recency) / (fit.alpha + recency))
    return np.asarray(np.log(fit.a) - np.log(fit.b + frequency) + (fit.r + frequency) * silent)
