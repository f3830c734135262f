"""Cohorts: people who had an event in the same week or month, and what they did in those that followed (SPEC §10).

A profile belongs to the cohort of its first cohorting event: the first in all history, or the first within the
period. Columns are calendar intervals in account time, counted from the cohort's own. Reporting events count from
the moment of the cohorting event on; that event itself does not. A cell whose interval has not begun is null, the
interval that is running is partial. In the total row a column adds up the cohorts that have it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

import msgspec

from cdp.errors import Rejected
from cdp.filters.clock import midnight
from cdp.filters.events import read_filters
from cdp.query.counted import Counted, occurrences
from cdp.query.sql import Query, select
from functions.reports.buckets import by_day
from functions.reports.kinds import cohort_table
from functions.reports.kinds.cohort_definition import CohortingEvent, Definition, ReportingEvent, named
from functions.reports.kinds.cohort_table import Aggregation, Line, Row, Type
from functions.reports.periods import EARLIEST, Interval, floor, following, local_iso, moment, today
from functions.reports.report import Answer, Column, Endpoint, Example, Report, Result, Scope

MAX_COHORTS = 60
_DEFAULT_COHORTS = 12
_DAY = timedelta(days=1)
_INTERVALS: Mapping[str, Interval] = {"week": "weekly", "month": "monthly"}
AGGREGATIONS: Mapping[str, tuple[str, ...]] = {
    "conversions": ("average", "total"),
    "profiles": ("count", "percent"),
    "value": ("average", "sum"),
}


class Measurement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """conversions: average per profile of the cohort, total; profiles: count, percent of the cohort (a fraction);
    value: average per profile of the cohort, sum."""

    type: Type = "profiles"
    aggregation: Aggregation = "percent"


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Give `cohort_id` (one's own or a ready-made one) or `definition`. `start` and `end` are local dates, both
    included; default: the last 12 intervals with the running one. `cumulative` counts profiles up to a column."""

    cohort_id: str | None = None
    definition: Definition | None = None
    start: str | None = None
    end: str | None = None
    interval: Literal["week", "month"] = "month"
    measurement: Measurement = Measurement()
    cumulative: bool = False


# The condition on `start` stands behind the ranking: an earlier first event keeps a profile out.
_ENTERED = """
SELECT profile_no, occurred_at, event_id, units, bucket FROM (
  SELECT profile_no, occurred_at, event_id, units, bucket,
    row_number() OVER (PARTITION BY profile_no ORDER BY occurred_at, event_id) AS place
  FROM cohorting
) AS ranked
WHERE place = 1 AND occurred_at >= :start
"""
_FIRST = """
SELECT profile_no, occurred_at, event_id, units, bucket FROM (
  SELECT profile_no, occurred_at, event_id, units, bucket,
    row_number() OVER (PARTITION BY profile_no ORDER BY occurred_at, event_id) AS place
  FROM every
) AS ranked
WHERE place = 1
"""
_CELLS = """
WITH visits AS (
  SELECT r.profile_no, e.bucket AS cohort, r.bucket, count(*) AS conversions, sum(r.units) AS units,
    max(r.occurred_at) AS newest
  FROM reporting AS r JOIN entered AS e ON e.profile_no = r.profile_no
  WHERE r.occurred_at >= e.occurred_at AND r.event_id <> e.event_id
  GROUP BY 1, 2, 3
), firsts AS (
  SELECT cohort, bucket, count(*) AS newcomers
  FROM (SELECT profile_no, cohort, min(bucket) AS bucket FROM visits GROUP BY 1, 2) AS earliest
  GROUP BY 1, 2
), cells AS (
  SELECT cohort, bucket, count(*) AS profiles, sum(conversions) AS conversions, sum(units) AS units,
    max(newest) AS newest
  FROM visits GROUP BY 1, 2
)
SELECT bucket AS cohort, CAST(NULL AS DATE) AS bucket, count(*) AS profiles, count(*) AS newcomers,
  count(*) AS conversions, sum(units) AS units, max(occurred_at) AS newest
FROM entered GROUP BY 1
UNION ALL
SELECT c.cohort, c.bucket, c.profiles, coalesce(f.newcomers, 0), c.conversions, c.units, c.newest
FROM cells AS c LEFT JOIN firsts AS f ON f.cohort = c.cohort AND f.bucket = c.bucket
ORDER BY cohort, bucket
"""


def query(params: Params, scope: Scope) -> Query:
    """Sizes of the cohorts (no `bucket`), and what each did in each interval."""
    _check(params)
    definition = defined(params, scope)
    first = starts(params, scope)
    start = midnight(first[0], scope.zone)
    end = max(start, min(midnight(following(first[-1], _INTERVALS[params.interval]), scope.zone), scope.now))
    at = "/definition" if params.cohort_id is None else "/cohort_id"
    cohorting = _counted(definition.cohorting_event, scope, f"{at}/cohorting_event")
    reporting = _counted(definition.reporting_event, scope, f"{at}/reporting_event")
    since = EARLIEST if definition.cohorting_event.instance == "first_ever" else start
    entered = select(_ENTERED, cohorting=_bucketed(cohorting, since, end, params, scope), start=start)
    every = definition.reporting_event.instance == "every"
    happened = _bucketed(reporting, start if every else EARLIEST, scope.now, params, scope)
    return select(_CELLS, entered=entered, reporting=happened if every else select(_FIRST, every=happened))


def _check(params: Params) -> None:
    known = AGGREGATIONS[params.measurement.type]
    if params.measurement.aggregation not in known:
        message = f"{params.measurement.type} are aggregated as {' or '.join(known)}."
        raise Rejected(message, field="/measurement/aggregation")
    if params.cumulative and params.measurement.type != "profiles":
        raise Rejected("Only profiles are counted cumulatively.", field="/cumulative")


def _bucketed(counted: Counted, start: datetime, end: datetime, params: Params, scope: Scope) -> Query:
    events = occurrences(counted, start, max(start, end), scope)
    return by_day(events, _INTERVALS[params.interval], scope.timezone, monday=scope.week_starts_monday)


def _counted(event: CohortingEvent | ReportingEvent, scope: Scope, at: str) -> Counted:
    counted = scope.counted(event.metric_id, f"{at}/metric_id")
    return counted.narrowed(read_filters(event.metric_filters, f"{at}/metric_filters"))


def defined(params: Params, scope: Scope) -> Definition:
    """The definition that is given or named."""
    if (params.cohort_id is None) == (params.definition is None):
        raise Rejected("Give either cohort_id or definition.", field="/cohort_id")
    if params.definition is not None:
        return params.definition
    return named(params.cohort_id or "", scope)


def starts(params: Params, scope: Scope) -> list[date]:
    """First local days of the cohorts, ascending: those of the intervals that the period touches."""
    interval = _INTERVALS[params.interval]
    last = _bound(params.end, "/end", interval, scope)
    first = _bound(params.start, "/start", interval, scope)
    if last is None:
        last = floor(today(scope), interval, scope.week_starts_monday)
    if first is None:
        first = last
        for _ in range(_DEFAULT_COHORTS - 1):
            first = floor(first - _DAY, interval, scope.week_starts_monday)
    if first > last:
        raise Rejected("start must not be later than end.", field="/start")
    found = [first]
    while found[-1] < last:
        found.append(following(found[-1], interval))
        if len(found) > MAX_COHORTS:
            raise Rejected(f"At most {MAX_COHORTS} cohorts are shown.", field="/start")
    return found


def _bound(text: str | None, field: str, interval: Interval, scope: Scope) -> date | None:
    if text is None:
        return None
    day = moment(text, scope, field, end_of_day=False).astimezone(scope.zone).date()
    return floor(day, interval, scope.week_starts_monday)


def _lines(params: Params, scope: Scope, rows: Sequence[Row]) -> list[Line]:
    interval = _INTERVALS[params.interval]
    running = floor(today(scope), interval, scope.week_starts_monday)
    return cohort_table.triangle(
        starts(params, scope), running, interval, rows, params.measurement.type, params.cumulative
    )


def table(params: Params, scope: Scope, rows: Sequence[Row]) -> Result:
    """A line per cohort, then the total."""
    lines = _lines(params, scope, rows)
    type_, aggregation = params.measurement.type, params.measurement.aggregation
    value = type_ == "value"
    kind = "money" if value else "integer" if aggregation in ("total", "count") else "number"
    columns = [Column("cohort", "datetime"), Column("size", "integer")]
    columns += [Column("initial_value", "money")] if value else []
    columns += [Column(str(n), kind) for n in range(len(lines))]
    cells: list[list[str | int | float | None]] = []
    for line in (*lines, cohort_table.total(lines)):
        name = "total" if line.start is None else local_iso(line.start, scope.zone)
        initial = [cohort_table.initial_value(line, aggregation)] if value else []
        cells.append([name, line.size, *initial, *cohort_table.cells(line, type_, aggregation)])
    return Result(tuple(columns), cells, max((row.newest for row in rows), default=None))


def answer(params: Params, scope: Scope, rows: Sequence[Row]) -> Answer:
    """`partial` is the column of a row whose interval is still running, if any."""
    lines = _lines(params, scope, rows)
    type_, aggregation = params.measurement.type, params.measurement.aggregation
    whole = cohort_table.total(lines)

    def value(line: Line) -> float | None:
        return cohort_table.initial_value(line, aggregation) if type_ == "value" else None

    shown: dict[str, object] = {
        "rows": [
            {
                "start": local_iso(line.start, scope.zone) if line.start else None,
                "size": line.size,
                "initial_value": value(line),
                "cells": cohort_table.cells(line, type_, aggregation),
                "partial": _partial(line, scope, params),
            }
            for line in lines
        ],
        "total": {
            "size": whole.sizes,
            "initial_value": value(whole),
            "cells": cohort_table.cells(whole, type_, aggregation),
        },
        "interval": params.interval,
        "measurement": msgspec.to_builtins(params.measurement),
        "cumulative": params.cumulative,
        "currency": scope.currency,
    }
    return Answer(shown, max((row.newest for row in rows), default=None))


def _partial(line: Line, scope: Scope, params: Params) -> int | None:
    """The running interval is the last one that has begun, unless the columns end before it."""
    begun = sum(one is not None for one in line.sums)
    day = line.start
    for _ in range(begun - 1):
        day = following(day, _INTERVALS[params.interval]) if day else None
    running = floor(today(scope), _INTERVALS[params.interval], scope.week_starts_monday)
    return begun - 1 if begun and day == running else None


_REPEAT = Definition(CohortingEvent("Placed"), ReportingEvent("Placed"))
EXAMPLES = (
    Example(
        "repeat_purchasers",
        Params(definition=_REPEAT, start="2025-12-01", end="2026-06-30"),
        "Of the customers won in a month: the part that ordered again in each month since.",
    ),
    Example(
        "revenue_after_subscription",
        Params(
            definition=Definition(CohortingEvent("Joined"), ReportingEvent("Placed")),
            start="2026-01-01",
            end="2026-06-30",
            measurement=Measurement("value", "sum"),
        ),
        "What subscribers of a month have spent in the months since.",
    ),
)

REPORT = Report(
    kind="cohort", params=Params, row=Row, query=query, table=table, examples=EXAMPLES, needs=frozenset({"cohorts"})
)
ENDPOINT = Endpoint("cohort-report", REPORT, answer)
