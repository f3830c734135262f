"""A year of one metric by day: events, value and people."""

from __future__ import annotations

from typing import Any

from benchmarks.cases import SCOPE, Case, Chdb, instant, micros, newest, rows_of
from cdp.lake.tables import EVENTS
from cdp.ports import Engine
from functions.reports.aggregate_filters import asked
from functions.reports.kinds import metric_aggregate

DAILY = metric_aggregate.Params(
    metric_id="placed_order",
    measurements=["count", "sum_value", "unique"],
    filter=["greater-or-equal(datetime,2025-07-01)", "less-than(datetime,2026-07-01)"],
    timezone="Europe/Berlin",
)
PER_DAY = f"""
SELECT toDate(occurred_at, 'Europe/Berlin') AS day, count(), {newest()}, sum(toInt64(round(value * 10000))), uniqExact(profile_no)
FROM {{events}}
WHERE metric_id = 1 AND occurred_at >= {{start}} AND occurred_at < {{end}}
GROUP BY day ORDER BY day
"""


def ours(engine: Engine) -> list[Any]:
    rows = rows_of(engine, metric_aggregate.REPORT, DAILY)
    return [[str(r.bucket), r.total, micros(r.newest), r.units, r.uniques] for r in rows]


def theirs(chdb: Chdb) -> list[Any]:
    wanted = asked(DAILY, SCOPE)
    events = chdb.table(EVENTS, wanted.start, wanted.end)
    return chdb.rows(PER_DAY, events=events, start=instant(wanted.start), end=instant(wanted.end))


CASES = (Case("daily aggregate", ours, theirs),)
