"""The funnel in DuckDB: events as sorted numbers, each step a search in the next one's (docs/adr/0093).

For funnels in which no event can serve two steps. DuckDB reads the events of some profiles; an event becomes one
64-bit number, its profile above its time, so that the way of all anchors goes on with one binary search. Both cores
sort, search and count: numpy holds no lock meanwhile (docs/adr/0110). `ways` of funnel_sql gives the same rows; a test
compares the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cdp.filters.placeholders import Placeholders
from cdp.query.columns import Columns
from cdp.query.sql import Query, select

Numbers = npt.NDArray[np.uint64]
Run = Callable[[Query], Any]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US = timedelta(microseconds=1)
_ROWS = 6_000_000  # of a range of profiles, about
_FIRST_RANGE = 1 << 19
_THREADS = 2
_PART = 1 << 16  # events of a step that are gone through at a time: what they need stays in the cache
_MOST = "SELECT max(profile_no) AS most FROM e1"


@dataclass(frozen=True, slots=True)
class Plan:
    """`events` by name: e1, e2, … of each step, `members` if only these enter. Events lie in [start, end), those of
    the first step before `entry_end`. No profile has a number above `last_profile`; 0: nobody knows. `direct` reads
    the events of everybody, with the step's place, without a query."""

    events: Mapping[str, Query]
    start: datetime
    entry_end: datetime
    end: datetime
    window: timedelta | None
    last_profile: int = 0
    direct: Columns | None = None

    def __call__(self, run: Run) -> pa.Table:
        steps = _steps(self.events)
        tally = [_Tally() for _ in range(steps)]
        with ThreadPoolExecutor(_THREADS) as both:
            for low, rows in self._ranges(run):
                keys = list(both.map(self._sorting(rows, low), range(1, steps + 1)))
                for found in both.map(self._ways, self._parts(keys)):
                    for one, reached in zip(tally, found, strict=False):
                        one.add(reached)
            middles = list(both.map(_Tally.middles, tally))
        return pa.table(
            {
                "step": pa.array(range(1, steps + 1)),
                "profiles": pa.array([one.profiles for one in tally]),
                "low": pa.array([low for low, _ in middles], pa.int64()),
                "high": pa.array([high for _, high in middles], pa.int64()),
                "newest": pa.array([self._instant(one.newest) for one in tally], pa.timestamp("us", "UTC")),
            }
        )

    def _ranges(self, run: Run) -> Iterator[tuple[int, Any]]:
        """The events of all profiles, range by range: as many profiles as fit into the numbers and the memory."""
        most = self.last_profile or run(select(_MOST, e1=self.events["e1"])).to_pylist()[0]["most"] or 0
        fitting = 1 << (64 - self._bits)
        low, width = 0, min(_FIRST_RANGE, fitting)
        while low <= most:
            rows = run(self._range(low, low + width, everybody=low == 0 and width > most))
            yield low, rows
            low, width = low + width, max(1, min(fitting, width * _ROWS // max(rows.num_rows, 1)))

    def _range(self, low: int, high: int, *, everybody: bool) -> Query:
        query = _range(self.events, low, high)
        if self.direct is None or not everybody:
            return query
        columns = self.direct.only(("step", "profile_no", "occurred_at"))
        numbered = {metric: place + 1 for metric, place in columns.metrics.items()}
        return replace(query, direct=replace(columns, metrics=numbered))

    def _sorting(self, rows: Any, low: int) -> Callable[[int], Numbers]:
        """Gives a step's events in order, each as (profile - low) << bits | microseconds since `start`."""
        steps, profiles = rows["step"].to_numpy(), rows["profile_no"].to_numpy()
        times = rows["occurred_at"].cast(pa.int64()).to_numpy()
        since, bits = (self.start - _EPOCH) // _US, np.uint64(self._bits)

        def keys(step: int) -> Numbers:
            here = np.flatnonzero(steps == step)
            if step == 1 and self.entry_end < self.end:
                here = here[times[here] < (self.entry_end - _EPOCH) // _US]
            profile = (profiles[here] - low).astype(np.uint64)
            return np.sort(profile << bits | (times[here] - since).astype(np.uint64))

        return keys

    def _parts(self, keys: Sequence[Numbers]) -> Iterator[list[Numbers]]:
        """The same events, some profiles at a time."""
        bits = np.uint64(self._bits)
        most = max(keys, key=len)
        ends = np.unique(most[_PART::_PART] >> bits) << bits
        cuts = [np.concatenate(([0], np.searchsorted(one, ends), [len(one)])) for one in keys]
        for n in range(len(ends) + 1):
            yield [one[cut[n] : cut[n + 1]] for one, cut in zip(keys, cuts, strict=True)]

    def _ways(self, keys: Sequence[Numbers]) -> list[_Reached]:
        """What the ways of these events come to, for as many steps as one of them reaches."""
        bits = np.uint64(self._bits)
        anchors = keys[0]
        if self.window is None:
            anchors = anchors[_firsts(anchors >> bits)]
        window = None if self.window is None else np.uint64(self.window // _US)
        time = np.uint64((1 << self._bits) - 1)
        before = at = anchors
        reached: list[_Reached] = []
        for number, events in enumerate(keys):
            if number:
                found = _places(events, at)
                there = found < len(events)
                anchors, before, found = anchors[there], at[there], found[there]
                at = events[found]
                same = (at >> bits) == (anchors >> bits)
                if window is not None:
                    same &= at - anchors <= window
                anchors, before, at = anchors[same], before[same], at[same]
            if not len(at):
                break
            first = _firsts(anchors >> bits)
            waits = ((at[first] - before[first]) // np.uint64(1000)).astype(np.int64) if number else None
            reached.append(_Reached(int(np.count_nonzero(first)), int((at & time).max()), waits))
        return reached

    @property
    def _bits(self) -> int:
        """Of the time in a number."""
        return max(1, ((self.end - self.start) // _US).bit_length())

    def _instant(self, us: int | None) -> datetime | None:
        return None if us is None else self.start + us * _US


class _Reached(NamedTuple):
    """A step that some ways came to. `newest` in microseconds, `waits` of each profile in milliseconds."""

    profiles: int
    newest: int
    waits: npt.NDArray[np.int64] | None


class _Tally:
    """What is known of a step so far; `newest` in microseconds."""

    def __init__(self) -> None:
        self.profiles = 0
        self.newest: int | None = None
        self._waits: list[npt.NDArray[np.int64]] = []

    def add(self, reached: _Reached) -> None:
        self.profiles += reached.profiles
        self.newest = reached.newest if self.newest is None else max(self.newest, reached.newest)
        if reached.waits is not None:
            self._waits.append(reached.waits)

    def middles(self) -> tuple[int | None, int | None]:
        """Lower and upper median, in milliseconds."""
        if not self._waits:
            return None, None
        waits = np.concatenate(self._waits)
        low, high = (len(waits) - 1) // 2, len(waits) // 2
        parted = np.partition(waits, (low, high))
        return int(parted[low]), int(parted[high])


def _steps(events: Mapping[str, Query]) -> int:
    return sum(name != "members" for name in events)


def _range(events: Mapping[str, Query], low: int, high: int) -> Query:
    """Columns `step`, `profile_no`, `occurred_at` of the profiles in [low, high)."""
    values = Placeholders()
    parts = []
    for k in range(1, _steps(events) + 1):
        text = (
            f"SELECT CAST({k} AS TINYINT) AS step, profile_no, occurred_at FROM e{k} "
            f"WHERE profile_no >= {values.add(low)} AND profile_no < {values.add(high)}"
        )
        if k == 1 and "members" in events:
            text += " AND profile_no IN (SELECT profile_no FROM members)"
        parts.append(text)
    return values.select(" UNION ALL ".join(parts), events)


def _places(keys: Numbers, at: Numbers) -> npt.NDArray[np.int64]:
    """For each of `at`, in order, how many of `keys` lie before it. Fewer are searched for among more."""
    if len(at) <= len(keys):
        return np.searchsorted(keys, at)
    bounds = np.concatenate(([0], np.searchsorted(at, keys, side="right"), [len(at)]))
    return np.repeat(np.arange(len(keys) + 1), np.diff(bounds))


def _firsts(profiles: Numbers) -> npt.NDArray[np.bool_]:
    """The first of each run of equal numbers."""
    first = np.ones(len(profiles), bool)
    first[1:] = profiles[1:] != profiles[:-1]
    return first
