"""Cohorts as a triangle: what each did in its own interval and in those after it (SPEC §10). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import accumulate
from typing import Literal

import msgspec

from cdp.query.money import amount
from functions.reports.periods import Interval, following

Type = Literal["conversions", "profiles", "value"]
Aggregation = Literal["average", "total", "count", "percent", "sum"]
Cell = int | float | None


class Row(msgspec.Struct, frozen=True):
    """Without `bucket`: a cohort, its size in `profiles`, and what its cohorting events were worth. With it: what the
    cohort did in that interval; `newcomers` had not done it before. Dates are first local days; 1/10000 units."""

    cohort: date
    profiles: int
    newcomers: int
    conversions: int
    newest: datetime
    bucket: date | None = None
    units: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A cohort, or all of them. `sums` are whole numbers a column (people, events or 1/10000 units), `sizes` the
    people they are of; null where the interval has not begun. `initial`: of the cohorting events, 1/10000 units."""

    start: date | None
    size: int
    initial: int
    sums: list[int | None]
    sizes: list[int | None]


def triangle(
    starts: Sequence[date], running: date, interval: Interval, rows: Sequence[Row], type_: Type, cumulative: bool
) -> list[Line]:
    """A line for each cohort of `starts`, with as many columns as there are cohorts. `running`: the interval of now."""
    sizes = {row.cohort: row for row in rows if row.bucket is None}
    cells = {(row.cohort, row.bucket): row for row in rows if row.bucket is not None}
    lines = []
    for start in starts:
        own = sizes.get(start)
        size = own.profiles if own else 0
        days = [start]
        while len(days) < len(starts):
            days.append(following(days[-1], interval))
        begun = [day for day in days if day <= running]
        sums = [_sum(cells.get((start, day)), type_, cumulative) for day in begun]
        missing: list[int | None] = [None] * (len(days) - len(begun))
        shown = list(accumulate(sums)) if cumulative else sums
        initial = own.units or 0 if own else 0
        lines.append(Line(start, size, initial, [*shown, *missing], [*[size] * len(begun), *missing]))
    return lines


def _sum(row: Row | None, type_: Type, cumulative: bool) -> int:
    if row is None:
        return 0
    if type_ == "value":
        return row.units or 0
    return row.conversions if type_ == "conversions" else row.newcomers if cumulative else row.profiles


def total(lines: Sequence[Line]) -> Line:
    """Column by column the cohorts that are old enough to have it."""

    def added(columns: Sequence[Sequence[int | None]]) -> list[int | None]:
        found = [[one for one in column if one is not None] for column in zip(*columns, strict=True)]
        return [sum(column) if column else None for column in found]

    sums, sizes = added([line.sums for line in lines]), added([line.sizes for line in lines])
    return Line(None, sum(line.size for line in lines), sum(line.initial for line in lines), sums, sizes)


def cells(line: Line, type_: Type, aggregation: Aggregation) -> list[Cell]:
    return [_cell(n, size, type_, aggregation) for n, size in zip(line.sums, line.sizes, strict=True)]


def initial_value(line: Line, aggregation: Aggregation) -> Cell:
    """What the cohorting events were worth, aggregated as the cells are."""
    return _cell(line.initial, line.size, "value", aggregation)


def _cell(n: int | None, size: int | None, type_: Type, aggregation: Aggregation) -> Cell:
    if n is None:
        return None
    if type_ == "value":
        return amount(n) if aggregation == "sum" else amount(n, size) if size else 0.0
    if aggregation in ("total", "count"):
        return n
    return n / size if size else 0.0
