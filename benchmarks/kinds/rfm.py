"""RFM on orders that nobody cancelled or returned, and net of both."""

from __future__ import annotations

from typing import Any

import msgspec

from benchmarks.cases import SCOPE, Case, Chdb, instant, rows_of
from cdp.ports import Engine
from functions.reports.kinds import rfm

PARAMS = rfm.Params(start="2026-05-31", end="2026-06-30")
PLAIN = msgspec.structs.replace(SCOPE, metrics=tuple(m for m in SCOPE.metrics if m.name == "Placed Order"))

# The customers once, in memory; every later step reads them from there. ClickHouse repeats a WITH wherever it
# is named, so this is what makes its query fast.
CUSTOMERS = """
CREATE OR REPLACE TABLE customers ENGINE = Memory AS
SELECT profile_no,
  countIf(occurred_at < {start}) AS start_orders,
  sumIf(units, occurred_at < {start}) AS start_units,
  maxIf(occurred_at, occurred_at < {start}) AS start_last,
  count() AS end_orders, sum(units) AS end_units, max(occurred_at) AS end_last
FROM (
  SELECT profile_no, occurred_at, toInt64(round(value * 10000)) AS units
  FROM {events}
  WHERE metric_id = 1 AND occurred_at < {end} AND value > 0
)
WHERE units > 0
GROUP BY profile_no
"""
GROUPED = """
CREATE OR REPLACE TABLE grouped ENGINE = Memory AS
WITH
  (SELECT arraySort(groupArray(start_orders)) FROM customers WHERE start_orders > 0) AS so,
  (SELECT arraySort(groupArray(start_units)) FROM customers WHERE start_orders > 0) AS su,
  (SELECT arraySort(groupArray(end_orders)) FROM customers) AS eo,
  (SELECT arraySort(groupArray(end_units)) FROM customers) AS eu
SELECT *, transform(start_code, {codes}, {names}, 'inactive') AS arrived_from,
  transform(end_code, {codes}, {names}, 'inactive') AS arrived_at
FROM (
  SELECT start_orders, start_units, end_orders, end_units,
    intDiv(toUnixTimestamp64Micro({start}) - toUnixTimestamp64Micro(start_last), 86400000000) AS start_days,
    intDiv(toUnixTimestamp64Micro({end}) - toUnixTimestamp64Micro(end_last), 86400000000) AS end_days,
    multiIf(start_days <= 180, 300, start_days <= 365, 200, 100)
      + multiIf(start_orders >= greatest(so[intDiv(2 * length(so), 3) + 1], 3), 30,
                start_orders >= greatest(so[intDiv(length(so), 3) + 1], 2), 20, 10)
      + multiIf(start_units >= su[intDiv(2 * length(su), 3) + 1], 3, start_units >= su[intDiv(length(su), 3) + 1], 2, 1)
      AS start_code,
    multiIf(end_days <= 180, 300, end_days <= 365, 200, 100)
      + multiIf(end_orders >= greatest(eo[intDiv(2 * length(eo), 3) + 1], 3), 30,
                end_orders >= greatest(eo[intDiv(length(eo), 3) + 1], 2), 20, 10)
      + multiIf(end_units >= eu[intDiv(2 * length(eu), 3) + 1], 3, end_units >= eu[intDiv(length(eu), 3) + 1], 2, 1)
      AS end_code
  FROM customers
)
"""
MOVES = """
SELECT if(start_orders > 0, arrived_from, '') AS origin, arrived_at, count() FROM grouped GROUP BY 1, 2 ORDER BY 1, 2
"""
MEDIANS = """
SELECT 'end', arrived_at, count(), quantileExactLow(end_days), quantileExactHigh(end_days),
  quantileExactLow(end_orders), quantileExactHigh(end_orders), quantileExactLow(end_units), quantileExactHigh(end_units)
FROM grouped GROUP BY arrived_at
UNION ALL
SELECT 'start', arrived_from, count(), quantileExactLow(start_days), quantileExactHigh(start_days),
  quantileExactLow(start_orders), quantileExactHigh(start_orders),
  quantileExactLow(start_units), quantileExactHigh(start_units)
FROM grouped WHERE start_orders > 0 GROUP BY arrived_from
"""


def ours(engine: Engine) -> tuple[list[Any], list[Any]]:
    rows = rows_of(engine, rfm.REPORT, PARAMS, PLAIN)
    moves = [[r.origin or "", r.arrival, r.customers] for r in rows if r.section == "move" and r.arrival]
    medians = [
        [
            r.cut,
            r.origin,
            r.customers,
            r.days_low,
            r.days_high,
            r.orders_low,
            r.orders_high,
            r.units_low,
            r.units_high,
        ]
        for r in rows
        if r.section == "median"
    ]
    return sorted(moves), sorted(medians)


def theirs(chdb: Chdb) -> tuple[list[Any], list[Any]]:
    start, end = rfm.cuts(PARAMS, PLAIN)
    codes = [code for name, some in rfm.GROUPS.items() for code in some if name != "inactive"]
    names = [name for name, some in rfm.GROUPS.items() for _ in some if name != "inactive"]
    values = {"start": instant(start), "end": instant(end), "codes": str(codes), "names": str(names)}
    for text in (CUSTOMERS, GROUPED):
        chdb.do(text, **values)
    return sorted(chdb.rows(MOVES)), sorted(chdb.rows(MEDIANS))


def net(engine: Engine) -> object:
    return rows_of(engine, rfm.REPORT, PARAMS)


CASES = (Case("rfm", ours, theirs), Case("rfm net of cancellations and refunds", net))
