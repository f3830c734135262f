"""SQL pieces that reports over time share: the local day, week, month or year of an event; its amount.

All are constant text; time zones and limits are parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from cdp.query.sql import Query, months_between, select
from functions.reports.periods import Interval

_DAY = "CAST(occurred_at AT TIME ZONE :timezone AS DATE)"
_MONDAY_WEEK = f"date_trunc('week', {_DAY})"

BUCKETS: Mapping[Interval, str] = {
    "daily": _DAY,
    "weekly": f"date_add('day', -1, date_trunc('week', date_add('day', 1, {_DAY})))",
    "monthly": f"date_trunc('month', {_DAY})",
    "yearly": f"date_trunc('year', {_DAY})",
}

_PICKED = """
SELECT profile_no, occurred_at,
  CASE WHEN value BETWEEN -1e12 AND 1e12 THEN CAST(round(value * 10000) AS BIGINT) END AS units
FROM events
WHERE metric_id = :metric AND occurred_at >= :start AND occurred_at < :end
"""


def picked(metric_no: int, start: datetime, end: datetime) -> Query:
    """Events of the metric in [start, end): profile_no, occurred_at, units (1/10000, null without a value)."""
    return select(_PICKED, months=months_between(start, end), metric=metric_no, start=start, end=end)


def by_day(events: Query, interval: Interval, timezone: str, *, monday: bool) -> Query:
    """Adds the column `bucket`: the first local day of the event's interval."""
    text = _MONDAY_WEEK if interval == "weekly" and monday else BUCKETS[interval]
    return events.with_column("bucket", text, timezone=timezone)
