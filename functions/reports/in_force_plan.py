"""Values in force in DuckDB: its events among the sorted changes of their profiles (docs/adr/0107)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cdp.filters import json_text
from cdp.query.sql import Query, select

Numbers = npt.NDArray[np.int64]
MAX_ROWS = 6_000_000  # that are held at once
_THREADS = 2
Run = Callable[[Query], Any]
_CHANGES = f"""
SELECT profile_no, changed_at, revision, {json_text.written_of("value")} AS name
FROM profile_history WHERE property = :property LIMIT :most
"""


@dataclass(frozen=True, slots=True)
class InForce:
    """`columns` of `events` whose profile had the attribute when they happened, and its value as `name`; `portable`
    gives the same rows."""

    events: Query
    columns: Sequence[str]
    attribute: str
    portable: Query

    def __call__(self, run: Run) -> pa.Table:
        rows = self.read(run, self.columns, MAX_ROWS)
        return run(self.portable) if rows is None else rows

    def read(self, run: Run, columns: Sequence[str], most: int) -> pa.Table | None:
        """These columns (`name`, `profile_no` and `occurred_at` in any case). None if there are more events or
        changes than `most`."""
        listed = ", ".join(dict.fromkeys(["profile_no", "occurred_at", *(n for n in columns if n != "name")]))
        wanted = select(f"SELECT {listed} FROM found LIMIT :most", found=self.events, most=most + 1)
        with ThreadPoolExecutor(_THREADS) as both:
            events, changes = both.map(run, (wanted, select(_CHANGES, property=self.attribute, most=most + 1)))
        if max(events.num_rows, changes.num_rows) > most:
            return None
        if not events.num_rows or not changes.num_rows:
            return events.slice(0, 0).append_column("name", pa.array([], pa.string()))
        found = _latest(*_keyed(events, "occurred_at"), *_in_order(changes))
        names = changes["name"].combine_chunks().dictionary_encode().take(pa.array(found, mask=found < 0))
        rows = events.append_column("name", names)
        return rows.filter(names.is_valid()) if names.null_count else rows


def _keyed(rows: Any, time: str) -> tuple[Numbers, Numbers]:
    return rows["profile_no"].to_numpy().astype(np.int64), rows[time].cast(pa.int64()).to_numpy()


def _in_order(changes: Any) -> tuple[Numbers, Numbers, Numbers]:
    """Profiles and times of the changes in the order of their revisions, and their places."""
    profiles, at = _keyed(changes, "changed_at")
    order = np.lexsort((changes["revision"].to_numpy(), profiles))
    return profiles[order], at[order], order


def _latest(profiles: Numbers, at: Numbers, owners: Numbers, since: Numbers, places: Numbers) -> Numbers:
    """For each event the place of the last change of its profile at or before it; -1 if there is none."""
    low, high = int(at.min()), int(at.max()) + 1
    bits = max(1, (high - low).bit_length())
    moments = np.clip(since, low, high) - low
    found = np.full(len(at), -1)

    def find(part: tuple[Any, slice]) -> None:
        some, theirs = part
        if theirs.start == theirs.stop:
            return
        first = owners[theirs.start]
        # Changes hold from the latest moment so far: their numbers never fall within a profile.
        keys = np.maximum.accumulate((owners[theirs] - first) << bits | moments[theirs])
        wanted = (profiles[some] - first) << bits | (at[some] - low)
        order = np.argsort(wanted)
        nearest = np.empty(len(order), np.int64)
        nearest[order] = np.searchsorted(keys, wanted[order], side="right") - 1
        same = (nearest >= 0) & (owners[theirs][nearest] == profiles[some])
        found[some] = np.where(same, places[theirs][nearest], -1)

    with ThreadPoolExecutor(_THREADS) as both:
        for _ in both.map(find, _ranges(profiles, owners, 1 << (63 - bits))):
            pass
    return found


def _ranges(profiles: Numbers, owners: Numbers, most_wide: int) -> Iterator[tuple[Any, slice]]:
    """Events and changes of ranges of profiles that fit into the numbers, one for each thread at least; `owners` are
    in order."""
    lowest, most = int(owners[0]), int(owners[-1])
    width = min(most_wide, -(-(most + 1 - lowest) // _THREADS))
    for low in range(lowest, most + 1, width):
        bounds = np.searchsorted(owners, [low, low + width])
        inside = np.flatnonzero((profiles >= low) & (profiles < low + width))
        yield inside, slice(int(bounds[0]), int(bounds[1]))
