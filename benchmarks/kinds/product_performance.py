"""A year of products, and of categories: looked at, checked out, bought. The generated events have no lines."""

from __future__ import annotations

from typing import Any

from benchmarks.cases import SCOPE, Case, Chdb, instant, rows_of
from benchmarks.kinds.single_metric import YEAR
from cdp.lake.tables import EVENTS
from cdp.ports import Engine
from functions.reports.kinds import product_performance
from functions.reports.kinds.product_performance import Group
from functions.reports.periods import period

NAMED = """
SELECT transform(metric_id, [4, 9, 10], [0, 1, 2]) AS step, {name} AS name, count(), uniqExact(profile_no),
  sum(toInt64(round(value * 10000)))
FROM {events} WHERE metric_id IN (4, 9, 10) AND occurred_at >= {start} AND occurred_at < {end}
GROUP BY step, name ORDER BY step, name
"""
PRODUCT = "assumeNotNull(product_name)"
CATEGORY = "arrayJoin(emptyArrayToSingle(arrayDistinct(JSONExtract(assumeNotNull(categories), 'Array(String)'))))"


def ours(engine: Engine, group: Group) -> list[Any]:
    params = product_performance.Params(timeframe=YEAR, group_by=[group])
    rows = rows_of(engine, product_performance.REPORT, params)
    return [[r.step, r.name, r.total, r.uniques, r.units] for r in rows]


def theirs(chdb: Chdb, name: str) -> list[Any]:
    start, end = period(YEAR, SCOPE, "")
    return chdb.rows(NAMED, name=name, events=chdb.table(EVENTS, start, end), start=instant(start), end=instant(end))


CASES = (
    Case("product performance", lambda engine: ours(engine, "product"), lambda chdb: theirs(chdb, PRODUCT)),
    Case("category performance", lambda engine: ours(engine, "category"), lambda chdb: theirs(chdb, CATEGORY)),
)
