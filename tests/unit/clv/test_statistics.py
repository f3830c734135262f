from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp import events
from cdp.clv import statistics
from cdp.clv.statistics import Purchases, Spend, pack, sampled, thinned, unpack
from cdp.events.fit_due import FitDue, Sample

NUMBERS = st.integers(0, 2**40)


def made_up(n: int, seed: int = 1) -> Purchases:
    """Rows that all differ (by `recency`), as statistics do."""
    random = np.random.default_rng(seed)
    return Purchases(random.integers(0, 9, n), np.arange(n), random.integers(0, 700, n), random.integers(1, 6, n))


@settings(max_examples=50)
@given(st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS), max_size=20))
def test_what_is_packed_comes_out_again(rows: list[tuple[int, int, int, int]]) -> None:
    columns = np.array(rows, np.int64).reshape(-1, 4).T
    purchases, spend = Purchases(*columns), Spend(*columns[:3])
    for before, after in zip((purchases, spend), unpack(pack(purchases, spend)), strict=True):
        assert type(before) is type(after)
        for left, right in zip(before, after, strict=True):
            np.testing.assert_array_equal(left, right)


def test_rows_of_many_customers_stay_as_they_are() -> None:
    rows = made_up(500)._replace(customers=np.full(500, 8))
    for left, right in zip(rows, thinned(rows, 8), strict=True):
        np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize("every", [2, 8, 64])
def test_thinning_keeps_what_is_expected(every: int) -> None:
    """Of any statistic: here customers, customers with many purchases, and a mean age."""
    rows = made_up(200_000)
    some = thinned(rows, every)
    assert some.customers.min() >= every
    for one in (lambda r: np.ones(r.age.shape), lambda r: r.frequency > 5, lambda r: r.age / 100):
        whole, part = ((one(r) * r.customers).sum() for r in (rows, some))
        noise = np.sqrt((one(rows) ** 2 * rows.customers).sum() * every)
        assert abs(whole - part) < 4 * noise


def test_thinning_goes_by_the_row_and_not_by_its_place() -> None:
    rows = made_up(2000)
    shuffled = Purchases(*(column[np.random.default_rng(5).permutation(2000)] for column in rows))
    one, other = (set(zip(*map(np.ndarray.tolist, thinned(r, 4)), strict=True)) for r in (rows, shuffled))
    assert one == other


def test_thinning_twice_is_thinning_more() -> None:
    rows = made_up(2000)
    for left, right in zip(thinned(thinned(rows, 2), 8), thinned(rows, 8), strict=True):
        np.testing.assert_array_equal(left, right)


def test_few_rows_are_their_own_sample() -> None:
    rows = made_up(300)
    assert sampled(rows, 300) is rows
    assert 0 < sampled(rows, 100).customers.size <= 100


def test_a_part_is_thinned_until_it_fits_into_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = made_up(20_000)
    whole = unpack(pack(rows, Spend(*rows[:3])))[0]
    assert whole.age.size == 20_000
    monkeypatch.setattr(statistics, "MOST_ROWS", 5000)
    assert 0 < unpack(pack(rows, Spend(*rows[:3])))[0].age.size <= 5000
    monkeypatch.setattr(statistics, "MOST_BYTES", 2000)
    assert len(pack(rows, Spend(*rows[:3])).purchases) <= 2000


def test_two_samples_of_the_largest_size_fit_into_a_message() -> None:
    part = bytes(range(250)) * (statistics.MOST_BYTES // 250)
    largest = Sample(part, part)
    assert len(events.encode(FitDue("ABC123", "a mark of the training", {"whole": largest, "holdout": largest}))) < 6_000_000
