"""Plain columns of events straight out of data files, for plans: half of what DuckDB takes to hand them over
(docs/adr/0114). Texts come as places in their different values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cdp.lake.schema import arrow_schema
from cdp.lake.tables import EVENTS

_THREADS = 2
_EPOCH, _US = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_TEXT = pa.dictionary(pa.int32(), pa.string())
_SCHEMA = arrow_schema(EVENTS)
_STRETCHES = 64
_GREATEST, _PARTS = 1e12, 10_000  # of an amount, as `cdp.query.money` has it


@dataclass(frozen=True, slots=True)
class Columns:
    """Of the events of `metrics` (metric number → its place) in [start, end) these columns: names as they are, with
    `units` for 1/10000 of the value, and `place` for the metric's. None of them may be older than those in
    `present`. At most about `most` rows are held."""

    metrics: Mapping[int, int]
    start: datetime
    end: datetime
    most: int
    names: Sequence[str] = ()
    place: str = ""
    present: Sequence[str] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)

    def only(self, names: Sequence[str]) -> Columns:
        """Those of these columns that there are."""
        known = [name for name in names if name == "units" or name in self.renamed or name in _SCHEMA.names]
        return replace(self, names=known, place=self.place if self.place in names else "")

    def read(self, files: Sequence[str], check: Callable[[], None]) -> pa.Table | None:
        """None if only the engine can tell. `check` is called between files."""
        groups = {path: self._groups(path) for path in files}
        rows = sum(_footer(path).row_group(n).num_rows for path, some in groups.items() for n in some)
        if rows > 2 * self.most:
            return None

        def one(path: str) -> pa.Table | None:
            check()
            return self._file(path, groups[path])

        with ThreadPoolExecutor(_THREADS) as both:
            parts = list(both.map(one, [path for path, some in groups.items() if some]))
        if not parts or any(part is None for part in parts):
            return None
        return pa.concat_tables(parts).unify_dictionaries()

    def _groups(self, path: str) -> list[int]:
        """The row groups that may have the metrics."""
        return [n for n, (low, high) in enumerate(_metrics(path)) if any(low <= no <= high for no in self.metrics)]

    def _file(self, path: str, groups: list[int]) -> pa.Table | None:
        sources = {name: "value" if name == "units" else self.renamed.get(name, name) for name in self.names}
        texts = [name for name in sources.values() if pa.types.is_string(_SCHEMA.field(name).type)]
        footer = _footer(path)
        stored = footer.schema.to_arrow_schema().names
        if not set(sources.values()) <= set(stored):
            return None
        read = list(dict.fromkeys(["metric_id", "occurred_at", *sources.values()]))
        with pq.ParquetFile(path, metadata=footer, read_dictionary=texts) as file:
            rows = file.read_row_groups(groups, columns=read, use_threads=False)
        place = self._places(rows["metric_id"].to_numpy())
        here = self._here(place, rows["occurred_at"].cast(pa.int64()).to_numpy())
        if not here.all():
            rows, place = _kept(rows, here), place[here]
        if any(rows[name].null_count for name in self.present):
            return None
        columns = {name: units_of(rows["value"]) if name == "units" else _typed(rows[sources[name]]) for name in self.names}
        if self.place:
            columns[self.place] = pa.chunked_array([pa.array(place)])
        return pa.table(columns)

    def _places(self, metric: Any) -> Any:
        """Of each row's metric; -1: not one of them."""
        places = np.full(max(int(metric.max(initial=0)), *self.metrics) + 1, -1, np.int32)
        places[list(self.metrics)] = list(self.metrics.values())
        return places[metric]

    def _here(self, place: Any, at: Any) -> Any:
        here = place >= 0
        start, end = (self.start - _EPOCH) // _US, (self.end - _EPOCH) // _US
        if len(at) and (at.min() < start or at.max() >= end):
            here &= (at >= start) & (at < end)
        return here


@lru_cache(maxsize=1024)
def _footer(path: str) -> Any:
    """Data files never change."""
    return pq.read_metadata(path)


@lru_cache(maxsize=1024)
def _metrics(path: str) -> list[tuple[int, int]]:
    """Lowest and highest metric of each row group."""
    footer = _footer(path)
    place = footer.schema.to_arrow_schema().get_field_index("metric_id")
    found = [footer.row_group(n).column(place).statistics for n in range(footer.num_row_groups)]
    return [(one.min, one.max) if one is not None and one.has_min_max else (0, 1 << 31) for one in found]


def _kept(rows: Any, here: Any) -> Any:
    """Those rows; whole stretches, as sorted files have them, are not copied."""
    edges = np.flatnonzero(here[1:] != here[:-1]) + 1
    if len(edges) > _STRETCHES:
        return rows.filter(pa.array(here))
    bounds = [0, *edges.tolist(), len(here)]
    stretches = [rows.slice(low, high - low) for low, high in pairwise(bounds) if here[low]]
    return pa.concat_tables(stretches) if stretches else rows.slice(0, 0)


def _typed(column: Any) -> Any:
    """As every file gives it, whoever wrote it."""
    if pa.types.is_dictionary(column.type):
        return column.cast(_TEXT)
    return column.cast(pa.timestamp("us", "UTC")) if pa.types.is_timestamp(column.type) else column


def units_of(value: Any) -> Any:
    """1/10000 of each amount, rounded half away from zero as the engines do; null if there is none or a great one."""
    there = value.is_valid().to_numpy()
    amounts = value.drop_null().to_numpy()
    great = ~(np.abs(amounts) <= _GREATEST)
    if great.any():
        there[there] = ~great
        amounts = amounts[~great]
    amounts = amounts * _PARTS
    whole = np.rint(amounts)
    ties = np.abs(amounts - whole) == 0.5
    if ties.any():
        whole[ties] = np.trunc(amounts[ties]) + np.sign(amounts[ties])
    units = np.zeros(len(there), np.int64)
    units[there] = whole
    return pa.chunked_array([pa.array(units, mask=None if there.all() else ~there)])
