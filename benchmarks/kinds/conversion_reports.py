"""Conversion overview of a month against the one before, and audience performance of a month.

The other engine takes all touches that are not expired at a conversion by a join on the profile and keeps the
greatest; ours comes to the same credits without comparing each with each. Both look for receipts two years back.
Nobody in the generated history has an e-mail address, so both count no active profiles.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from benchmarks.cases import SCOPE, Case, Chdb, instant, rows_of
from cdp.attribution.touches import OLDER_RECEIPTS
from cdp.lake.tables import EVENTS, SEGMENT_LOG
from cdp.ports import Engine
from functions.reports.comparison import compared
from functions.reports.kinds import audience_performance, conversion_overview
from functions.reports.periods import Timeframe, period

MAY = Timeframe(start="2026-05-01", end="2026-05-30")
OVERVIEW = conversion_overview.Params("placed_order", MAY)
AUDIENCE = audience_performance.Params("placed_order", MAY, "all")
WINDOW = SCOPE.attribution.windows.longest

CONVERTED = """
CREATE OR REPLACE TABLE converted ENGINE = Memory AS
SELECT profile_no, occurred_at, event_id, toInt64(round(value * 10000)) AS units
FROM {events} WHERE metric_id = 1 AND occurred_at >= {low} AND occurred_at < {high}
"""
RECEIPTS = """
CREATE OR REPLACE TABLE receipts ENGINE = Memory AS
SELECT profile_no, occurred_at, event_id, if(metric_id = 11, 'sms', 'email') AS channel, message
FROM {events}
WHERE metric_id IN (11, 13) AND occurred_at >= {oldest} AND occurred_at < {high}
  AND profile_no IN (SELECT profile_no FROM converted)
"""
TOUCHES = """
CREATE OR REPLACE TABLE touches ENGINE = Memory AS
SELECT i.profile_no AS profile_no, i.occurred_at AS touched_at, i.event_id AS touch_id, i.kind AS kind,
  i.channel AS channel, if(r.message = '', i.occurred_at, r.occurred_at) AS received_at,
  received_at + toIntervalHour(i.hours) AS expires_at
FROM (
  SELECT profile_no, occurred_at, event_id, message, if(metric_id IN (11, 14), 'sms', 'email') AS channel,
    transform(metric_id, [5, 6, 11, 14], [3, 4, 2, 4]) AS kind, if(metric_id = 11, 12, 120) AS hours
  FROM {events}
  WHERE metric_id IN (5, 6, 11, 14) AND NOT (metric_id IN (6, 14) AND machine IS NOT NULL)
    AND occurred_at >= {first} AND occurred_at < {high} AND profile_no IN (SELECT profile_no FROM converted)
) AS i
ASOF LEFT JOIN receipts AS r
  ON r.profile_no = i.profile_no AND r.channel = i.channel AND r.message = i.message AND r.occurred_at <= i.occurred_at
UNION ALL
SELECT v.profile_no, v.occurred_at, v.event_id, 1, r.channel, r.occurred_at, r.occurred_at + toIntervalHour(24)
FROM (
  SELECT profile_no, occurred_at, event_id FROM {events}
  WHERE metric_id = 7 AND occurred_at >= {first} AND occurred_at < {high}
    AND profile_no IN (SELECT profile_no FROM converted)
) AS v
ASOF JOIN receipts AS r ON r.profile_no = v.profile_no AND r.occurred_at <= v.occurred_at
WHERE r.occurred_at + toIntervalHour(24) >= v.occurred_at
"""
CREDITED = """
CREATE OR REPLACE TABLE credited ENGINE = Memory AS
SELECT c.event_id AS event_id, any(c.profile_no) AS profile_no, any(c.occurred_at) AS occurred_at, any(c.units) AS units,
  argMax(tuple(t.channel, t.received_at), tuple(t.touched_at, t.kind, t.received_at, t.touch_id)) AS best
FROM converted AS c INNER JOIN touches AS t ON t.profile_no = c.profile_no
WHERE t.touched_at <= c.occurred_at AND t.expires_at >= c.occurred_at
GROUP BY c.event_id
"""
GROUPS = """
SELECT part, least(n, 10) AS conversions, count(), sum(n), sum(k), sum(u), sum(ku)
FROM (
  SELECT if(c.occurred_at >= {start}, 'now', 'before') AS part, c.profile_no AS profile_no, count() AS n,
    countIf(k.event_id <> 0) AS k, sum(c.units) AS u, sumIf(c.units, k.event_id <> 0) AS ku
  FROM converted AS c LEFT JOIN credited AS k ON k.event_id = c.event_id
  GROUP BY part, profile_no
)
GROUP BY part, conversions ORDER BY part, conversions
"""
SPANS = """
CREATE OR REPLACE TABLE spans ENGINE = Memory AS
SELECT group_id, profile_no, minIf(occurred_at, action = 'joined') AS since,
  if(countIf(action = 'left') = 0, toDateTime64('2200-01-01', 6, 'UTC'), minIf(occurred_at, action = 'left')) AS until
FROM {log} GROUP BY group_id, profile_no
"""
BROUGHT = """
SELECT s.group_id, k.best.1 AS channel, count(), sum(k.units)
FROM credited AS k INNER JOIN spans AS s ON s.profile_no = k.profile_no
WHERE s.since <= k.occurred_at AND k.occurred_at < s.until AND k.best.2 >= {start} AND k.best.2 < {end}
GROUP BY 1, 2 ORDER BY 1, 2
"""
SIZES = """
SELECT group_id, countIf(since < {start} AND until >= {start}), countIf(since < {end} AND until >= {end})
FROM spans GROUP BY group_id ORDER BY group_id
"""


def overview(engine: Engine) -> list[Any]:
    rows = rows_of(engine, conversion_overview.REPORT, OVERVIEW)
    return [
        [r.part, r.conversions, r.profiles, r.total, r.credited, r.units, r.credited_units] for r in rows if r.conversions
    ]


def audience(engine: Engine) -> tuple[list[Any], list[Any]]:
    rows = [r for r in rows_of(engine, audience_performance.REPORT, AUDIENCE) if r.segment_id]
    brought = [[r.segment_id, r.channel, r.weight // 1_000_000, r.units] for r in rows if r.channel]
    return brought, [[r.segment_id, r.before, r.members] for r in rows if not r.channel]


def _credit(chdb: Chdb, low: datetime, high: datetime) -> None:
    first = low - WINDOW
    values = {"low": low, "high": high, "first": first, "oldest": first - OLDER_RECEIPTS}
    events = chdb.table(EVENTS, values["oldest"], high)
    for text in (CONVERTED, RECEIPTS, TOUCHES, CREDITED):
        chdb.do(text, events=events, **{name: instant(at) for name, at in values.items()})


def chdb_overview(chdb: Chdb) -> list[Any]:
    start, end = period(MAY, SCOPE, "")
    earlier, _ = compared("previous_period", MAY, SCOPE, "")
    _credit(chdb, earlier, end)
    return chdb.rows(GROUPS, start=instant(start))


def chdb_audience(chdb: Chdb) -> tuple[list[Any], list[Any]]:
    start, end = period(MAY, SCOPE, "")
    _credit(chdb, start, min(end + WINDOW + timedelta(days=1), SCOPE.now))
    chdb.do(SPANS, log=chdb.table(SEGMENT_LOG))
    values = {"start": instant(start), "end": instant(end)}
    return chdb.rows(BROUGHT, **values), chdb.rows(SIZES, **values)


CASES = (
    Case("conversion overview", overview, chdb_overview),
    Case("audience performance", audience, chdb_audience),
)
