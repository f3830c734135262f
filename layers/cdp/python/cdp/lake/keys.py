"""The set of row keys that a lake table holds: what makes an append idempotent.

Keys are 64-bit hashes in a few sorted runs, merged as they grow (each run at least twice its successor), so
a look-up is a handful of binary searches and every key is merged O(log n) times. Runs of a million keys and
more lie in files that are mapped into memory: the operating system keeps what is used.

The set is derived from the table and never the truth: a fresh process reads the key column once.
"""

from __future__ import annotations

import tempfile

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.int64]
_MAPPED_FROM = 1 << 20


class KeySet:
    """Keys of one table. `snapshot_id` is the newest snapshot of the table that the set reflects."""

    def __init__(self) -> None:
        self.snapshot_id: int | None = None
        self._runs: list[Keys] = []

    def __len__(self) -> int:
        return sum(len(run) for run in self._runs)

    def contains(self, keys: Keys) -> npt.NDArray[np.bool_]:
        """Which of `keys` (n,) are in the set: a boolean array (n,)."""
        order = np.argsort(keys)  # in order, neighbours share the pages that they touch
        asked = keys[order]
        hit = np.zeros(len(keys), dtype=bool)
        for run in self._runs:
            at = np.searchsorted(run, asked)
            at[at == len(run)] = 0
            hit |= run[at] == asked
        found = np.empty(len(keys), dtype=bool)
        found[order] = hit
        return found

    def add(self, keys: Keys) -> None:
        """Add keys; ones that are in the set already do no harm."""
        if len(keys) == 0:
            return
        run = np.sort(keys)
        while self._runs and len(self._runs[-1]) < 2 * len(run):
            # The stable sort is a merge sort that finds the two sorted halves: linear time.
            run = np.sort(np.concatenate([self._runs.pop(), run]), kind="stable")
        self._runs.append(_mapped(run) if len(run) >= _MAPPED_FROM else run)


def _mapped(run: Keys) -> Keys:
    """The same keys in a nameless temporary file: it goes when the mapping goes."""
    with tempfile.TemporaryFile(prefix="keys-") as file:
        run.tofile(file)
        file.flush()
        return np.memmap(file, dtype=np.int64, mode="r")
