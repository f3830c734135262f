"""Twelve months of cohorts: who ordered again after the first order ever, and what they spent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from benchmarks.cases import SCOPE, Case, Chdb, instant, rows_of
from cdp.ports import Engine
from functions.reports.kinds import cohort
from functions.reports.kinds.cohort_definition import CohortingEvent, Definition, ReportingEvent
from functions.reports.periods import following, midnight

PARAMS = cohort.Params(
    definition=Definition(CohortingEvent("placed_order"), ReportingEvent("placed_order")),
    start="2025-07-01",
    end="2026-06-30",
)
# The orders once, in memory: ClickHouse repeats a WITH wherever it is named.
ORDERS = """
CREATE OR REPLACE TABLE orders ENGINE = Memory AS
SELECT profile_no, occurred_at, event_id, toInt64(round(value * 10000)) AS units,
  toStartOfMonth(toDate(occurred_at, 'Europe/Berlin')) AS bucket
FROM {events} WHERE metric_id = 1 AND occurred_at < {now}
"""
ENTERED = """
CREATE OR REPLACE TABLE entered ENGINE = Memory AS
SELECT profile_no, first.1 AS at, first.2 AS event, first.3 AS units, first.4 AS cohort FROM (
  SELECT profile_no, min((occurred_at, event_id, units, bucket)) AS first FROM orders GROUP BY profile_no
) WHERE at >= {start} AND at < {end}
"""
SIZES = "SELECT toString(cohort), '', count(), count(), count(), sum(units) FROM entered GROUP BY cohort"
CELLS = """
SELECT toString(cohort), toString(bucket), count(), countIf(bucket = earliest), sum(n), sum(spent) FROM (
  SELECT cohort, bucket, n, spent, min(bucket) OVER (PARTITION BY profile_no) AS earliest FROM (
    SELECT o.profile_no AS profile_no, e.cohort AS cohort, o.bucket AS bucket, count() AS n, sum(o.units) AS spent
    FROM orders AS o JOIN entered AS e ON e.profile_no = o.profile_no
    WHERE o.occurred_at >= e.at AND o.event_id != e.event
    GROUP BY 1, 2, 3
  )
) GROUP BY cohort, bucket
"""


def _bounds() -> tuple[datetime, datetime]:
    starts = cohort.starts(PARAMS, SCOPE)
    end = midnight(following(starts[-1], "monthly"), SCOPE.zone)
    return midnight(starts[0], SCOPE.zone), min(end, SCOPE.now)


def ours(engine: Engine) -> list[Any]:
    rows = rows_of(engine, cohort.REPORT, PARAMS)
    shown = [
        [str(r.cohort), "" if r.bucket is None else str(r.bucket), r.profiles, r.newcomers, r.conversions, r.units]
        for r in rows
    ]
    return sorted(shown)


def theirs(chdb: Chdb) -> list[Any]:
    start, end = _bounds()
    chdb.do(ORDERS, now=instant(SCOPE.now))
    chdb.do(ENTERED, start=instant(start), end=instant(end))
    return sorted([*chdb.rows(SIZES), *chdb.rows(CELLS)])


CASES = (Case("cohorts of a year", ours, theirs),)
