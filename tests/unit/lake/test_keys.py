from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cdp.lake import keys
from cdp.lake.compaction import tail

Batches = st.lists(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=40), max_size=20)


@given(Batches, st.lists(st.integers(-(2**63), 2**63 - 1), max_size=20))
def test_a_key_set_is_a_set(batches: list[list[int]], others: list[int]) -> None:
    known, oracle = keys.KeySet(), set[int]()
    for batch in batches:
        known.add(np.array(batch, dtype=np.int64))
        oracle.update(batch)
        asked = [*batch, *others]
        found = known.contains(np.array(asked, dtype=np.int64))
        assert found.tolist() == [key in oracle for key in asked]
    assert len(known) >= len(oracle)


def test_few_runs_however_many_batches() -> None:
    known = keys.KeySet()
    for start in range(0, 1_000_000, 1000):
        known.add(np.arange(start, start + 1000, dtype=np.int64))
    assert len(known._runs) <= 20
    assert known.contains(np.array([0, 999_999, 1_000_000])).tolist() == [True, True, False]


def test_large_runs_are_mapped_from_files() -> None:
    known = keys.KeySet()
    known.add(np.arange(keys._MAPPED_FROM, dtype=np.int64))
    assert isinstance(known._runs[0], np.memmap)
    assert known.contains(np.array([5, -5])).tolist() == [True, False]


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=60))
def test_compaction_leaves_few_files_and_then_rests(sizes: list[int]) -> None:
    files = list(sizes)
    for _ in range(60):
        chosen = tail(files, lambda size: size)
        if len(chosen) < 2:
            break
        for size in chosen:
            files.remove(size)
        files.append(sum(chosen))
    assert len(tail(files, lambda size: size)) < 2
    assert sum(files) == sum(sizes)
    ordered = sorted(files)
    assert all(big > 2 * sum(ordered[:i]) for i, big in enumerate(ordered) if i)
