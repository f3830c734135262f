"""Counts, sums and distinct profiles by group in DuckDB: its events as sorted numbers (docs/adr/0107).

DuckDB reads the events; a group becomes one number, beside its profile in 64 bits, so that distinct profiles are
where sorted neighbours differ. The portable text gives the same rows; tests compare the two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from math import gcd, prod
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cdp.filters.events import VALUE
from cdp.query.columns import Columns
from cdp.query.counted import Counted
from cdp.query.sql import Query, months_between, select
from cdp.query.zones import Offsets, offsets
from functions.reports.in_force_plan import MAX_ROWS, InForce
from functions.reports.periods import Interval
from functions.reports.report import Scope

Numbers = npt.NDArray[np.int64]
Run = Callable[[Query], Any]
BUCKET = "bucket"
_MAX_GROUPS = 1 << 22
_DAY_US = 86_400_000_000
_HALF = np.int64(26)  # bits of an amount that are summed apart: float64 holds both sums of MAX_ROWS exactly
_THREADS = 2
_PARTED = 1 << 16  # events from which on two threads count
_CODED = pa.dictionary(pa.int32(), pa.string())
_DENSE = 32  # numbers for each event
_MEASURES = {"units": ("units",), "valued": ("units",), "uniques": ("profile_no",)}


class Unclear(Exception):
    """Only the portable text can tell: values are missing, or do not fit into the numbers."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Local days of a zone within some months, by interval."""

    interval: Interval
    zone: Offsets
    monday: bool

    @classmethod
    def of(
        cls, interval: Interval, timezone: str, start: datetime, end: datetime, *, monday: bool
    ) -> Calendar | None:
        """None if there is no such zone."""
        zone = offsets(timezone, *months_between(start, end))
        return None if zone is None else cls(interval, zone, monday)

    def codes(self, at: Numbers) -> _Codes:
        """The first local day of each instant's interval; `at` in microseconds since 1970. No day begins within
        `unit`, so that one look-up for each instant is enough."""
        unit = gcd(_DAY_US, *self.zone.changes, *(seconds * 1_000_000 for seconds in self.zone.seconds))
        low, high = int(at.min()) // unit, int(at.max()) // unit
        if high - low > len(at):
            return self._days(at)
        found = self._days(np.arange(low, high + 1) * unit)
        return _Codes(found.places[at // unit - low], found.values)

    def _days(self, at: Numbers) -> _Codes:
        seconds = self.zone.seconds
        local = at + seconds[0] * 1_000_000
        for change, before, after in zip(self.zone.changes, seconds, seconds[1:], strict=False):
            local += (at >= change) * np.int64((after - before) * 1_000_000)
        low, high = int(local.min()) // _DAY_US, int(local.max()) // _DAY_US
        starts, places = np.unique(self._starts(np.arange(low, high + 1)), return_inverse=True)
        return _Codes(places[local // _DAY_US - low], pa.array(starts.astype("M8[D]")))

    def _starts(self, days: Numbers) -> Numbers:
        """First days of the intervals of some days, all numbered from 1970-01-01, a Thursday."""
        if self.interval == "daily":
            return days
        if self.interval == "weekly":
            return days - (days + (3 if self.monday else 4)) % 7
        unit = "M8[M]" if self.interval == "monthly" else "M8[Y]"
        return days.astype("M8[D]").astype(unit).astype("M8[D]").astype(np.int64)


@dataclass(frozen=True, slots=True)
class _Codes:
    """A column as places in its values, which are in order."""

    places: Numbers
    values: Any


@dataclass(frozen=True, slots=True)
class Tally:
    """A row for every combination of `by` (columns of `events`, and `bucket`, which `calendar` tells from the time)
    in the order of `portable`, the query with the same rows. `measures`: total, newest, units, valued, uniques.

    `ready` makes those that count of rows as they were read, for which it needs the columns `beside`, too.
    `direct` reads the columns of `events` without a query."""

    events: Query
    by: Sequence[str]
    measures: Sequence[str]
    calendar: Calendar | None
    portable: Query
    limit: int | None
    most: int = MAX_ROWS
    beside: Sequence[str] = ()
    ready: Callable[[Any], Any] | None = None
    direct: Columns | None = None

    def __call__(self, run: Run) -> pa.Table:
        wanted = [*(name for name in self.by if name != BUCKET or self.calendar is None), *self.beside]
        wanted += ["occurred_at", "profile_no", *(column for name in self.measures for column in _MEASURES.get(name, ()))]
        rows = self._read(run, list(dict.fromkeys(wanted)))
        if rows is None or not 0 < rows.num_rows <= self.most:
            return run(self.portable)
        try:
            with ThreadPoolExecutor(_THREADS) as both:
                rows = _with_codes(rows, both)
                parts = list(both.map(partial(self._part, rows), _halves(rows)))
        except Unclear:
            return run(self.portable)
        counted = [part for part in parts if part is not None]
        return self._together(counted) if counted else run(self.portable)

    def _read(self, run: Run, columns: Sequence[str]) -> pa.Table | None:
        if isinstance(self.events.duckdb, InForce):
            return self.events.duckdb.read(run, columns, self.most)
        text = f"SELECT {', '.join(columns)} FROM picked LIMIT :most"
        read = select(text, picked=self.events, most=self.most + 1)
        return run(read if self.direct is None else replace(read, direct=self.direct.only(columns)))

    def _part(self, rows: Any, some: Any) -> pa.Table | None:
        """`some` are the rows that count here; None: all. Nothing where none of them does."""
        rows = rows if some is None else rows.filter(some)
        rows = rows if self.ready is None else self.ready(rows)
        return self._count(rows) if rows.num_rows else None

    def _count(self, rows: Any) -> pa.Table:
        at = rows["occurred_at"].cast(pa.int64()).to_numpy()
        columns = {n: self.calendar.codes(at) if n == BUCKET and self.calendar else _codes(rows[n]) for n in self.by}
        sizes = [len(one.values) for one in columns.values()]
        if prod(sizes) > _MAX_GROUPS:
            raise Unclear
        group: Numbers = np.zeros(1, np.int64)
        for one in columns.values():
            group = group * len(one.values) + one.places
        totals = np.bincount(group, minlength=prod(sizes))
        there = np.flatnonzero(totals)
        found = dict(zip(columns, np.unravel_index(there, sizes), strict=True))
        table = {name: one.values.take(pa.array(found[name])) for name, one in columns.items()}
        for name in self.measures:
            table[name] = _MEASURED[name](rows, at, group, totals).take(pa.array(there))
        return pa.table(table)

    def _together(self, parts: Sequence[pa.Table]) -> pa.Table:
        """Parts of different profiles as one."""
        table = pa.concat_tables(parts)
        if len(parts) > 1:
            how = [(name, "max" if name == "newest" else "sum") for name in self.measures]
            added = table.group_by(list(self.by)).aggregate(how)
            table = added.select([*self.by, *("_".join(one) for one in how)]).rename_columns(table.column_names)
            table = table.sort_by([(name, "ascending") for name in self.by])
        return table.slice(0, self.limit)


def directly(counted: Sequence[Counted], start: datetime, end: datetime, scope: Scope, place: str = "") -> Columns | None:
    """Columns of what is counted, if they are those of whole metrics in the account's currency; `place`: which one."""
    groups = [group for one in counted for group in one.groups]
    places = {group.metric.no: n for n, group in enumerate(groups)}
    plain = all(not group.filters and group.value == VALUE for group in groups)
    foreign = any(code != scope.currency for code in scope.rates)
    if not plain or foreign or not len(counted) == len(groups) == len(places):
        return None
    return Columns(places, start, end, MAX_ROWS, place=place)


def _with_codes(rows: Any, both: Executor) -> Any:
    """Texts as places in their different values: less to move than the texts themselves."""
    for number, column in enumerate(rows.columns):
        if pa.types.is_string(column.type):
            middle = len(column) // 2
            parts = both.map(pc.dictionary_encode, (column.slice(0, middle), column.slice(middle)))
            coded = pa.chunked_array([chunk for part in parts for chunk in part.chunks], _CODED)
            rows = rows.set_column(number, rows.field(number).with_type(_CODED), coded.unify_dictionaries())
    return rows


def _halves(rows: Any) -> list[Any]:
    """Which rows are of the profiles below about the middle one, and the others; [None]: they are not parted."""
    profiles = rows["profile_no"].to_numpy()
    low = profiles < np.median(profiles[:: max(1, len(profiles) // 1000)])
    if len(low) < _PARTED or not low.any():
        return [None]
    some = pa.array(low)
    return [some, pc.invert(some)]


def _codes(column: Any) -> _Codes:
    if column.null_count:
        raise Unclear
    if pa.types.is_integer(column.type):
        numbers = column.to_numpy()
        low, high = int(numbers.min()), int(numbers.max())
        if high - low < _MAX_GROUPS:
            places = numbers.astype(np.int64)
            places -= low
            return _Codes(places, pa.array(np.arange(low, high + 1)).cast(column.type))
    coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    coded = coded.combine_chunks()
    values = coded.dictionary
    named = pa.types.is_string(values.type)
    keys = [value.encode() for value in values.to_pylist()] if named else values.to_pylist()
    order = sorted(range(len(keys)), key=keys.__getitem__)
    places = np.empty(len(order), np.int64)
    places[order] = np.arange(len(order))
    return _Codes(places[coded.indices.to_numpy()], values.take(pa.array(order, pa.int64())))


def _totals(rows: Any, at: Numbers, group: Numbers, totals: Numbers) -> pa.Array:
    return pa.array(totals)


def _newest(rows: Any, at: Numbers, group: Numbers, totals: Numbers) -> pa.Array:
    newest = np.full(len(totals), np.iinfo(np.int64).min)
    np.maximum.at(newest, group, at)
    return pa.array(newest).cast(pa.timestamp("us", "UTC"))


def _valued(rows: Any, at: Numbers, group: Numbers, totals: Numbers) -> pa.Array:
    return pa.array(np.bincount(group[_there(rows)], minlength=len(totals)) if rows["units"].null_count else totals)


def _units(rows: Any, at: Numbers, group: Numbers, totals: Numbers) -> pa.Array:
    units = rows["units"]
    if units.null_count:
        there = _there(rows)
        units, group = units.filter(there), group[there]
    units = units.to_numpy()
    high = np.bincount(group, (units >> _HALF).astype(float), len(totals))
    low = np.bincount(group, (units & ((1 << _HALF) - 1)).astype(float), len(totals))
    if np.any(np.abs(high) >= 2.0 ** (62 - _HALF)):
        raise Unclear
    sums = (high.astype(np.int64) << _HALF) + low.astype(np.int64)
    return pa.array(sums, mask=np.bincount(group, minlength=len(totals)) == 0)


def _there(rows: Any) -> npt.NDArray[np.bool_]:
    there: npt.NDArray[np.bool_] = rows["units"].is_valid().to_numpy()
    return there


def _uniques(rows: Any, at: Numbers, group: Numbers, totals: Numbers) -> pa.Array:
    profiles = rows["profile_no"].to_numpy().astype(np.int64)
    profiles -= profiles.min()
    bits = max(1, int(profiles.max()).bit_length())
    if bits + len(totals).bit_length() > 63:
        raise Unclear
    keys = group << bits
    keys |= profiles
    if len(totals) << bits <= _DENSE * len(keys):
        return _marked(keys, len(totals), bits)
    keys.sort()
    first = np.ones(len(keys), bool)
    first[1:] = keys[1:] != keys[:-1]
    return pa.array(np.bincount(keys[first] >> bits, minlength=len(totals)))


def _marked(keys: Numbers, groups: int, bits: int) -> pa.Array:
    """Where there are not many more numbers than events, a mark for each costs less than sorting."""
    marks = np.zeros((groups, 1 << bits), bool)
    marks.reshape(-1)[keys] = True
    return pa.array([int(np.count_nonzero(one)) for one in marks], pa.int64())


_MEASURED: dict[str, Callable[[Any, Numbers, Numbers, Numbers], pa.Array]] = {
    "total": _totals, "newest": _newest, "units": _units, "valued": _valued, "uniques": _uniques,
}  # fmt: skip
