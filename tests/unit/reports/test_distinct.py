"""Distinct profiles by group, in whatever order the events come, against sets."""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.reports import distinct
from functions.reports.distinct import Keys

Event = tuple[int, int]  # profile, group
GROUPS = 5
BOTH = ThreadPoolExecutor(2)


def counted(parts: list[list[Event]], groups: int = GROUPS, kind: type = np.int32) -> list[int]:
    everybody = [profile for part in parts for profile, _ in part]
    keys = Keys.of(pa.array(everybody, pa.from_numpy_dtype(kind)), groups)
    assert keys is not None
    columns = [(np.array([p for p, _ in part], kind), np.array([g for _, g in part], np.int64)) for part in parts]
    return keys.counted([keys.part(*one) for one in columns], BOTH).tolist()


def slowly(parts: list[list[Event]], groups: int = GROUPS) -> list[int]:
    people: dict[int, set[int]] = defaultdict(set)
    for part in parts:
        for profile, group in part:
            people[group].add(profile)
    return [len(people[group]) for group in range(groups)]


events = st.tuples(st.integers(0, 40), st.integers(0, GROUPS - 1))
runs = st.lists(events, min_size=1, max_size=60).map(sorted)
parts_of_runs = st.lists(st.lists(runs, min_size=1, max_size=4).map(lambda some: [e for run in some for e in run]), min_size=1, max_size=2)
parts_of_any = st.lists(st.lists(events, min_size=1, max_size=200), min_size=1, max_size=2)


@settings(max_examples=150)
@given(parts=parts_of_runs)
def test_sorted_runs(parts: list[list[Event]]) -> None:
    assert counted(parts) == slowly(parts)


@pytest.mark.parametrize(("factor", "first", "kind"), [
    (50_000_000, -1_000_000_000, np.int32), (1 << 21, -(1 << 31), np.int32), (1, -(1 << 62), np.int64), (1 << 54, -(1 << 59), np.int64),
])  # fmt: skip
@given(parts=parts_of_runs)
def test_numbers_far_apart_or_far_from_zero(parts: list[list[Event]], factor: int, first: int, kind: type) -> None:
    far = [[(first + factor * profile, group) for profile, group in part] for part in parts]
    assert counted(far, kind=kind) == slowly(far)


@pytest.mark.parametrize("common", [0, 4])
@pytest.mark.parametrize("longest", [1, 256])
@pytest.mark.parametrize("table", [0, 1 << 22])
def test_every_way_counts_the_same(common: int, longest: int, table: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sorted or compared: what bounds them decides which."""
    monkeypatch.setattr(distinct, "_COMMON", common)
    monkeypatch.setattr(distinct, "_RUNS", longest)
    monkeypatch.setattr(distinct, "_TABLE", table)

    @settings(max_examples=40)
    @given(parts=st.one_of(parts_of_runs, parts_of_any))
    def check(parts: list[list[Event]]) -> None:
        assert counted(parts) == slowly(parts)

    check()


def test_many_groups_in_many_runs_make_no_large_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Keys, "_of_runs", lambda *_: pytest.fail("a count of every group in every run"))
    groups = 1 << 20
    parts = [[(profile, (profile * 31) % groups) for _ in range(8) for profile in range(100)]]
    assert sum(counted(parts, groups)) == 100


def test_what_does_not_fit_into_a_number_is_not_tried() -> None:
    assert Keys.of(pa.array([0, 1 << 31], pa.int64()), 1 << 40) is None
