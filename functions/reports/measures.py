"""Counts and amounts over time, in groups: what deep dives into one metric or several have in common.

`unique` counts profiles within the interval (and group) and does not add up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from cdp.errors import Rejected
from cdp.query.columns import Columns
from cdp.query.counted import Counted
from cdp.query.money import amount
from cdp.query.sql import Query, select
from functions.reports.buckets import by_day
from functions.reports.local_days import Calendar
from functions.reports.periods import Interval, Timeframe, intervals, local_iso, period
from functions.reports.report import Column, Result, Scope
from functions.reports.tally import BUCKET, Tally

Measurement = Literal["total", "unique", "value", "value_sum", "value_avg"]
Measurements = Annotated[list[Measurement], Meta(min_length=1, max_length=5)]
TYPES: Mapping[str, str] = {"total": "integer", "unique": "integer"}
MAX_CELLS = 100_000
WHOLE = 1_000_000  # of an event, where its parts are counted (linear attribution)
Cell = str | int | float | None


class Row(msgspec.Struct, frozen=True):
    """Events of one metric and group in one interval. `bucket`: its first local day (null: the whole period);
    `units`: 1/10000 of the currency; `valued`: events that have a value. Where parts of events are counted, `total`
    and `valued` are millionths."""

    total: int
    newest: datetime
    valued: int = 0
    bucket: date | None = None
    units: int | None = None
    uniques: int | None = None
    name: str | None = None
    metric: int = 0


class Shown(msgspec.Struct, frozen=True):
    """A metric with what is shown before the names of its measures."""

    counted: Counted
    head: str = ""


_COUNT, _VALUED = "count(*)", "count(units)"
_WEIGHT, _WEIGHED = "sum(weight)", "coalesce(sum(CASE WHEN units IS NOT NULL THEN weight END), 0)"


def totals(
    events: Query, by: Sequence[str], measurements: Sequence[Measurement], timeframe: Timeframe,
    interval: Interval | None, scope: Scope, *, weighted: bool = False, direct: Columns | None = None, values: bool = False,
) -> Query:  # fmt: skip
    """A `Row` for every combination of `by` (columns of `events`) and interval that has events. Values are read if
    they are asked for; `direct` reads the columns of `events`, and `values` are there, as `Tally` has it."""
    start, end = period(timeframe, scope, "/timeframe")
    calendar = None
    cells, by = events, list(by)
    if interval is not None:
        calendar = Calendar.of(interval, scope.timezone, start, end, monday=scope.week_starts_monday)
        by.append(BUCKET)
        shown = select("SELECT * FROM sifted", sifted=events)
        cells = by_day(shown, interval, scope.timezone, monday=scope.week_starts_monday)
    portable = _totals(cells, by, measurements, weighted)
    if weighted or not by or (calendar is None and interval is not None):
        return portable
    measures = ["total", "newest"]
    measures += ["units", "valued"] if any(name.startswith("value") for name in measurements) else []
    measures += ["uniques"] if "unique" in measurements else []
    tally = Tally(events, by, measures, calendar, portable, MAX_CELLS + 1, direct=direct, values=values)
    return replace(portable, duckdb=tally)


def _totals(events: Query, by: Sequence[str], measurements: Sequence[Measurement], weighted: bool) -> Query:
    measures = f"{_WEIGHT if weighted else _COUNT} AS total, max(occurred_at) AS newest"
    if any(name.startswith("value") for name in measurements):
        measures += f", sum(units) AS units, {_WEIGHED if weighted else _VALUED} AS valued"
    measures += ", count(DISTINCT profile_no) AS uniques" if "unique" in measurements else ""
    if not by:
        return select(f"SELECT {measures} FROM picked HAVING count(*) > 0", picked=events)
    listed = ", ".join(by)
    text = f"SELECT {listed}, {measures} FROM picked GROUP BY {listed} ORDER BY {listed} LIMIT :limit"
    return select(text, picked=events, limit=MAX_CELLS + 1)


def measured(measurements: Sequence[Measurement]) -> list[str]:
    """Each once; `value` is `value_sum`."""
    return list(dict.fromkeys("value_sum" if name == "value" else name for name in measurements))


def grid(
    rows: Sequence[Row], metrics: Sequence[Shown], measurements: Sequence[Measurement], timeframe: Timeframe,
    interval: Interval | None, group: str | None, scope: Scope, *, weighted: bool = False,
) -> Result:  # fmt: skip
    """Every group and interval, those without events included; times are local, amounts money."""
    start, end = period(timeframe, scope, "/timeframe")
    days: list[date | None] = [None]
    if interval is not None:
        days = list(intervals(start, end, interval, scope.zone, monday=scope.week_starts_monday))
    names = sorted({row.name or "" for row in rows}) if group is not None else [None]
    if len(rows) > MAX_CELLS or len(names) * len(days) * len(metrics) > MAX_CELLS:
        raise Rejected(
            f"The report would have more than {MAX_CELLS} rows; choose a longer interval, a shorter period or "
            "a property with fewer values.",
            field="/timeframe" if group is None else "/group_by",
        )
    found = {(row.name, row.bucket, row.metric): row for row in rows}
    measures = measured(measurements)
    columns = [Column("interval_start", "datetime")] if interval else []
    columns += [] if group is None else [Column(group, "string")]
    for shown in metrics:
        columns += [Column(shown.head + name, _type(name, weighted)) for name in measures]
    cells: list[list[Cell]] = []
    for name in names:
        for day in days:
            line: list[Cell] = [] if day is None else [local_iso(day, scope.zone)]
            line += [] if group is None else [name]
            for number, shown in enumerate(metrics):
                row = found.get((name, day, number))
                line += [_measure(row, one, shown.counted, weighted) for one in measures]
            cells.append(line)
    return Result(tuple(columns), cells, max((row.newest for row in rows), default=None))


def _type(measure: str, weighted: bool) -> str:
    return "number" if weighted and measure == "total" else TYPES.get(measure, "money")


def _measure(row: Row | None, name: str, counted: Counted, weighted: bool) -> int | float | None:
    if name == "unique":
        return row.uniques if row else 0
    if name == "total":
        return 0 if row is None else _whole(row.total) if weighted else row.total
    if not counted.revenue:
        return None
    if name == "value_sum":
        return amount(row.units or 0) if row else 0.0
    if row is None or not row.valued:
        return None
    return amount((row.units or 0) * WHOLE, row.valued) if weighted else amount(row.units, row.valued)


def _whole(millionths: int) -> int | float:
    return millionths // WHOLE if millionths % WHOLE == 0 else millionths / WHOLE
