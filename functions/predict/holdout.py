"""The back-test: what a fit to the orders before a cut says of what came after it (SPEC §6.3). Pure.

WAPE of total revenue is |predicted - actual| / actual of all the customers of the cut together, over the whole hold-out.
The rate heuristic says that every customer goes on at their own rate: x / T purchases a day.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cdp.clv.fits import Fit
from cdp.documents.clv_models import Confidence, Holdout, Stretch
from cdp.query.money import PER_UNIT
from functions.predict.curves import deciles, stretches
from functions.predict.forecast import Customers, Forecast, forecast, sound

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]

HIGH, MEDIUM = 0.15, 0.30  # WAPE at most
_DIGITS = 6


class After(NamedTuple):
    """What customers bought after the cut; arrays by number. `days` are purchases."""

    numbers: Int
    days: Int
    units: Int


class Judgement(NamedTuple):
    confidence: Confidence
    reason: str


def length_days(first_at: datetime, as_of: datetime, window_days: int, wanted: int | None) -> int:
    """Of the hold-out: what is wanted, else the window, at most a third of the history; 0: there is no room for one."""
    history = (as_of - first_at).days
    if wanted is not None:
        return wanted if wanted < history else 0
    return min(window_days, history // 3)


def cut_of(as_of: datetime, days: int) -> datetime:
    return as_of - timedelta(days=days)


def evaluate(
    fit: Fit, mean_value_units: int, cut: datetime, days: int, today: int, known: Customers, bought: After,
    by_stretch: dict[int, int],
) -> Holdout | None:  # fmt: skip
    """`known` as of the cut (`today`: its day), `by_stretch` what they bought over time (`curves.stretches`); None: the
    fit says what cannot be."""
    told = forecast(fit, mean_value_units, known, today, days)
    if fit.purchases is None or not sound(told):
        return None
    actual, revenue = _of(known.numbers, bought)
    frequency, _, age = known.histories(today)
    rate = np.where(age > 0, frequency / np.maximum(age, 1) * days, 0.0)
    curve = stretches(fit.purchases, known, today, days, by_stretch)
    return _figures(cut, days, told, rate, actual, revenue, curve)


def _of(numbers: Int, bought: After) -> tuple[Float, float]:
    """Purchases of each of these customers, and the revenue from all of them."""
    actual = np.zeros(numbers.size)
    if bought.numbers.size and numbers.size:
        at = np.minimum(np.searchsorted(numbers, bought.numbers), numbers.size - 1)
        known = numbers[at] == bought.numbers
        actual[at[known]] = bought.days[known]
        return actual, float(int(bought.units[known].sum()) / PER_UNIT)
    return actual, 0.0


def _figures(
    cut: datetime, days: int, told: Forecast, rate: Float, actual: Float, revenue: float, curve: tuple[Stretch, ...]
) -> Holdout:
    predicted, orders = float(told.purchases.sum()), int(actual.sum())
    expected = float(told.revenue.sum())
    return Holdout(
        cut=cut,
        days=days,
        customers=actual.size,
        actual_orders=orders,
        predicted_orders=predicted,
        actual_revenue=round(revenue, 4),
        predicted_revenue=expected,
        mae=_mae(told.purchases, actual),
        correlation=_correlation(told.purchases, actual),
        aggregate_error=_rounded((predicted - orders) / orders) if orders else None,
        wape=_rounded(abs(expected - revenue) / revenue) if revenue else None,
        heuristic_mae=_mae(rate, actual),
        heuristic_correlation=_correlation(rate, actual),
        stretches=curve,
        deciles=deciles(told.purchases, actual),
    )


def judge(tested: Holdout | None, window_days: int, history_days: int, why_untested: str | None) -> Judgement:
    """The label, and the sentence that says why it is no better. `why_untested`: why there is no hold-out."""
    if tested is None:
        return Judgement("Low", why_untested or "The predictions could not be tested.")
    if window_days > history_days:
        return Judgement("Low", f"The window of {window_days} days is longer than the history of {history_days} days.")
    if tested.mae is None or tested.heuristic_mae is None or tested.wape is None:
        return Judgement("Low", f"Nobody ordered in the {tested.days} days on which the predictions were tested.")
    if tested.mae >= tested.heuristic_mae:
        return Judgement("Low", (
            f"Over the last {tested.days} days the model was off by {tested.mae:.3f} orders a customer, no less than the "
            f"{tested.heuristic_mae:.3f} of the plain rate of each customer."
        ))  # fmt: skip
    label: Confidence = "High" if tested.wape <= HIGH else "Medium" if tested.wape <= MEDIUM else "Low"
    return Judgement(label, (
        f"Over the last {tested.days} days the revenue predicted for all customers was off by {tested.wape:.1%}."
    ))  # fmt: skip


def _mae(predicted: Float, actual: Float) -> float | None:
    return _rounded(float(np.abs(predicted - actual).mean())) if actual.size else None


def _correlation(predicted: Float, actual: Float) -> float | None:
    if actual.size < 2 or not np.ptp(predicted) or not np.ptp(actual):
        return None
    return _rounded(float(np.corrcoef(predicted, actual)[0, 1]))


def _rounded(value: float) -> float:
    """As it is served: far beyond what is meant, and the same on every machine."""
    return round(value, _DIGITS)


def after(rows: Any) -> After:
    """From the Arrow table of `statistics.after`."""
    return After(*(rows[name].to_numpy().astype(np.int64) for name in ("profile_no", "days", "units")))
