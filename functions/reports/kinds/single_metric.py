"""Single-metric deep dive: one metric over time, by one property of the event or the profile (SPEC §13).

A row for each group and interval, intervals without events included. `unique` counts profiles within the
interval and does not add up. A profile's property counts with the value it had when the event happened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from cdp.errors import Rejected
from cdp.query.sql import Query, select
from functions.reports.buckets import by_day, picked
from functions.reports.money import amount
from functions.reports.periods import Interval, Timeframe, intervals, local_iso, period
from functions.reports.properties import Filter, Property, filtered, grouped
from functions.reports.report import Column, Example, Report, Result, Scope

Measurement = Literal["total", "unique", "value", "value_sum", "value_avg"]
MAX_CELLS = 100_000
_TYPES: Mapping[str, str] = {"total": "integer", "unique": "integer"}


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`total` counts events, `unique` profiles; `value_sum` (or `value`) and `value_avg` are of the events'
    values. `group_by` takes at most one property; all filters must hold."""

    metric_ids: Annotated[list[str], Meta(min_length=1, max_length=1)]
    timeframe: Timeframe = Timeframe(key="last_30_days")
    interval: Interval = "daily"
    measurements: Annotated[list[Measurement], Meta(min_length=1)] = msgspec.field(
        default_factory=lambda: ["total"]
    )
    group_by: Annotated[list[Property], Meta(max_length=1)] = []
    filters: Annotated[list[Filter], Meta(max_length=20)] = []


class Row(msgspec.Struct, frozen=True):
    """Events of one group in one interval. `bucket`: its first local day; `units`: 1/10000 of the currency;
    `valued`: events that have a value."""

    bucket: date
    total: int
    valued: int
    newest: datetime
    units: int | None = None
    uniques: int | None = None
    name: str | None = None


_HEAD = """
SELECT bucket, count(*) AS total, sum(units) AS units, count(units) AS valued, max(occurred_at) AS newest
"""
_UNIQUE = ", count(DISTINCT profile_no) AS uniques"
_NAME = ", name"
_TAIL = " FROM picked GROUP BY bucket"
_LIMIT = " LIMIT :limit"


def query(params: Params, scope: Scope) -> Query:
    """One row for each interval (and group) that has events."""
    metric = scope.metric(params.metric_ids[0], "/metric_ids/0")
    start, end = period(params.timeframe, scope, "/timeframe")
    events = by_day(
        picked(metric.no, start, end), params.interval, scope.timezone, monday=scope.week_starts_monday
    )
    for number, condition in enumerate(params.filters):
        events = filtered(events, condition, f"/filters/{number}")
    text = _HEAD + (_UNIQUE if "unique" in params.measurements else "")
    if params.group_by:
        events = grouped(events, params.group_by[0], "name")
        text += _NAME + _TAIL + ", name ORDER BY name, bucket"
    else:
        text += _TAIL + " ORDER BY bucket"
    return select(text + _LIMIT, picked=events, limit=MAX_CELLS + 1)


def table(params: Params, scope: Scope, rows: Sequence[Row]) -> Result:
    """The full grid of groups and intervals; times are local, amounts money."""
    start, end = period(params.timeframe, scope, "/timeframe")
    days = list(intervals(start, end, params.interval, scope.zone, monday=scope.week_starts_monday))
    found = {(row.name, row.bucket): row for row in rows}
    names = sorted({row.name or "" for row in rows}) if params.group_by else [None]
    if len(rows) > MAX_CELLS or len(names) * len(days) > MAX_CELLS:
        raise Rejected(
            f"The report would have more than {MAX_CELLS} rows; choose a longer interval, a shorter period or "
            "a property with fewer values.",
            field="/group_by" if params.group_by else "/timeframe",
        )
    measures = list(dict.fromkeys("value_sum" if m == "value" else m for m in params.measurements))
    head = [Column("interval_start", "datetime")]
    if params.group_by:
        head.append(Column(params.group_by[0].property, "string"))
    columns = (*head, *(Column(m, _TYPES.get(m, "money")) for m in measures))
    cells: list[list[str | int | float | None]] = []
    for name in names:
        for day in days:
            row = found.get((name, day))
            lead: list[str | int | float | None] = [local_iso(day, scope.zone)]
            if params.group_by:
                lead.append(name)
            cells.append(lead + [_measure(row, m) for m in measures])
    return Result(columns, cells, max((row.newest for row in rows), default=None))


def _measure(row: Row | None, name: str) -> int | float | None:
    if name == "total":
        return row.total if row else 0
    if name == "unique":
        return row.uniques if row else 0
    if name == "value_sum":
        return amount(row.units or 0) if row else 0.0
    return amount(row.units, row.valued) if row and row.valued else None


EXAMPLES = (
    Example(
        "revenue_by_month",
        Params(
            metric_ids=["Placed"],
            timeframe=Timeframe(start="2026-01-01", end="2026-06-30"),
            interval="monthly",
            measurements=["total", "unique", "value_sum", "value_avg"],
        ),
        "Orders, customers and revenue by month.",
    ),
    Example(
        "weeks_by_plan",
        Params(
            metric_ids=["Placed"],
            timeframe=Timeframe(key="last_30_days"),
            interval="weekly",
            measurements=["total", "value_sum"],
            group_by=[Property("plan", "profile")],
            filters=[Filter("country", "any", ["DE", "FR"]), Filter("coupon", "is-not-set")],
        ),
        "Weeks by the plan that each customer had when ordering; two countries, no coupons.",
    ),
)

REPORT = Report(kind="single_metric", params=Params, row=Row, query=query, table=table, examples=EXAMPLES)
