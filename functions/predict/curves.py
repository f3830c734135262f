"""What the charts of predictions show: orders by week of the hold-out, calibration, and how CLV is spread. Pure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cdp.clv.fits import PurchaseFit
from cdp.documents.clv_models import Bin, Decile, Stretch
from functions.predict.forecast import Customers
from functions.predict.models.mbg_nbd import expected_orders

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]

MOST_STRETCHES = 60
_WEEK = 7
_STEPS = (1, 2, 5)  # times powers of ten: where bins of CLV begin


def stretch_days(days: int) -> int:
    """Whole weeks, as many as keep the stretches of a hold-out few."""
    return _WEEK * max(1, -(-days // (_WEEK * MOST_STRETCHES)))


def stretches(fit: PurchaseFit, known: Customers, today: int, days: int, actual: dict[int, int]) -> tuple[Stretch, ...]:
    """Purchases that the customers of the cut (`today`: its day) were expected to make, stretch by stretch, and those
    that they made (`actual`: by the stretch's number from 0)."""
    step, found, before = stretch_days(days), [], 0.0
    history = known.histories(today)
    for number, end in enumerate(range(step, days + step, step)):
        through = min(end, days)
        so_far = float(expected_orders(fit, *history, through).sum())
        found.append(Stretch(through - number * step, so_far - before, actual.get(number, 0)))
        before = so_far
    return tuple(found)


def deciles(predicted: Float, actual: Float) -> tuple[Decile, ...]:
    """Customers by what was predicted of them, lowest tenth first; fewer than ten customers: none."""
    if predicted.size < 10:
        return ()
    tenths = np.array_split(np.argsort(predicted, kind="stable"), 10)
    return tuple(Decile(len(at), float(predicted[at].mean()), float(actual[at].mean())) for at in tenths)


def distribution(worth: Float) -> tuple[Bin, ...]:
    """Customers by predicted CLV (currency units), in bins that begin at 0, 1, 2, 5, 10, 20, 50 … as far as there is
    anybody."""
    if not worth.size:
        return ()
    powers = range(max(0, int(np.ceil(np.log10(max(1.0, float(worth.max())))))) + 1)
    edges = [0.0, *(float(step * 10**power) for power in powers for step in _STEPS)]
    counts = np.bincount(np.searchsorted(edges, worth, side="right") - 1, minlength=len(edges))
    last = int(np.flatnonzero(counts).max())
    return tuple(Bin(edges[n], edges[n + 1] if n + 1 < len(edges) else None, int(counts[n])) for n in range(last + 1))
