"""Made-up customers with known parameters, and statistics of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Int = npt.NDArray[np.int64]


def purchases(n: int, seed: int = 7, days: int = 730) -> tuple[Int, Int, Int]:
    """x, t_x, T of customers that buy as an MBG/NBD with r .6, alpha 60 days, a 1.2, b 2.2."""
    random = np.random.default_rng(seed)
    rate, leaving = random.gamma(0.6, 1 / 60, n), random.beta(1.2, 2.2, n)
    age = random.integers(1, days + 1, n)
    x, last, at = np.zeros(n, np.int64), np.zeros(n), np.zeros(n)
    here = np.flatnonzero(random.random(n) >= leaving)
    while here.size:
        at[here] += random.exponential(1 / rate[here])
        here = here[at[here] <= age[here]]
        x[here] += 1
        last[here] = at[here]
        here = here[random.random(here.size) >= leaving[here]]
    return x, np.floor(last).astype(np.int64), age


def spend(orders: Int, seed: int = 3) -> tuple[Int, Int]:
    """n and net total (whole cents, in ten-thousandths) with p 6.25, q 3.74, v 154."""
    random = np.random.default_rng(seed)
    total = random.gamma(6.25 * orders) / random.gamma(3.74, 1 / 154, orders.size)
    return orders, np.maximum(np.round(total * 100), 1).astype(np.int64) * 100


def rows_of(*columns: Int) -> list[Any]:
    """Every different row once, and how often it is there."""
    rows, counts = np.unique(np.stack(columns), axis=1, return_counts=True)
    return [*rows, counts]
