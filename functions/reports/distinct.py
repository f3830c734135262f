"""How many different numbers, profiles or orders, there are in each group.

A number and its group become one key. Data files lie sorted by metric, profile and time, and a bucket of time never goes
back within a profile: keys of profiles come in ascending runs, so only groups that reach into several runs, a local month
into two files of UTC months, are compared across them. Other keys are sorted, in two threads each half of the numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

Numbers = npt.NDArray[np.int64]
_COMMON = 16  # at most one key in so many may be compared across runs: more take longer than sorting all
_RUNS = 256  # more of them are no order worth the name
_TABLE = 1 << 22  # numbers, of every group in every run, that may be held at once
_SAMPLE = 1 << 10  # of each part, for the middle


@dataclass(frozen=True, slots=True)
class Keys:
    """A number and its group as one: the number, from `lowest` on, above `bits` of the group. Short ones are half the
    work to sort."""

    lowest: int
    groups: int
    bits: int
    short: bool

    @classmethod
    def of(cls, numbers: Any, groups: int) -> Keys | None:
        """None if they do not fit."""
        ends = pc.min_max(numbers).as_py()
        bits, span = max(1, (groups - 1).bit_length()), ends["max"] - ends["min"] + 1
        together = span.bit_length() + bits
        return cls(ends["min"], groups, bits, together <= 31) if together <= 63 else None

    def part(self, numbers: npt.NDArray[Any], group: Numbers) -> Part:
        """Of some of the events."""
        wide = numbers if self.short else numbers.astype(np.int64)
        keys: npt.NDArray[Any] = (wide - self.lowest).astype(np.int32 if self.short else np.int64, copy=False)
        keys <<= self.bits
        keys |= group
        kept = _once(keys)
        return Part(kept, (0, *(np.flatnonzero(kept[1:] < kept[:-1]) + 1).tolist()[:_RUNS]))

    def counted(self, parts: Sequence[Part], both: Executor) -> Numbers:
        """Different numbers in each group, (groups,)."""
        if all(len(part.starts) < _RUNS for part in parts):
            runs = [run for part in parts for run in part.runs()]
            if len(runs) * self.groups <= _TABLE and (counts := self._of_runs(runs, both)) is not None:
                return counts
        return self._of_halves([part.keys for part in parts], both)

    def _of_runs(self, runs: Sequence[Numbers], both: Executor) -> Numbers | None:
        """None if the runs have so much in common that comparing them costs more than sorting all."""
        counts = np.array(_each(both, self._counts, runs))
        together: Numbers = counts.sum(axis=0)
        shared = np.count_nonzero(counts, axis=0) > 1
        if _COMMON * (together - counts.max(axis=0))[shared].sum() > together.sum():
            return None
        if not shared.any():
            return together
        most = np.where(shared, counts.argmax(axis=0), -1)

        def elsewhere(number: int) -> Numbers:
            run: Numbers = runs[number]
            at = most[self._group(run)]
            found: Numbers = run[(at >= 0) & (at != number)]
            return found

        again = np.concatenate(_each(both, elsewhere, range(len(runs))))
        kept = _once(np.sort(again))
        there = np.zeros(len(kept), bool)
        home = most[self._group(kept)]
        for number, run in enumerate(runs):
            some = home == number
            wanted = kept[some]
            at = np.minimum(np.searchsorted(run, wanted), len(run) - 1)
            there[some] = run[at] == wanted
        together -= self._counts(again)
        together += self._counts(kept[~there])
        return together

    def _of_halves(self, keys: Sequence[Numbers], both: Executor) -> Numbers:
        sample = np.sort(np.concatenate([some[:: len(some) // _SAMPLE + 1] for some in keys]))
        middle = sample[len(sample) // 2]

        def half(high: bool) -> Numbers:
            kept = np.concatenate([some[some >= middle if high else some < middle] for some in keys])
            kept.sort()
            return self._counts(_once(kept))

        found: Numbers = np.sum(list(both.map(half, (False, True))), axis=0)
        return found

    def _counts(self, keys: Numbers) -> Numbers:
        return np.bincount(self._group(keys), minlength=self.groups)

    def _group(self, keys: Numbers) -> Numbers:
        groups: Numbers = keys & ((1 << self.bits) - 1)
        return groups


@dataclass(frozen=True, slots=True)
class Part:
    """Keys in the order of the events; `starts`: where a run of ascending ones begins, the first ones of many. Those that
    follow themselves are there once."""

    keys: Numbers
    starts: tuple[int, ...]

    def runs(self) -> list[Numbers]:
        return [self.keys[low:high] for low, high in zip(self.starts, (*self.starts[1:], len(self.keys)), strict=True)]


def _each(both: Executor, do: Callable[[Any], Numbers], some: Sequence[Any]) -> list[Numbers]:
    """What `do` makes of each, in their order: each thread takes half of them."""
    middle = len(some) // 2
    first, second = both.map(lambda few: [do(one) for one in few], (some[:middle], some[middle:]))
    return first + second


def _once(keys: npt.NDArray[Any]) -> npt.NDArray[Any]:
    new = np.empty(len(keys), bool)
    new[:1] = True
    np.not_equal(keys[1:], keys[:-1], out=new[1:])
    return keys[new]
