"""Who joined and left in DuckDB: the log as sorted numbers instead of a line for each profile (docs/adr/0109).

`changes` of `cdp.query.membership` is what is counted here; tests compare the two. Most profiles have one
entry in a group, or a joining and a leaving in good order, and are done with a look; the others go through the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cdp.filters.placeholders import Placeholders
from cdp.query.sql import Query, months_between, select
from cdp.query.zones import offsets
from functions.reports.periods import floor
from functions.reports.reporting_periods import Frame, Interval

Numbers = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]
Run = Callable[[Query], Any]
_ROWS = 6_000_000  # of a range of profiles, about
_FIRST_PAIRS = 1 << 22  # of a profile and a group, in the first range
_FASTER = 8  # times as many profiles as in the range before, at most
_CASES = 32  # groups that SQL turns into numbers
_HOUR_US, _DAY_US = 3_600_000_000, 86_400_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DAY = date(1970, 1, 1)
_LEAST = np.iinfo(np.int64).min
_MOST = "SELECT max(profile_no) AS most FROM segment_log WHERE group_id IN (:groups)"


class Changes(NamedTuple):
    """One element a change: the group's place, when (microseconds since 1970), joined or left."""

    group: Numbers
    at: Numbers
    joined: Truths


class Buckets:
    """The intervals of a period: how the column `bucket` calls them, and which one holds an instant."""

    def __init__(self, frame: Frame, interval: Interval) -> None:
        self._frame, self._interval = frame, interval

    @cached_property
    def names(self) -> list[int | date]:
        if self._interval == "hourly":
            return list(range(max(1, len(self._frame.places("hourly")))))
        return sorted(set(self._days))

    def places(self, at: Numbers) -> Numbers:
        if self._interval == "hourly":
            return (at - _us(self._frame.first_hour)) // _HOUR_US
        at = at + self._ahead(at)
        place = {name: n for n, name in enumerate(self.names)}
        known = np.array([place[day] for day in self._days])
        return known[at // _DAY_US - self._low]

    @cached_property
    def _low(self) -> int:
        """A local day not later than any of the period, in days since 1970."""
        return _us(self._frame.start) // _DAY_US - 2

    @cached_property
    def _days(self) -> list[date]:
        """For each local day from `_low` on the first one of its interval."""
        last = _us(self._frame.end) // _DAY_US + 2
        monday = self._frame.scope.week_starts_monday
        days = (_FIRST_DAY + timedelta(days=n) for n in range(self._low, last + 1))
        return [floor(day, self._interval, monday) for day in days]  # type: ignore[arg-type]

    def _ahead(self, at: Numbers) -> Numbers:
        """The clock's offset at each instant, in microseconds."""
        zone = offsets(self._frame.scope.timezone, *months_between(self._frame.start, self._frame.end))
        if zone is None:
            raise LookupError(self._frame.scope.timezone)
        found: Numbers = np.array(zone.seconds, np.int64) * 1_000_000
        return found[np.searchsorted(np.array(zone.changes, np.int64), at, side="right")]


@dataclass(frozen=True)
class Plan:
    """Rows `group_id`, `early` (1: before `start`), with buckets `bucket`, and `added`, `removed`, `newest`, for
    changes before `end`. No profile has a number above `last_profile`; 0: nobody knows."""

    groups: Sequence[str]
    start: datetime
    end: datetime
    last_profile: int = 0
    buckets: Buckets | None = None

    def __call__(self, run: Run) -> pa.Table:
        names: list[Any] = self.buckets.names if self.buckets else [None]
        counts = np.zeros(len(self.groups) * 2 * len(names) * 2, np.int64)
        newest = np.full(len(counts) // 2, _LEAST)
        for found in changes(run, self.groups, self.last_profile):
            line, at, joined = self._placed(found, len(names))
            counts += np.bincount(line * 2 + joined, minlength=len(counts))
            np.maximum.at(newest, line, at)
        return self._table(counts.reshape(-1, 2), newest, names)

    def _placed(self, found: Changes, buckets: int) -> tuple[Numbers, Numbers, Truths]:
        """For each change that can be seen the place of its row."""
        seen = found.at < _us(self.end)
        group, at, joined = found.group[seen], found.at[seen], found.joined[seen]
        start = _us(self.start)
        line = group * 2 + (at < start)
        if self.buckets is not None:
            line = line * buckets + self.buckets.places(np.maximum(at, start))
        return line, at, joined

    def _table(self, counts: Numbers, newest: Numbers, names: list[Any]) -> pa.Table:
        shown = np.flatnonzero(counts.sum(axis=1))
        columns = {
            "group_id": pa.array([self.groups[int(n)] for n in shown // len(names) // 2], pa.string()),
            "early": pa.array(shown // len(names) % 2),
        }
        if self.buckets is not None:
            columns["bucket"] = pa.array([names[n] for n in shown % len(names)])
        columns["added"] = pa.array(counts[shown, 1])
        columns["removed"] = pa.array(counts[shown, 0])
        columns["newest"] = pa.array(newest[shown]).cast(pa.timestamp("us", "UTC"))
        return pa.table(columns)


def changes(run: Run, groups: Sequence[str], last_profile: int = 0) -> Iterator[Changes]:
    """Every change of membership in these groups, range by range of the profiles."""
    most = last_profile or run(select(_MOST, groups=list(groups))).to_pylist()[0]["most"] or 0
    low, width = 0, max(1, _FIRST_PAIRS // len(groups))
    while low <= most:
        rows = run(_range(groups, low, low + width))
        if rows.num_rows:
            yield _changes(rows, groups)
        low, width = low + width, max(1, min(width * _FASTER, width * _ROWS // max(rows.num_rows, 1)))


def _range(groups: Sequence[str], low: int, high: int) -> Query:
    """Entries of the profiles in [low, high)."""
    values = Placeholders()
    group = "group_id"
    if len(groups) <= _CASES:
        cases = " ".join(f"WHEN {values.add(id_)} THEN {n}" for n, id_ in enumerate(groups))
        group = f"CASE group_id {cases} END"
    text = (
        f"SELECT {group} AS place, profile_no, occurred_at, logged_at, "
        f"CASE WHEN action = 'joined' THEN 1 ELSE 0 END AS joined FROM segment_log "
        f"WHERE group_id IN ({values.add(tuple(groups))}) "
        f"AND profile_no >= {values.add(low)} AND profile_no < {values.add(high)}"
    )
    return values.select(text)


def _changes(rows: Any, groups: Sequence[str]) -> Changes:
    place = rows["place"]
    if pa.types.is_string(place.type):
        place = pc.index_in(place, value_set=pa.array(groups))
    pair = place.to_numpy().astype(np.int64) << 32 | rows["profile_no"].to_numpy()
    order = np.argsort(pair, kind="stable")  # the files are in this order already, piece by piece
    pair = pair[order]
    at, logged = (rows[name].cast(pa.int64()).to_numpy()[order] for name in ("occurred_at", "logged_at"))
    joined = rows["joined"].to_numpy()[order] == 1
    first = np.flatnonzero(_firsts(pair))
    entries = np.diff(first, append=len(pair))
    one, two = first[entries == 1], first[entries == 2]
    came = np.where(joined[two], two, two + 1)
    went = 2 * two + 1 - came
    plain = (joined[two] != joined[two + 1]) & (at[came] < at[went]) & (logged[came] < logged[went])
    mixed = np.ones(len(pair), bool)
    mixed[one] = mixed[two[plain]] = mixed[two[plain] + 1] = False
    there = np.flatnonzero(mixed)
    left = there[_in_turn(pair[there], at[there], logged[there], joined[there])] if len(there) else there
    kept = np.concatenate((one[joined[one]], came[plain], went[plain], left))
    return Changes(pair[kept] >> 32, at[kept], joined[kept])


def _in_turn(pair: Numbers, at: Numbers, logged: Numbers, joined: Truths) -> Numbers:
    """Places of the entries that change something. From the newest to the oldest of a pair, one counts if it speaks of
    a time before all those newer than it, and differs from the next one that counts. Of equal times and actions any
    may be the newer: they say the same."""
    order = np.lexsort((~joined, -logged, pair))
    pair, at, joined = pair[order], at[order], joined[order]
    first = _firsts(pair)
    moment = np.unique(at, return_inverse=True)[1] - np.cumsum(first) * (len(at) + 1)  # each pair below those before
    counts = np.ones(len(at), bool)
    counts[1:] = moment[1:] < np.minimum.accumulate(moment)[:-1]
    place = np.flatnonzero(counts)
    before = np.zeros(len(place), bool)
    before[:-1] = joined[place[1:]] & (pair[place[1:]] == pair[place[:-1]])
    found: Numbers = order[place[joined[place] != before]]
    return found


def _firsts(numbers: Numbers) -> Truths:
    """The first of each run of equal numbers."""
    first = np.ones(len(numbers), bool)
    first[1:] = numbers[1:] != numbers[:-1]
    return first


def _us(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)
