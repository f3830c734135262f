"""Four metrics side by side, by month: events and people."""

from __future__ import annotations

from typing import Any

from benchmarks.cases import SCOPE, Case, Chdb, instant, micros, newest, rows_of
from benchmarks.kinds.single_metric import YEAR
from cdp.lake.tables import EVENTS
from cdp.ports import Engine
from functions.reports.kinds import multi_metric
from functions.reports.periods import period

WAY = multi_metric.Params(
    metric_ids=["viewed_product", "added_to_cart", "started_checkout", "placed_order"], timeframe=YEAR,
    interval="monthly", measurements=["total", "unique"],
)  # fmt: skip
MONTHS = f"""
SELECT transform(metric_id, [4, 8, 9, 1], [0, 1, 2, 3]) AS metric,
  toStartOfMonth(toDate(occurred_at, 'Europe/Berlin')) AS bucket, count(), {newest()}, uniqExact(profile_no)
FROM {{events}} WHERE metric_id IN (1, 4, 8, 9) AND occurred_at >= {{start}} AND occurred_at < {{end}}
GROUP BY metric, bucket ORDER BY metric, bucket
"""


def ours(engine: Engine) -> list[Any]:
    rows = rows_of(engine, multi_metric.REPORT, WAY)
    return [[r.metric, str(r.bucket), r.total, micros(r.newest), r.uniques] for r in rows]


def theirs(chdb: Chdb) -> list[Any]:
    start, end = period(YEAR, SCOPE, "")
    return chdb.rows(MONTHS, events=chdb.table(EVENTS, start, end), start=instant(start), end=instant(end))


CASES = (Case("multi-metric, 4 by month", ours, theirs),)
