"""Joiners, leavers and members of four segments over a year, as a whole and by month.

The other engine takes the same way: pairs of a person and a segment with at most a joining and a leaving in good
order by one aggregation, all others by window functions.
"""

from __future__ import annotations

from typing import Any

from benchmarks.cases import SCOPE, Case, Chdb, instant, micros, newest, rows_of
from cdp.lake.tables import SEGMENT_LOG
from cdp.ports import Engine
from functions.reports.kinds import segment_series, segment_values
from functions.reports.reporting_periods import ReportingTimeframe, frame

YEAR = ReportingTimeframe("last_12_months")
VALUES = segment_values.Params(["members_added", "total_members"], YEAR)
SERIES = segment_series.Params(["members_added", "total_members"], YEAR, "monthly")

PAIRS = """
CREATE OR REPLACE TABLE pairs ENGINE = Memory AS
SELECT group_id, profile_no, count() AS entries, countIf(action = 'joined') AS joins,
  minIf(occurred_at, action = 'joined') AS joined_at, minIf(occurred_at, action = 'left') AS left_at,
  entries = 1 OR (entries = 2 AND joins = 1 AND joined_at < left_at
    AND minIf(logged_at, action = 'joined') < minIf(logged_at, action = 'left')) AS plain
FROM {log} GROUP BY group_id, profile_no
"""
CHANGES = """
  SELECT group_id, joined_at AS at, 1 AS joined FROM pairs WHERE plain AND joins = 1
  UNION ALL
  SELECT group_id, left_at AS at, 0 AS joined FROM pairs WHERE plain AND joins = 1 AND entries = 2
  UNION ALL
  SELECT group_id, occurred_at AS at, action = 'joined' AS joined
  FROM (
    SELECT group_id, occurred_at, action, lagInFrame(action, 1, 'left') OVER (
      PARTITION BY group_id, profile_no ORDER BY occurred_at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS previous
    FROM (
      SELECT group_id, profile_no, occurred_at, action,
        row_number() OVER (PARTITION BY group_id, profile_no ORDER BY logged_at DESC, action, log_id DESC) AS place,
        min(occurred_at) OVER (PARTITION BY group_id, profile_no ORDER BY logged_at DESC, action, log_id DESC
          ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS later
      FROM {log} WHERE (group_id, profile_no) IN (SELECT group_id, profile_no FROM pairs WHERE NOT plain)
    )
    WHERE place = 1 OR occurred_at < later
  )
  WHERE action <> previous
"""
TOTALS = f"""
SELECT group_id, toUInt8(at < {{start}}) AS early, {newest("at")}, countIf(joined = 1), countIf(joined = 0)
FROM ({CHANGES}) WHERE at < {{end}} GROUP BY group_id, early ORDER BY group_id, early
"""
MONTHLY = f"""
SELECT group_id, toUInt8(at < {{start}}) AS early,
  toStartOfMonth(toDate(greatest(at, {{start}}), 'Europe/Berlin')) AS month, {newest("at")}, countIf(joined = 1), countIf(joined = 0)
FROM ({CHANGES}) WHERE at < {{end}} GROUP BY group_id, early, month ORDER BY group_id, early, month
"""


def values(engine: Engine) -> list[Any]:
    return [[r.group_id, r.early, micros(r.newest), r.added, r.removed] for r in rows_of(engine, segment_values.REPORT, VALUES)]


def series(engine: Engine) -> list[Any]:
    rows = rows_of(engine, segment_series.REPORT, SERIES)
    return [[r.group_id, r.early, str(r.bucket), micros(r.newest), r.added, r.removed] for r in rows]


def theirs(text: str, chdb: Chdb) -> list[Any]:
    period = frame(YEAR, SCOPE)
    log = chdb.table(SEGMENT_LOG)
    chdb.do(PAIRS, log=log)
    return chdb.rows(text, log=log, start=instant(period.start), end=instant(period.end))


CASES = (
    Case("segment values", values, lambda chdb: theirs(TOTALS, chdb)),
    Case("segment series by month", series, lambda chdb: theirs(MONTHLY, chdb)),
)
