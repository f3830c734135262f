"""RFM in DuckDB: its rows about customers as columns of numbers, grouped, counted and halved there (docs/adr/0110).

What stands at both cuts, a row a customer, comes from DuckDB or `rfm_columns`. Scores, moves and medians come out of these columns by a few
passes. `MOVES` of rfm_sql gives the same rows; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cdp.query.sql import Query
from functions.reports.kinds.rfm_columns import standing

Numbers = npt.NDArray[np.int64]
Run = Callable[[Query], Any]
MOST = 2_000_000  # profiles whose columns may be held at once
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US = timedelta(microseconds=1)
_DAY_US = 86_400_000_000
_REST = "inactive"
_NUMBERS = ("customers", "days_low", "days_high", "orders_low", "orders_high", "units_low", "units_high")
_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("section", "cut", "origin", "arrival")]
    + [(name, pa.int64()) for name in _NUMBERS]
    + [("newest", pa.timestamp("us", "UTC")), ("unconverted", pa.int64())]
)


@dataclass(frozen=True, slots=True)
class Cut:
    """The customers at one cut, all in the same order: `days` since the last order, `orders` (0: no customer), `units`."""

    name: str
    days: Numbers
    orders: Numbers
    units: Numbers


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on scores 2 and 3 begin, of `n` customers."""

    n: int
    f2: int
    f3: int
    m2: int
    m3: int


@dataclass(frozen=True, slots=True)
class Plan:
    """`portable` where more profiles may be customers than `MOST`. `rules` as the text has them; `money` are the
    numerators and the denominator of the positions in order of value; `groups` hold the codes of each name. `orders`
    are what `standing` comes from where the same orders hold at both cuts."""

    portable: Query
    standing: Query
    orders: Query | None
    start: datetime
    end: datetime
    rules: Mapping[str, int | bool]
    money: tuple[int, int, int]
    groups: Mapping[str, tuple[int, ...]]
    last_profile: int

    def __call__(self, run: Run) -> pa.Table:
        if not 0 < self.last_profile <= MOST:
            return run(replace(self.portable, duckdb=None))
        found = run(self.standing) if self.orders is None else standing(run, self.orders, self.start, self.last_profile)
        rows = list(self._rows(found))
        rows.sort(
            key=lambda row: [(row.get(name) is None, row.get(name) or "") for name in _SCHEMA.names[:4]]
        )
        return pa.Table.from_pylist(rows, _SCHEMA)

    def _rows(self, found: Any) -> Iterator[dict[str, Any]]:
        cuts = [self._cut(found, "start", self.start), self._cut(found, "end", self.end)]
        with ThreadPoolExecutor(len(cuts)) as both:
            limits = list(both.map(self._limits, cuts))
            start, end = both.map(self._names, cuts, limits)
            for medians in both.map(self._medians, cuts, (start * (end > 0), end)):
                yield from medians
        yield from self._moves(found, start, end)
        for cut, limit in zip(cuts, limits, strict=True):
            if limit.n:
                yield {
                    "section": "threshold", "cut": cut.name, "customers": limit.n, "orders_low": limit.f2,
                    "orders_high": limit.f3, "units_low": limit.m2, "units_high": limit.m3,
                }  # fmt: skip
        yield self._basis(found, cuts[1])

    def _cut(self, found: Any, name: str, at: datetime) -> Cut:
        last = _column(found, f"{name}_last")
        return Cut(
            name, ((at - _EPOCH) // _US - last) // _DAY_US, _column(found, f"{name}_orders"), _column(found, f"{name}_units")
        )  # fmt: skip

    def _limits(self, cut: Cut) -> Limits:
        here = cut.orders > 0
        n = int(np.count_nonzero(here))
        if not n:
            return Limits(0, 0, 0, 0, 0)
        rules = self.rules
        f2, f3 = int(rules["f2"]), int(rules["f3"])
        m2, m3 = int(rules["m2"]), int(rules["m3"])
        if not rules["f_fixed"]:
            by_orders = _at(
                cut.orders[here], int(rules["f2_part"]), int(rules["f3_part"]), int(rules["f_of"])
            )
            f2, f3 = max(by_orders[0], f2), max(by_orders[1], f3)
        if not rules["m_fixed"]:
            m2, m3 = _at(cut.units[here], *self.money)
        return Limits(n, f2, f3, m2, m3)

    def _names(self, cut: Cut, limits: Limits) -> npt.NDArray[np.uint8]:
        """Each customer's place in `groups`, from 1; 0: none at this cut."""
        code = np.full(len(cut.orders), 111, np.int16)
        for better, best, step in (
            (cut.days <= int(self.rules["r2"]), cut.days <= int(self.rules["r3"]), np.int16(100)),
            (cut.orders >= limits.f2, cut.orders >= limits.f3, np.int16(10)),
            (cut.units >= limits.m2, cut.units >= limits.m3, np.int16(1)),
        ):
            code += step * (better | best) + step * best
        places = np.full(334, list(self.groups).index(_REST) + 1, np.uint8)
        for place, codes in enumerate(self.groups.values(), 1):
            places[list(codes)] = place
        return np.where(cut.orders > 0, places[code], np.uint8(0))

    def _named(self, place: int) -> str | None:
        return None if place == 0 else list(self.groups)[place - 1]

    def _moves(
        self, found: Any, start: npt.NDArray[np.uint8], end: npt.NDArray[np.uint8]
    ) -> Iterator[dict[str, Any]]:
        pairs = start * np.uint8(16) + end
        order = np.argsort(pairs, kind="stable")
        last, unconverted = (_column(found, name)[order] for name in ("end_last", "unconverted"))
        counts = np.bincount(pairs)
        kinds = np.flatnonzero(counts)
        if not len(kinds):
            return
        begins = np.cumsum(counts[kinds]) - counts[kinds]
        newest, strange = np.maximum.reduceat(last, begins), np.add.reduceat(unconverted, begins)
        for n, pair in enumerate(kinds):
            arrival = self._named(int(pair) % 16)
            yield {
                "section": "move", "origin": self._named(int(pair) // 16), "arrival": arrival,
                "customers": int(counts[pair]),
                "newest": None if arrival is None else _EPOCH + int(newest[n]) * _US,
                "unconverted": None if arrival is None else int(strange[n]),
            }  # fmt: skip

    def _medians(self, cut: Cut, places: npt.NDArray[np.uint8]) -> list[dict[str, Any]]:
        rows = []
        for place in np.flatnonzero(np.bincount(places)):
            if place == 0:
                continue
            here = places == place
            row: dict[str, Any] = {
                "section": "median", "cut": cut.name, "origin": self._named(int(place)),
                "customers": int(np.count_nonzero(here)),
            }  # fmt: skip
            for name in ("days", "orders", "units"):
                values = getattr(cut, name)[here]
                row[f"{name}_low"], row[f"{name}_high"] = _elements(
                    values, (len(values) - 1) // 2, len(values) // 2
                )
            rows.append(row)
        return rows

    def _basis(self, found: Any, cut: Cut) -> dict[str, Any]:
        here = cut.orders > 0
        row: dict[str, Any] = {
            "section": "basis", "cut": "end", "customers": int(np.count_nonzero(here)),
            "orders_high": int(np.count_nonzero(cut.orders >= 3)),
        }  # fmt: skip
        if row["customers"]:
            first = int(_column(found, "end_first")[here].min())
            row["days_low"] = int(cut.days[here].min())
            row["days_high"] = ((self.end - _EPOCH) // _US - first) // _DAY_US
        return row


def _column(found: Any, name: str) -> Numbers:
    """Whole numbers, instants in microseconds; 0 for null."""
    column = found[name]
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    values: Numbers = column.fill_null(0).to_numpy().astype(np.int64, copy=False)
    return values


def _at(values: Numbers, part2: int, part3: int, of: int) -> tuple[int, int]:
    """The elements at positions ⌊N·part/of⌋+1 in ascending order, the last one at most."""
    n = len(values)
    return _elements(values, min(n, n * part2 // of + 1) - 1, min(n, n * part3 // of + 1) - 1)


def _elements(values: Numbers, low: int, high: int) -> tuple[int, int]:
    parted = np.partition(values, (low, high))
    return int(parted[low]), int(parted[high])
