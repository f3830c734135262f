"""A year of one metric by month: by a property of the event, and by the plan that people had then."""

from __future__ import annotations

from typing import Any

from benchmarks.cases import SCOPE, Case, Chdb, instant, micros, newest, rows_of
from cdp.lake.tables import EVENTS, PROFILE_HISTORY
from cdp.ports import Engine
from functions.reports.kinds import single_metric
from functions.reports.periods import Timeframe, period
from functions.reports.properties import Property

YEAR = Timeframe(start="2025-07-01", end="2026-06-30")
BY_COUNTRY = single_metric.Params(
    metric_ids=["placed_order"], timeframe=YEAR, interval="monthly", measurements=["total", "unique", "value"],
    group_by=[Property("Country")],
)  # fmt: skip
BY_PLAN = single_metric.Params(
    metric_ids=["viewed_product"], timeframe=YEAR, interval="monthly", measurements=["total"],
    group_by=[Property("plan", "profile")],
)  # fmt: skip
COUNTRIES = f"""
SELECT JSONExtractString(properties, 'Country') AS name, toStartOfMonth(toDate(occurred_at, 'Europe/Berlin')) AS bucket,
  count(), {newest()}, uniqExact(profile_no), sum(toInt64(round(value * 10000)))
FROM {{events}} WHERE metric_id = 1 AND occurred_at >= {{start}} AND occurred_at < {{end}}
GROUP BY name, bucket ORDER BY name, bucket
"""
PLANS = f"""
SELECT simpleJSONExtractString(concat('{{{{"v":', h.value, '}}}}'), 'v') AS name,
  toStartOfMonth(toDate(e.occurred_at, 'Europe/Berlin')) AS bucket, count(), {newest("e.occurred_at")}
FROM (
  SELECT profile_no, occurred_at FROM {{events}} WHERE metric_id = 4 AND occurred_at >= {{start}} AND occurred_at < {{end}}
) AS e
ASOF JOIN (
  SELECT profile_no, changed_at, assumeNotNull(value) AS value FROM {{history}} WHERE property = 'properties.plan'
) AS h ON h.profile_no = e.profile_no AND h.changed_at <= e.occurred_at
GROUP BY name, bucket ORDER BY name, bucket
"""


def by_country(engine: Engine) -> list[Any]:
    rows = rows_of(engine, single_metric.REPORT, BY_COUNTRY)
    return [[r.name, str(r.bucket), r.total, micros(r.newest), r.uniques, r.units] for r in rows]


def by_plan(engine: Engine) -> list[Any]:
    rows = rows_of(engine, single_metric.REPORT, BY_PLAN)
    return [[r.name, str(r.bucket), r.total, micros(r.newest)] for r in rows]


def theirs(chdb: Chdb, text: str) -> list[Any]:
    start, end = period(YEAR, SCOPE, "")
    events, history = chdb.table(EVENTS, start, end), chdb.table(PROFILE_HISTORY)
    return chdb.rows(text, events=events, history=history, start=instant(start), end=instant(end))


CASES = (
    Case("single metric by event property", by_country, lambda chdb: theirs(chdb, COUNTRIES)),
    Case("single metric by plan then", by_plan, lambda chdb: theirs(chdb, PLANS)),
)
