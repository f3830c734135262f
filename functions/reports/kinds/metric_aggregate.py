"""Metric aggregates: counts, sums and distinct profiles of one metric by dimensions and time (SPEC §3).

`unique` counts profiles within the interval and does not add up. Weeks start on Monday. Dates are the
events' own. Dimensions that an event lacks are empty. By `$attributed_…`, or filtered by it, an event counts under
the messages that it is owed to, in parts where several share it (then counts may have fractions), and under the empty
dimension if it is owed to none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from cdp.query.columns import Columns
from cdp.query.money import amount
from cdp.query.sql import Param, Query, select
from functions.reports.aggregate_filters import DIMENSIONS, Asked, Dimension, asked
from functions.reports.attribution import WHOLE, credits_of
from functions.reports.buckets import by_day, picked
from functions.reports.in_force_plan import MAX_ROWS
from functions.reports.local_days import Calendar
from functions.reports.periods import Interval as Local
from functions.reports.report import Column, Example, Report, Result, Scope
from functions.reports.tally import BUCKET, Tally

Interval = Literal["hour", "day", "week", "month"]
Measurement = Literal["count", "sum_value", "unique"]
MAX_INTERVALS = 400  # days of a year, and more
_LOCAL: Mapping[str, Local] = {"day": "daily", "week": "weekly", "month": "monthly"}


class Params(msgspec.Struct, frozen=True):
    """`filter` bounds `datetime` from below and above, at most a year apart, and may compare dimensions.
    `sort` is a dimension or a measurement, `-` for descending; `timezone` an IANA name."""

    metric_id: str
    measurements: Annotated[list[Measurement], Meta(min_length=1)]
    filter: Annotated[list[str], Meta(min_length=1)]
    interval: Interval | None = "day"
    by: list[str] | None = None
    timezone: str | None = "UTC"
    page_size: Annotated[int, Meta(ge=1, le=500)] | None = 500
    page_cursor: str | None = None
    return_fields: list[str] | None = None
    sort: str | None = None


class Row(msgspec.Struct, frozen=True):
    """Events of one group in one interval. `place` numbers the groups in the order asked for, from 1;
    `bucket` is the interval's first local day, or (hour) its number from the first; `units`: 1/10000; `total` counts
    events in parts of which `whole` make one."""

    bucket: date | int
    total: int
    newest: datetime
    place: int = 1
    units: int | None = None
    uniques: int | None = None
    whole: int = 1
    d0: str = ""
    d1: str = ""
    d2: str = ""
    d3: str = ""
    d4: str = ""

    def dimensions(self, count: int) -> list[str]:
        return [self.d0, self.d1, self.d2, self.d3, self.d4][:count]


_HOUR = "date_diff('hour', :first, occurred_at)"
_MEASURES = "count(*) AS total, sum(units) AS units"
_WEIGHED = f"sum(weight) AS total, sum(units) AS units, {WHOLE} AS whole"
_CONVERSIONS = "SELECT profile_no, occurred_at, event_id, units FROM based"
_OWED = f"""
SELECT {{carried}}, coalesce(c.weight, {WHOLE}) AS weight,
  CASE WHEN c.event_id IS NULL THEN e.units ELSE c.units END AS units, c.channel AS attributed_channel,
  c.flow AS attributed_flow, c.message AS attributed_message, c.variation AS attributed_variation
FROM based AS e LEFT JOIN credited AS c ON c.event_id = e.event_id
"""
_UNIQUE = ", count(DISTINCT profile_no) AS uniques"
_ONE_GROUP = " FROM picked GROUP BY bucket ORDER BY bucket"
_KEYS: Mapping[str, str] = {"count": "total", "sum_value": "coalesce(units, 0)", "unique": "uniques"}


def query(params: Params, scope: Scope) -> Query:
    """One row for each group of the page and each interval that has events."""
    wanted = asked(params, scope)
    metric = scope.metric(params.metric_id, "/metric_id")
    events = picked(metric.no, wanted.start, wanted.end)
    interval = params.interval or "day"
    if interval == "hour":
        events = events.with_column("bucket", _HOUR, first=wanted.first_hour)
    else:
        events = by_day(events, _LOCAL[interval], wanted.timezone, monday=True)
    for condition in wanted.conditions:
        events = events.where(condition.text, **condition.params)
    columns = {f"d{number}": DIMENSIONS[name] for number, name in enumerate(wanted.by)}
    events = _with(events, {name: one for name, one in columns.items() if not one.attributed})
    measures = _MEASURES
    if wanted.attributed:
        events = _with(_owed(events, columns, wanted, scope), {n: one for n, one in columns.items() if one.attributed})
        measures = _WEIGHED
    if "unique" in params.measurements or wanted.sort == "unique":
        measures += _UNIQUE
    if not wanted.by:
        direct = Columns({metric.no: 0}, wanted.start, wanted.end, MAX_ROWS)
        return _one_group(events, wanted, measures, None if wanted.conditions else direct)
    return _paged(events, wanted, measures)


def _with(events: Query, columns: Mapping[str, Dimension]) -> Query:
    for name, dimension in columns.items():
        text, params = dimension.sql()
        events = events.with_column(name, text, **params)
    return events


def _owed(events: Query, columns: Mapping[str, Dimension], wanted: Asked, scope: Scope) -> Query:
    """Each event once for every message that it is owed to, with its share; once as a whole if to none."""
    carried = ["profile_no", "occurred_at", "bucket", *(name for name, one in columns.items() if not one.attributed)]
    credited = credits_of(select(_CONVERSIONS), wanted.start, wanted.end, scope)
    text = _OWED.format(carried=", ".join(f"e.{name}" for name in carried))
    shares = select(text, based=events.with_column("event_id", "event_id"), credited=credited)
    shown = select("SELECT * FROM shares", shares=shares)
    for condition in wanted.owed:
        shown = shown.where(condition.text, **condition.params)
    return shown


def _one_group(events: Query, wanted: Asked, measures: str, direct: Columns | None) -> Query:
    portable = select(f"SELECT bucket, max(occurred_at) AS newest, {measures}{_ONE_GROUP}", picked=events)
    local = _LOCAL.get(wanted.interval)
    calendar = local and Calendar.of(local, wanted.timezone, wanted.start, wanted.end, monday=True)
    if not calendar or wanted.attributed:
        return portable
    pieces = tuple(piece for piece in events.pieces if piece.column != BUCKET)
    names = ["newest", "total", "units", *(["uniques"] if measures.endswith(_UNIQUE) else [])]
    tally = Tally(replace(events, pieces=pieces), [BUCKET], names, calendar, portable, MAX_INTERVALS, direct=direct)
    return replace(portable, duckdb=tally)


def _paged(events: Query, wanted: Asked, measures: str) -> Query:
    """The groups in their order, cut to the page, each with its intervals."""
    names = [f"d{n}" for n in range(len(wanted.by))]
    listed = ", ".join(names)
    key = _KEYS.get(wanted.sort) or names[wanted.by.index(wanted.sort)] if wanted.sort else names[0]
    order = f"{key} DESC, {listed}" if wanted.descending else f"{key}, {listed}"
    same = " AND ".join(f"c.{name} = p.{name}" for name in names)
    text = (
        f"WITH totals AS (SELECT {listed}, {measures} FROM picked GROUP BY {listed}), "
        f"placed AS (SELECT {listed}, row_number() OVER (ORDER BY {order}) AS place FROM totals), "
        f"cells AS (SELECT {listed}, bucket, max(occurred_at) AS newest, {measures} FROM picked "
        f"GROUP BY {listed}, bucket) "
        f"SELECT p.place, c.* FROM placed AS p JOIN cells AS c ON {same} "
        "WHERE p.place > :seen AND p.place <= :last ORDER BY p.place, c.bucket"
    )
    values: dict[str, Param] = {"seen": wanted.seen, "last": wanted.seen + wanted.page_size + 1}
    return select(text, months=None, picked=events, **values)


def table(params: Params, scope: Scope, rows: Sequence[Row]) -> Result:
    """A line per group and interval, without empty intervals."""
    wanted = asked(params, scope)
    dates = wanted.dates()
    columns = [Column("interval_start", "datetime"), *(Column(name, "string") for name in wanted.by)]
    count = "number" if wanted.attributed else "integer"
    types = {"sum_value": "money", "count": count, "unique": "integer"}
    columns += [Column(m, types[m]) for m in params.measurements]
    cells: list[list[str | int | float | None]] = []
    for row in rows:
        if row.place <= wanted.seen + wanted.page_size:
            lead: list[str | int | float | None] = [
                dates[wanted.position(row.bucket)],
                *row.dimensions(len(wanted.by)),
            ]
            cells.append(lead + [measure(row, name) for name in params.measurements])
    return Result(tuple(columns), cells, max((row.newest for row in rows), default=None))


def measure(row: Row, name: Measurement) -> int | float | None:
    if name == "sum_value":
        return amount(row.units or 0)
    if name == "unique":
        return row.uniques
    return row.total // row.whole if row.total % row.whole == 0 else row.total / row.whole


EXAMPLES = (
    Example(
        "day",
        Params(
            metric_id="Placed",
            measurements=["count", "sum_value", "unique"],
            filter=[
                "greater-or-equal(datetime,2026-06-01T00:00:00)",
                "less-than(datetime,2026-06-08T00:00:00)",
            ],
            timezone="Europe/Berlin",
        ),
        "A week by day.",
    ),
    Example(
        "by_campaign",
        Params(
            metric_id="Placed",
            measurements=["count", "sum_value"],
            filter=[
                "greater-or-equal(datetime,2026-01-01T00:00:00)",
                "less-than(datetime,2026-07-01T00:00:00)",
                'any($value_currency,["EUR","USD"])',
            ],
            interval="month",
            by=["Campaign Name"],
            sort="-sum_value",
            page_size=2,
        ),
        "The two campaigns with the most revenue, by month.",
    ),
    Example(
        "by_attributed_message",
        Params(
            metric_id="Placed",
            measurements=["count", "sum_value", "unique"],
            filter=[
                "greater-or-equal(datetime,2026-01-01T00:00:00)",
                "less-than(datetime,2026-07-01T00:00:00)",
            ],
            interval="month",
            by=["$attributed_channel", "$attributed_message"],
            sort="-count",
        ),
        "Orders by the message that they are owed to.",
    ),
)

REPORT = Report(
    kind="metric_aggregate",
    params=Params,
    row=Row,
    query=query,
    table=table,
    examples=EXAMPLES,
    needs=frozenset({"attribution"}),
)
