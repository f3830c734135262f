"""What the charts show adds up to what the figures say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.predict import curves
from functions.predict.forecast import Customers
from functions.predict.models.mbg_nbd import expected_orders
from tests.unit.predict.flow import FIT


def customers(count: int, today: int) -> Customers:
    draw = np.random.default_rng(count)
    first = today - draw.integers(0, 300, count)
    last = np.minimum(first + draw.integers(0, 200, count), today)
    days = np.where(last > first, draw.integers(2, 9, count), 1)
    rest = np.zeros(count, np.int64)
    return Customers(np.arange(count), days, days, rest + 1, rest, first, last, rest, rest)


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 900), st.integers(1, 40))
def test_stretches_cover_the_days_and_add_up(days: int, count: int) -> None:
    assert FIT.purchases is not None
    known = customers(count, 20_000)
    found = curves.stretches(FIT.purchases, known, 20_000, days, {0: 3, len(range(0, days, 7)) + 5: 9})
    assert sum(part.days for part in found) == days
    assert len(found) <= curves.MOST_STRETCHES
    assert {part.days for part in found[:-1]} <= {curves.stretch_days(days)}
    assert found[0].actual == 3
    assert all(part.predicted > 0 for part in found)
    total = expected_orders(FIT.purchases, *known.histories(20_000), days).sum()
    assert sum(part.predicted for part in found) == pytest.approx(total)


def test_deciles_are_tenths_by_what_was_predicted() -> None:
    predicted = np.arange(100.0)[::-1]
    found = curves.deciles(predicted, np.where(predicted >= 90, 1.0, 0.0))
    assert [part.predicted for part in found] == [4.5 + 10 * n for n in range(10)]
    assert [part.actual for part in found] == [0.0] * 9 + [1.0]
    assert sum(part.customers for part in curves.deciles(np.arange(25.0), np.arange(25.0))) == 25
    assert curves.deciles(np.arange(9.0), np.arange(9.0)) == ()


@given(st.lists(st.floats(0, 1e12), max_size=40))
def test_every_customer_is_in_one_bin(worth: list[float]) -> None:
    found = curves.distribution(np.array(worth))
    for part in found:
        assert part.customers == sum(part.at_least <= one and (part.below is None or one < part.below) for one in worth)
    assert sum(part.customers for part in found) == len(worth)
    assert [part.below for part in found[:-1]] == [part.at_least for part in found[1:]]


def test_bins_of_everyday_values() -> None:
    found = curves.distribution(np.array([0.0, 0.99, 1, 7, 10, 49.99, 50]))
    assert [(part.at_least, part.customers) for part in found] == [(0, 2), (1, 1), (2, 0), (5, 1), (10, 1), (20, 1), (50, 1)]
