"""Customers that buy as the models say, with parameters like those of real shops, over two years."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Int = npt.NDArray[np.int64]

DAYS = 730
R, ALPHA_DAYS, A, B = 0.6, 60.0, 1.2, 2.2
P, Q, V = 6.25, 3.74, 154.0


class Customers(NamedTuple):
    """Arrays (n,): repeat purchases, days from the first to the last, days from the first to now, net total of all
    purchases in ten-thousandths of the currency."""

    frequency: Int
    recency: Int
    age: Int
    units: Int


def customers(n: int, seed: int = 7) -> Customers:
    random = np.random.default_rng(seed)
    rate, leaving = random.gamma(R, 1 / ALPHA_DAYS, n), random.beta(A, B, n)
    age = random.integers(1, DAYS + 1, n)
    frequency, last, at = np.zeros(n, np.int64), np.zeros(n), np.zeros(n)
    here = np.flatnonzero(random.random(n) >= leaving)
    while here.size:
        at[here] += random.exponential(1 / rate[here])
        here = here[at[here] <= age[here]]
        frequency[here] += 1
        last[here] = at[here]
        here = here[random.random(here.size) >= leaving[here]]
    total = random.gamma(P * (frequency + 1)) / random.gamma(Q, 1 / V, n)
    cents = np.maximum(np.round(total * 100), 1).astype(np.int64)
    return Customers(frequency, np.floor(last).astype(np.int64), age, cents * 100)
