"""What every `Limits` does."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from cdp.ports import Limits


def test_each_window_counts_for_itself_and_answers_in_order(limits: Limits) -> None:
    end = int(time.time()) + 120
    assert limits.hit([("Abc123#GET /x#s1", end), ("Abc123#GET /x#m1", end)]) == [1, 1]
    assert limits.hit([("Abc123#GET /x#s2", end), ("Abc123#GET /x#m1", end)]) == [1, 2]
    assert limits.hit([("Abc123#GET /x#m1", end), ("Abc123#GET /x#s1", end)]) == [3, 2]
    assert limits.hit([("other#GET /x#m1", end)]) == [1]
    assert limits.hit([]) == []


def test_hits_at_once_are_all_counted_and_each_gets_another_number(limits: Limits) -> None:
    end = int(time.time()) + 120
    with ThreadPoolExecutor(8) as threads:
        counts = list(threads.map(lambda _: limits.hit([("a", end), ("b", end)]), range(40)))
    assert sorted(a for a, _ in counts) == list(range(1, 41))
    assert sorted(b for _, b in counts) == list(range(1, 41))
