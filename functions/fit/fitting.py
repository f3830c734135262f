"""Maximum likelihood with `lifetimes`: units said, starts fixed, and no parameters without sense.

Time goes in as weeks (`lifetimes` scales it to the longest age) and comes out as days; money goes in as multiples of
the mean order and comes out as currency. A weight is the number of customers with a history.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cdp.clv.fits import PurchaseFit, SpendFit
from cdp.clv.statistics import Purchases, Spend, sampled
from functions.fit.tasks import Model

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # lifetimes sets an option of pandas that is no more
    from autograd import value_and_grad
    from lifetimes import BetaGeoFitter, GammaGammaFitter, ModifiedBetaGeoFitter
    from lifetimes.utils import ConvergenceError
    from scipy.optimize import minimize

FITTERS = {"MBG/NBD": ModifiedBetaGeoFitter, "BG/NBD": BetaGeoFitter}
UNITS = 10_000.0  # in one of the account's currency
WEEK_DAYS = 7.0
START_ROWS = 10_000  # on which the start for all rows is found
LARGEST = 1e7  # a parameter beyond it, or below 1 / it, has run away
ALIKE = {"r": 1e4, "p": 1e4}  # customers buy equally often, or always for the same, to one per cent
TOLERANCE = 1e-7  # of the gradient of the mean log-likelihood: that of lifetimes
WIDER = 1e-5  # costs less than 1e-9 of the mean log-likelihood

FAULTS = (ConvergenceError, np.linalg.LinAlgError)

Float = npt.NDArray[np.float64]


class Unfit(Exception):
    """There is no fit, and this sentence says why."""


class Start(NamedTuple):
    """Logarithms of parameters, (k,), and the inverse of the curvature there, (k, k)."""

    at: Float
    inverse: Float


def purchases(rows: Purchases, model: Model = "MBG/NBD") -> PurchaseFit:
    """r, alpha, a, b of all customers."""
    _check_purchases(rows)
    longest_weeks = rows.age.max() / WEEK_DAYS

    def fit(fitter: Any, some: Purchases, **options: Any) -> Any:
        return fitter.fit(
            some.frequency, some.recency / WEEK_DAYS, some.age / WEEK_DAYS, weights=some.customers, **options
        )

    fitted = _maximum(FITTERS[model], fit, np.array([1, 1 / longest_weeks, 1, 1]), rows)
    r, alpha_weeks, a, b = _inside(fitted)
    at = np.log([r, alpha_weeks * WEEK_DAYS, a, b])
    likelihood = _likelihood(fitted, at, rows.frequency, rows.recency, rows.age, rows.customers)
    return PurchaseFit(model, r, alpha_weeks * WEEK_DAYS, a, b, likelihood)


def spend(rows: Spend) -> SpendFit:
    """p, q, v of all customers."""
    _check_spend(rows)
    scale = float((rows.units * rows.customers).sum() / (rows.orders * rows.customers).sum())

    def fit(fitter: Any, some: Spend, **options: Any) -> Any:
        return fitter.fit(some.orders, some.units / some.orders / scale, weights=some.customers, **options)

    fitted = _maximum(GammaGammaFitter, fit, np.ones(3), rows)
    p, q, v = _inside(fitted)
    if q <= 1:
        raise Unfit(f"Orders differ so much that their mean has no limit (q = {q:.3g}).")
    v *= scale / UNITS
    means = rows.units / rows.orders / UNITS
    return SpendFit(p, q, v, _likelihood(fitted, np.log([p, q, v]), rows.orders, means, rows.customers))


class _WithoutCurvature:
    """The search of lifetimes without what follows it: second derivatives, which nobody asks for there and which take
    as long as all steps together."""

    _negative_log_likelihood: Callable[..., float]

    def _fit(
        self, columns: Any, start: Float | None, size: int, _: bool, tol: float, bounds: None = None, **options: Any
    ) -> tuple[Float, float, Float]:
        at = np.full(size, 0.1) if start is None else start
        search = value_and_grad(self._negative_log_likelihood)
        found = minimize(search, at, args=columns, jac=True, tol=tol, options=options)
        if not found.success:
            raise ConvergenceError(found.message)
        return found.x, found.fun, np.eye(size)


def _maximum(kind: type, fit: Callable[..., Any], scales: Float, rows: Any) -> Any:
    """The fit to all rows. From a start found on some of them, with the curvature there, it needs a quarter of the
    steps; where that does not converge lifetimes' own start may, or a little less precision."""
    searching = type(kind.__name__, (_WithoutCurvature, kind), {})
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        some = sampled(rows, START_ROWS)
        start = None if some is rows else _started(kind(), fit, scales, some)
        for options in _tries(start):
            try:
                return fit(searching(), rows, **options)
            except FAULTS:
                continue
    raise Unfit("The search for the most likely parameters did not converge.")


def _tries(start: Start | None) -> Iterator[dict[str, Any]]:
    if start is not None:
        yield {"initial_params": start.at, "hess_inv0": start.inverse, "tol": TOLERANCE}
    yield {"tol": TOLERANCE}
    yield {"initial_params": None if start is None else start.at, "tol": WIDER}


def _started(fitter: Any, fit: Callable[..., Any], scales: Float, some: Any) -> Start | None:
    """Where the fit to some of the rows ends, if it does. `scales` of the parameters are undone by lifetimes."""
    try:
        fitted = fit(fitter, some, tol=TOLERANCE)
    except FAULTS:
        return None
    inverse = np.linalg.inv(fitted._hessian_)
    inverse = (inverse + inverse.T) / 2
    if not np.isfinite(inverse).all() or np.linalg.eigvalsh(inverse).min() <= 0:
        return None
    return Start(np.log(fitted.params_.to_numpy() * scales), inverse)


def _inside(fitted: Any) -> list[float]:
    """The parameters, if they are such that something can be reckoned with them."""
    for name, value in fitted.params_.items():
        if not 1 / LARGEST < value < ALIKE.get(name, LARGEST):  # NaN is not
            raise Unfit(f"The histories are too much alike: {name} ran to {value:.3g}.")
    return [float(value) for value in fitted.params_]


def _likelihood(fitted: Any, at: Float, *columns: npt.NDArray[Any]) -> float:
    """Logarithm of the likelihood of all customers, in the units of the columns; the last ones are the weights."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        total = -float(fitted._negative_log_likelihood(at, *columns, 0.0)) * float(columns[-1].sum())
    if not np.isfinite(total):
        raise Unfit("The likelihood of the most likely parameters is no number.")
    return total


def _check_purchases(rows: Purchases) -> None:
    _check(rows.customers, 4, "purchase histories")
    sound = (rows.frequency >= 0) & (rows.recency >= 0) & (rows.recency <= rows.age)
    if not sound.all() or rows.recency[rows.frequency == 0].any():
        raise Unfit("Some purchase histories cannot be: a last order before the first, or after now.")
    if rows.age.max() == 0:
        raise Unfit("All customers bought for the first time today.")
    if not rows.recency.any():
        raise Unfit("No customer has come back on another day.")


def _check_spend(rows: Spend) -> None:
    _check(rows.customers, 3, "amounts spent")
    if rows.orders.min() < 1 or rows.units.min() < 1:
        raise Unfit("Some amounts cannot be: no orders, or nothing paid.")
    means = rows.units / rows.orders
    if means.min() == means.max():
        raise Unfit("All customers spend the same on average: there is nothing to tell them apart by.")
    if rows.orders.max() == 1:
        raise Unfit("No customer has ordered more than once: how orders of one customer differ is unknown.")


def _check(customers: npt.NDArray[np.int64], least: int, what: str) -> None:
    if customers.size < least:
        raise Unfit(f"There are fewer than {least} different {what}.")
    if customers.min() < 1:
        raise Unfit("Some histories belong to nobody.")
