"""Counts, sums and what there is of different ones by group in DuckDB: its events as sorted numbers (docs/adr/0107).

DuckDB reads the events; a group becomes one number, and so does a profile or an order in it (functions/reports/distinct.py). The
portable text gives the same rows; tests compare the two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cdp.filters.events import VALUE
from cdp.query.columns import Columns, units_of
from cdp.query.counted import Counted
from cdp.query.sql import Query, select
from functions.reports.distinct import Keys
from functions.reports.in_force_plan import MAX_ROWS, InForce
from functions.reports.local_days import Calendar, Coding
from functions.reports.order_lines import LinesOf
from functions.reports.report import Scope

Numbers = npt.NDArray[np.int64]
Run = Callable[[Query], Any]
BUCKET = "bucket"
_MAX_GROUPS = 1 << 22
_INT64, _MOMENT = np.iinfo(np.int64), pa.timestamp("us", "UTC")
_HALF = np.int64(26)  # bits of an amount that are summed apart: float64 holds both sums of MAX_ROWS exactly
_EXACT = 1 << 52  # float64 holds two sums that are less, and what they make together
_THREADS = 2
_PARTED = 1 << 16  # events from which on two threads count
_CODED = pa.dictionary(pa.int32(), pa.string())
_SUMS = ("units", "thousandths")  # columns, as the measures
_DISTINCT = {"uniques": "profile_no", "customers": "profile_no", "orders": "event_id"}  # measure -> its column
_COLUMNS = {name: name for name in (*_SUMS, "product_name")} | _DISTINCT | {"valued": "units"}


class Unclear(Exception):
    """Only the portable text can tell: values are missing, or do not fit into the numbers."""


@dataclass(frozen=True, slots=True)
class Tally:
    """A row for every combination of `by` (columns of `events`, and `bucket`, which `calendar` tells from the time)
    in the order of `portable`, the query with the same rows. `measures`: total, valued (how many have units), newest,
    oldest, product_name (the least), and those of `_SUMS` and `_DISTINCT`.

    `values`: `events` has them in the account's currency as `value`, too, which is faster to read than `units`.
    `ready` makes those that count of rows as they were read, for which it needs the columns `beside`, too.
    `direct` reads the columns of `events` without a query."""

    events: Query | LinesOf
    by: Sequence[str]
    measures: Sequence[str]
    calendar: Calendar | None
    portable: Query
    limit: int | None
    most: int = MAX_ROWS
    beside: Sequence[str] = ()
    ready: Callable[[Any], Any] | None = None
    direct: Columns | None = None
    values: bool = False

    def __call__(self, run: Run) -> pa.Table:
        wanted = [*(name for name in self.by if name != BUCKET or self.calendar is None), *self.beside]
        wanted += ["occurred_at", *(_COLUMNS[name] for name in self.measures if name in _COLUMNS)]
        wanted = ["value" if name == "units" and self.values else name for name in wanted]
        rows = self._read(run, list(dict.fromkeys(wanted)))
        if rows is None or not 0 < rows.num_rows <= self.most:
            return run(self.portable)
        try:
            with ThreadPoolExecutor(_THREADS) as both:
                rows = _with_codes(rows, both)
                if self.ready is not None:
                    rows = pa.concat_tables(both.map(self.ready, _halves(rows))).unify_dictionaries()
                return self._count(rows, both) if rows.num_rows else run(self.portable)
        except Unclear:
            return run(self.portable)

    def _read(self, run: Run, columns: Sequence[str]) -> pa.Table | None:
        if isinstance(self.events, LinesOf):
            return self.events.read(run, columns, self.most)
        if isinstance(self.events.duckdb, InForce):
            return self.events.duckdb.read(run, columns, self.most)
        text = f"SELECT {', '.join(columns)} FROM picked LIMIT :most"
        read = select(text, picked=self.events, most=self.most + 1)
        return run(read if self.direct is None else replace(read, direct=self.direct.only(columns)))

    def _count(self, rows: Any, both: Executor) -> pa.Table:
        codings = [self._coding(name, rows) for name in self.by]
        sizes = [len(one.values) for one in codings]
        groups = prod(sizes)
        if groups > _MAX_GROUPS:
            raise Unclear
        keys = {name: _keys(rows[_DISTINCT[name]], groups) for name in self.measures if name in _DISTINCT}
        names = _coding(rows["product_name"], nulls=True) if "product_name" in self.measures else None

        def part(some: Any) -> _Part:
            if self.values and "value" in some.column_names:
                some = some.append_column("units", units_of(some["value"]))
            at = some["occurred_at"].cast(pa.int64()).to_numpy()
            group: Numbers = np.zeros(some.num_rows, np.int64)
            for name, one in zip(self.by, codings, strict=True):
                group *= len(one.values)
                group += one.places(at if name == BUCKET and self.calendar else some[name])
            return _Part(some, at, group, groups, keys, names).reckoned(self.measures)

        parts = list(both.map(part, _halves(rows)))
        there = np.flatnonzero(_added(parts, "total"))
        found = np.unravel_index(there, sizes)
        table = {name: one.values.take(pa.array(at)) for name, one, at in zip(self.by, codings, found, strict=True)}
        for name in self.measures:
            table[name] = _finished(name, parts, both).take(pa.array(there))
        return pa.table(table).slice(0, self.limit)

    def _coding(self, name: str, rows: Any) -> Coding:
        if name == BUCKET and self.calendar is not None:
            ends = pc.min_max(rows["occurred_at"].cast(pa.int64())).as_py()
            return self.calendar.coding(ends["min"], ends["max"], rows.num_rows)
        return _coding(rows[name])


def plain(counted: Sequence[Counted], scope: Scope) -> bool:
    """Are they whole metrics, and are the values of their events in the account's currency?"""
    whole = all(not group.filters and group.value == VALUE for one in counted for group in one.groups)
    return whole and all(code == scope.currency for code in scope.rates)


def directly(counted: Sequence[Counted], start: datetime, end: datetime, scope: Scope, place: str = "") -> Columns | None:
    """Columns of what is counted, if that is plain; `place`: which one."""
    groups = [group for one in counted for group in one.groups]
    places = {group.metric.no: n for n, group in enumerate(groups)}
    if not plain(counted, scope) or not len(counted) == len(groups) == len(places):
        return None
    return Columns(places, start, end, MAX_ROWS, place=place)


def _keys(column: Any, groups: int) -> Keys:
    keys = Keys.of(column, groups)
    if keys is None:
        raise Unclear
    return keys


def _with_codes(rows: Any, both: Executor) -> Any:
    """Texts as places in their different values, and events by number: less to move than what they are."""
    encoding = "event_id" in rows.column_names and pa.types.is_int64(rows["event_id"].type)
    if encoding:
        events = both.submit(lambda: pc.dictionary_encode(rows["event_id"].combine_chunks()).indices)
    for number, column in enumerate(rows.columns):
        if pa.types.is_string(column.type):
            middle = len(column) // 2
            parts = both.map(pc.dictionary_encode, (column.slice(0, middle), column.slice(middle)))
            coded = pa.chunked_array([chunk for part in parts for chunk in part.chunks], _CODED)
            rows = rows.set_column(number, rows.field(number).with_type(_CODED), coded.unify_dictionaries())
    if encoding:
        rows = rows.drop_columns(["event_id"]).append_column("event_id", events.result())
    return rows


def _halves(rows: Any) -> list[Any]:
    """For two threads, if there are many."""
    middle = rows.num_rows // 2
    return [rows] if rows.num_rows < _PARTED else [rows.slice(0, middle), rows.slice(middle)]


def _coding(column: Any, *, nulls: bool = False) -> Coding:
    """`nulls`: there may be some, which come last; the values of a text end with one then."""
    if column.null_count and not nulls:
        raise Unclear
    if pa.types.is_integer(column.type):
        ends = pc.min_max(column).as_py()
        low, high = ends["min"], ends["max"]
        if high - low < _MAX_GROUPS:
            return Coding(pa.array(np.arange(low, high + 1)).cast(column.type), lambda some: _whole(some) - low)
    coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode().unify_dictionaries()
    values = coded.chunk(0).dictionary  # one for all chunks
    keys = [value.encode() for value in values.to_pylist()] if pa.types.is_string(values.type) else values.to_pylist()
    order = sorted(range(len(keys)), key=keys.__getitem__)
    places = np.full(len(order) + 1, len(order))
    places[order] = np.arange(len(order))

    def of(some: Any) -> Numbers:
        if pa.types.is_dictionary(some.type):
            return np.concatenate([places[_indices(chunk, len(order))] for chunk in some.chunks])
        found: Numbers = places[pc.index_in(some, values).to_numpy()]
        return found

    return Coding(values.take(pa.array([*order, None] if nulls else order, pa.int64())), of)


def _indices(coded: Any, none: int) -> Any:
    return (coded.indices.fill_null(none) if coded.null_count else coded.indices).to_numpy().astype(np.int64)


def _whole(column: Any) -> Numbers:
    numbers: Numbers = column.to_numpy().astype(np.int64)
    return numbers


@dataclass(frozen=True, slots=True)
class _Part:
    """Some of the rows, each in one of `groups`, and what is reckoned of them: arrays (groups,), by name."""

    rows: Any
    at: Numbers
    group: Numbers
    groups: int
    keys: Mapping[str, Keys]
    names: Coding | None
    found: dict[str, Any] = field(default_factory=dict)

    def reckoned(self, measures: Sequence[str]) -> _Part:
        self.found["total"] = np.bincount(self.group, minlength=self.groups)
        for name in measures:
            if name in _SUMS:
                self._sum(name)
            elif name in self.keys:
                self.found[name] = self.keys[name].part(self.rows[_COLUMNS[name]].to_numpy(), self.group)
        if "valued" in measures and "units" not in measures:
            self._valued("units")
        if "newest" in measures:
            newest = self.found["newest"] = np.full(self.groups, _INT64.min)
            np.maximum.at(newest, self.group, self.at)
        if "oldest" in measures:
            oldest = self.found["oldest"] = np.full(self.groups, _INT64.max)
            np.minimum.at(oldest, self.group, self.at)
        if self.names is not None:
            least = self.found["product_name"] = np.full(self.groups, len(self.names.values) - 1)
            np.minimum.at(least, self.group, self.names.places(self.rows["product_name"]))
        return self

    def _valued(self, name: str) -> None:
        amounts = self.rows[name]
        some = self.group[amounts.is_valid().to_numpy()] if amounts.null_count else None
        self.found[f"valued {name}"] = self.found["total"] if some is None else np.bincount(some, minlength=self.groups)

    def _sum(self, name: str) -> None:
        """Great amounts are summed in halves."""
        self._valued(name)
        column, group = self.rows[name], self.group
        if column.null_count:
            group = group[column.is_valid().to_numpy()]
            column = column.drop_null()
        amounts = column.to_numpy()
        high: Any = np.zeros(self.groups)
        if len(amounts) * max(int(amounts.max(initial=0)), -int(amounts.min(initial=0))) >= _EXACT:
            high, amounts = np.bincount(group, (amounts >> _HALF).astype(float), self.groups), amounts & ((1 << _HALF) - 1)
        self.found[f"high {name}"] = high
        self.found[f"low {name}"] = np.bincount(group, amounts.astype(float), self.groups)


def _finished(name: str, parts: Sequence[_Part], both: Executor) -> pa.Array:
    """The measure of all parts together."""
    first = parts[0]
    if name in first.keys:
        return pa.array(first.keys[name].counted([part.found[name] for part in parts], both))
    if name in _SUMS:
        return _summed(name, parts)
    if name == "valued":
        return pa.array(_added(parts, "valued units"))
    if name == "newest":
        return pa.array(np.max([part.found[name] for part in parts], axis=0)).cast(_MOMENT)
    if name == "oldest":
        return pa.array(np.min([part.found[name] for part in parts], axis=0)).cast(_MOMENT)
    if name == "product_name" and first.names is not None:
        return first.names.values.take(pa.array(np.min([part.found[name] for part in parts], axis=0)))
    return pa.array(_added(parts, name))


def _added(parts: Sequence[_Part], name: str) -> Any:
    return np.sum([part.found[name] for part in parts], axis=0)


def _summed(name: str, parts: Sequence[_Part]) -> pa.Array:
    high, low = _added(parts, f"high {name}"), _added(parts, f"low {name}")
    if np.any(np.abs(high) >= 2.0 ** (62 - _HALF)):
        raise Unclear
    sums = (high.astype(np.int64) << _HALF) + low.astype(np.int64)
    return pa.array(sums, mask=_added(parts, f"valued {name}") == 0)
