"""Events and people of each group in DuckDB: groups and profiles as sorted numbers (docs/adr/0108).

DuckDB reads the events; a group and a profile become one 64-bit number, and people are counted where neighbours in
the sorted numbers differ. The query that stands beside a plan gives the same rows; tests compare the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cdp.filters.placeholders import Placeholders
from cdp.query.sql import Query, select

Numbers = npt.NDArray[np.int64]
Run = Callable[[Query], Any]
# What a text stands for as groups; None: only the engine can tell.
Names = Callable[[str], Sequence[str] | None]
LISTED = "own"
_ROWS = 6_000_000  # of a range of profiles, about
_FIRST_RANGE = 1 << 19
_GROUPS = 1 << 22  # that are counted without looking which of them there are
_CLOSE = 1 << 10
_SUM = 1 << 60
_MOST = "SELECT max(profile_no) AS most FROM counted"
_LONG_AGO = np.iinfo(np.int64).min


class _Unclear(Exception):
    """The engine must count itself."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`events` has the columns `by`, `profile_no`, `occurred_at`, and `units` if they are added up. With `names` it
    has `own` too: the last of `by` is then the group itself, or null where the names of `own` are the groups; the
    empty name if there are none. Rows of the result: `by`, the number of events as `total`, `uniques`, `units`,
    `newest`, in the order of `by`. `text` gives the same. No profile has a number above `last_profile`; 0: nobody
    knows."""

    text: Query
    events: Query
    by: tuple[str, ...]
    last_profile: int
    total: str = "total"
    sums: bool = False
    names: Names | None = None
    limit: int | None = None

    def __call__(self, run: Run) -> pa.Table:
        try:
            parts = [self._counted(rows, low) for low, rows in self._ranges(run)]
        except _Unclear:
            return run(self.text)
        return self._together(parts)

    @property
    def _columns(self) -> list[str]:
        names = [*self.by, "profile_no", "occurred_at"]
        return names + ["units"] * self.sums + [LISTED] * (self.names is not None)

    def _ranges(self, run: Run) -> Iterator[tuple[int, Any]]:
        """The events of all profiles, range by range: as many profiles as fit into the memory."""
        most = self.last_profile or run(select(_MOST, counted=self.events)).to_pylist()[0]["most"] or 0
        low, width = 0, _FIRST_RANGE
        while low <= most:
            values = Placeholders()
            text = (
                f"SELECT {', '.join(self._columns)} FROM counted "
                f"WHERE profile_no >= {values.add(low)} AND profile_no < {values.add(low + width)}"
            )
            rows = run(values.select(text, {"counted": self.events}))
            yield low, rows
            low, width = low + width, max(1, width * _ROWS // max(rows.num_rows, 1))

    def _counted(self, rows: Any, low: int) -> pa.Table:
        keys = [_coded(rows[name]) for name in self.by]
        events: Any = slice(None)
        if self.names is not None:
            events, keys[-1] = _named(keys[-1], _coded(rows[LISTED]), self.names)
            keys[:-1] = [(code[events], kinds) for code, kinds in keys[:-1]]
        group, groups = _groups(keys)
        profile = rows["profile_no"].to_numpy().astype(np.int64)[events] - low
        at = rows["occurred_at"].cast(pa.int64()).to_numpy()[events]
        columns = {
            self.total: pa.array(np.bincount(group, minlength=groups.num_rows)),
            "uniques": pa.array(_people(group, profile, groups.num_rows)),
        }
        if self.sums:
            columns["units"] = _sums(group, rows["units"], events, groups.num_rows)
        newest = np.full(groups.num_rows, _LONG_AGO)
        np.maximum.at(newest, group, at)
        columns["newest"] = pa.array(newest).cast(pa.timestamp("us", "UTC"))
        return pa.table({**dict(zip(self.by, groups.columns, strict=True)), **columns})

    def _together(self, parts: Sequence[pa.Table]) -> pa.Table:
        table = pa.concat_tables(parts)
        if len(parts) > 1:
            names = table.column_names[len(self.by) :]
            each = [(name, "max" if name == "newest" else "sum") for name in names]
            added = table.group_by(list(self.by)).aggregate(each)
            table = added.select([*self.by, *(f"{name}_{how}" for name, how in each)]).rename_columns(table.column_names)
        return table.sort_by([(name, "ascending") for name in self.by]).slice(0, self.limit)


def _coded(column: Any) -> tuple[Numbers, Any]:
    """Each value's place among the different ones, null among them, and these. Whole numbers that lie close
    together are their own places."""
    if pa.types.is_integer(column.type) and len(column) and not column.null_count:
        numbers = column.to_numpy().astype(np.int64)
        low, high = int(numbers.min()), int(numbers.max())
        if high - low < _CLOSE:
            return numbers - low, pa.array(range(low, high + 1), column.type)
    encoded = column.combine_chunks().dictionary_encode("encode")
    if isinstance(encoded, pa.ChunkedArray):
        encoded = pa.concat_arrays(encoded.chunks)
    return encoded.indices.to_numpy().astype(np.int64), encoded.dictionary


def _groups(keys: Sequence[tuple[Numbers, Any]]) -> tuple[Numbers, pa.Table]:
    """Each event's group, and the groups that there are, a column for each key."""
    code, size = keys[0][0], len(keys[0][1])
    for places, kinds in keys[1:]:
        code, size = code * len(kinds) + places, size * len(kinds)
    if size > _GROUPS:
        present, code = np.unique(code, return_inverse=True)
    else:
        present = np.flatnonzero(np.bincount(code, minlength=size))
        order = np.zeros(size, np.int64)
        order[present] = np.arange(len(present))
        code = order[code]
    columns: list[Any] = []
    for _, kinds in reversed(keys):
        columns.insert(0, kinds.take(pa.array(present % max(len(kinds), 1))))
        present = present // max(len(kinds), 1)
    return code, pa.table(columns, [str(n) for n in range(len(keys))])


def _people(group: Numbers, profile: Numbers, groups: int) -> Numbers:
    """Different profiles of each group."""
    bits = int(profile.max(initial=0)).bit_length()
    both = np.sort(group << bits | profile)
    first = np.ones(len(both), bool)
    first[1:] = both[1:] != both[:-1]
    return np.bincount(both[first] >> bits, minlength=groups)


def _sums(group: Numbers, units: Any, events: Any, groups: int) -> Any:
    """Whole numbers; null where a group has none."""
    there = units.is_valid().to_numpy()[events]
    amounts = units.fill_null(0).to_numpy()[events]
    if int(np.abs(amounts).max(initial=0)) * len(amounts) >= _SUM:
        raise _Unclear
    sums = np.zeros(groups, np.int64)
    np.add.at(sums, group, amounts)
    return pa.array(sums, mask=np.bincount(group[there], minlength=groups) == 0)


def _named(name: tuple[Numbers, Any], own: tuple[Numbers, Any], names: Names) -> tuple[Any, tuple[Numbers, Any]]:
    """Which events count, some more than once, and the name that each counts under."""
    places: dict[str, int] = {}
    spans = [[places.setdefault(one or "", len(places))] for one in name[1].to_pylist()]
    for text in own[1].to_pylist():
        labels = [] if text is None else names(text)
        if labels is None:
            raise _Unclear
        spans.append([places.setdefault(label, len(places)) for label in labels or [""]])
    no_name = np.array([one is None for one in name[1].to_pylist()], bool)
    span = np.where(no_name[name[0]], len(name[1]) + own[0], name[0]) if len(name[0]) else name[0]
    lengths = np.array([len(one) for one in spans], np.int64)
    flat = np.array([place for one in spans for place in one], np.int64)
    starts = np.cumsum(lengths) - lengths
    counts = lengths[span]
    events = np.repeat(np.arange(len(span)), counts)
    within = np.arange(len(events)) - np.repeat(np.cumsum(counts) - counts, counts)
    return events, (flat[starts[span][events] + within], pa.array(list(places), pa.string()))
