"""How many different profiles there are in each group, from events that come in sorted runs.

Data files lie sorted by metric, profile and time, and a bucket of time never goes back within a profile: whoever is in a
group twice stands there twice in a row. So nothing is sorted; only groups that reach into several runs, a local month
into two files of UTC months, are compared across them. Events in another order are marked or sorted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

Numbers = npt.NDArray[np.int64]
_DENSE = 32  # numbers for each event up to which a mark for each costs less than sorting
_COMMON = 4  # at most one key in so many may be compared across runs
_RUNS = 256  # more of them are no order worth the name
_TABLE = 1 << 22  # numbers, of every group in every run, that may be held at once


@dataclass(frozen=True, slots=True)
class Keys:
    """A profile and its group as one number: the profile, from `lowest` on, above `bits` of the group. `dense`: there are
    not many more numbers than events."""

    lowest: int
    profiles: int
    groups: int
    bits: int
    dense: bool

    @classmethod
    def of(cls, profiles: Any, groups: int) -> Keys | None:
        """None if they do not fit."""
        ends = pc.min_max(profiles).as_py()
        bits, span = max(1, (groups - 1).bit_length()), ends["max"] - ends["min"] + 1
        fits = span.bit_length() + bits <= 63
        return cls(ends["min"], span, groups, bits, span << bits <= _DENSE * len(profiles)) if fits else None

    def part(self, profiles: npt.NDArray[Any], group: Numbers) -> Part:
        """Of some of the events."""
        keys = profiles.astype(np.int64)
        keys -= self.lowest
        keys <<= self.bits
        keys |= group
        kept = _once(keys)
        falls = np.flatnonzero(kept[1:] < kept[:-1]) + 1
        if len(falls) < _RUNS:
            return Part(kept, (0, *falls.tolist()))
        if not self.dense:
            kept.sort()
            kept = _once(kept)
        return Part(kept, ())

    def group(self, keys: Numbers) -> Numbers:
        groups: Numbers = keys & ((1 << self.bits) - 1)
        return groups

    def counted(self, parts: Sequence[Part]) -> Numbers:
        """Different profiles of each group, (groups,)."""
        runs = [run for part in parts for run in part.runs()] if all(part.starts for part in parts) else []
        if 0 < len(runs) * self.groups <= _TABLE and (counts := self._of_runs(runs)) is not None:
            return counts
        if self.dense:
            return self._marked(parts)
        keys = np.concatenate([part.keys for part in parts])
        keys.sort(kind="stable")  # which merges what is sorted already
        return self._counts(_once(keys))

    def _of_runs(self, runs: Sequence[Numbers]) -> Numbers | None:
        """None if the runs have so much in common that comparing them costs more than other ways."""
        counts = np.array([self._counts(run) for run in runs])
        together: Numbers = counts.sum(axis=0)
        shared = np.count_nonzero(counts, axis=0) > 1
        if not shared.any():
            return together
        most = np.where(shared, counts.argmax(axis=0), -1)
        others = []
        for number, run in enumerate(runs):
            at = most[self.group(run)]
            others.append(run[(at >= 0) & (at != number)])
        again = np.concatenate(others)
        if _COMMON * len(again) > sum(map(len, runs)):
            return None
        kept = _once(np.sort(again))
        there = np.zeros(len(kept), bool)
        home = most[self.group(kept)]
        for number, run in enumerate(runs):
            some = home == number
            wanted = kept[some]
            at = np.minimum(np.searchsorted(run, wanted), len(run) - 1)
            there[some] = run[at] == wanted
        together -= self._counts(again)
        together += self._counts(kept[~there])
        return together

    def _marked(self, parts: Sequence[Part]) -> Numbers:
        marks = np.zeros((self.groups, self.profiles), bool)
        for part in parts:
            marks[self.group(part.keys), part.keys >> self.bits] = True
        return np.array([np.count_nonzero(one) for one in marks])

    def _counts(self, keys: Numbers) -> Numbers:
        return np.bincount(self.group(keys), minlength=self.groups)


@dataclass(frozen=True, slots=True)
class Part:
    """Keys in the order of the events; `starts`: where a run of ascending ones begins, none if they are in no such order.
    Those that follow themselves are there once."""

    keys: Numbers
    starts: tuple[int, ...]

    def runs(self) -> list[Numbers]:
        return [self.keys[low:high] for low, high in zip(self.starts, (*self.starts[1:], len(self.keys)), strict=True)]


def _once(keys: Numbers) -> Numbers:
    new = np.empty(len(keys), bool)
    new[:1] = True
    np.not_equal(keys[1:], keys[:-1], out=new[1:])
    return keys[new]
