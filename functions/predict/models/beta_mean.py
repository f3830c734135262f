"""A mean over a beta distribution by quadrature, exact to a few units of 1e-12 for all parameters that occur.

The integrand may be infinite at 0 (a < 1), one narrow peak (thousands of purchases) or spread over twenty powers of
ten. In z = ln(p / (1 - p)) it is smooth and falls off on both sides, so 256 Gauss-Legendre points between the places
where it is negligible are enough. What lies below the lower one, where a < 1 falls off too slowly, is known as a series.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float64]

_POINTS = 256
_CHUNK = 2048  # rows at once: 4 MB for each array of all points
_FALL = 40.0  # e^-40 of the peak is nothing
_SERIES = 1e-6  # where both terms of the series are exact to 1e-12


def beta_mean(a: float, c: Float, power: Float, reach: Float) -> Float:
    """E[(1 - (1 + reach * p)^-power) / p] for p ~ Beta(a, c); c > 1, arrays (n,)."""
    found = np.empty(c.shape)
    for first in range(0, c.size, _CHUNK):
        rows = slice(first, first + _CHUNK)
        found[rows] = _mean(a, c[rows], power[rows], reach[rows])
    return found


@cache
def _gauss_legendre() -> tuple[Float, Float]:
    """Points and weights on [0, 1]."""
    points, weights = np.polynomial.legendre.leggauss(_POINTS)
    return (points + 1) / 2, weights / 2


def _mean(a: float, c: Float, power: Float, reach: Float) -> Float:
    points, weights = _gauss_legendre()
    peak = _peak(a, c)
    steep = np.maximum(c - 1 + (power + 1) * reach, 1)
    series = np.log(_SERIES / steep)
    lower, upper = np.maximum(series, _lower(a, c)), _upper(a, c)
    length = upper - lower
    z = lower[:, None] + length[:, None] * points
    log_p = -np.logaddexp(0, -z)
    density = np.exp(a * log_p + c[:, None] * (log_p - z) - peak[:, None]) * weights
    p = np.exp(log_p)
    gain = -np.expm1(-power[:, None] * np.log1p(reach[:, None] * p)) / p
    start = np.exp(-np.logaddexp(0, -lower))
    below = np.where(lower > series, 0, np.exp(np.minimum(a * np.log(start) - peak, 1)))
    most = power * reach  # the limit of the gain at p = 0
    above_zero = below * (1 / a - (c - 1) * start / (a + 1))
    gained = below * most * (1 / a - (c - 1 + (power + 1) * reach / 2) * start / (a + 1))
    total = (density * gain).sum(axis=1) * length + gained
    return np.asarray(total / (density.sum(axis=1) * length + above_zero))


def _log_density(a: float | Float, c: Float, z: Float) -> Float:
    return np.asarray(-a * np.logaddexp(0, -z) - c * np.logaddexp(0, z))


def _peak(a: float, c: Float) -> Float:
    """Logarithm of the density's highest value."""
    return _log_density(a, c, np.log(a / c))


def _upper(a: float, c: Float) -> Float:
    return _edge(np.full(c.shape, a), c, side=1)


def _lower(a: float, c: Float) -> Float:
    """The gain falls by 1 / p at most, so from the peak of Beta(a - 1, c) downwards the product falls, too."""
    return _edge(np.full(c.shape, a - 1), c, side=-1) if a > 1 else np.full(c.shape, -np.inf)


def _edge(a: Float, c: Float, side: int) -> Float:
    """Where the density has fallen by e^-`_FALL` on one side of its peak, or a little beyond.

    The density's logarithm is concave, so Newton's method comes from outside and never passes the place. It begins
    where the fall is certain: the curvature m = ac / (a+c) at the peak changes by no more than e^-d within d, so the
    fall is at least m * (d - 1 + e^-d)."""
    mean = a * c / (a + c)
    place = np.log(a / c)
    floor = _log_density(a, c, place) - _FALL
    place = place + side * (_FALL / mean + np.sqrt(2 * _FALL / mean))
    for _ in range(8):
        p = np.exp(-np.logaddexp(0, -place))
        place = place - (_log_density(a, c, place) - floor) / (a * (1 - p) - c * p)
    return place
