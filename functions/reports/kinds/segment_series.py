"""Segment series: who joined and left segments, hour by hour, day by day, week by week or month by month (SPEC §22).

`total_members` are those at the end of each interval, or now in the one that is running. The other statistics are
as in segment values, to whose figures those of all intervals add up.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from cdp.query.sql import Query, select
from functions.reports.kinds.segment_values import (
    Statistic,
    dated,
    not_too_early,
    segments,
    statistic,
    with_plan,
)
from functions.reports.membership_plan import Buckets
from functions.reports.report import Answer, Column, Example, KnownSegment, Report, Result, Scope
from functions.reports.reporting_periods import Frame, Interval, ReportingTimeframe, frame


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`filter` names segments: `any(segment_id,["a","b"])`, at most 100; without it all of them are shown.
    Hourly intervals go with at most 7 days, daily ones with 60 days, longer ones with 52 weeks. The period begins
    on 1 June 2023 or later."""

    statistics: Annotated[list[Statistic], Meta(min_length=1)]
    timeframe: ReportingTimeframe
    interval: Interval
    filter: str | None = None


class Row(msgspec.Struct, frozen=True):
    """Changes of a segment's members in one interval: its first local day, or the number of the hour. `early` 1:
    before the period."""

    group_id: str
    early: int
    bucket: date | int
    added: int
    removed: int
    newest: datetime


_CHANGES = """
SELECT group_id, early, bucket, sum(added) AS added, sum(removed) AS removed, max(newest) AS newest
FROM placed
GROUP BY group_id, early, bucket
ORDER BY group_id, early, bucket
"""
# Every clock is a whole number of quarter hours from UTC (since 1972), so intervals begin with quarter hours; there are
# far fewer of them than changes, and the clock is asked for these only. All that was before the period is put into
# its first one, where `early` tells it from the rest.
_QUARTERS = """
SELECT group_id, early, date_add('minute', 15 * quarter, :epoch) AS occurred_at, max(at) AS newest,
  count(CASE WHEN action = 'joined' THEN 1 END) AS added, count(CASE WHEN action = 'left' THEN 1 END) AS removed
FROM (
  SELECT group_id, action, early, occurred_at AS at,
    date_diff('minute', :epoch, CASE WHEN early = 1 THEN :start ELSE occurred_at END) / 15 AS quarter
  FROM dated
) AS changes
GROUP BY group_id, early, quarter
"""
_PLACED = "SELECT group_id, early, added, removed, newest FROM quarters"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def query(params: Params, scope: Scope) -> Query:
    """A row for each segment and interval in which something changed, and one for what was before."""
    period = _period(params, scope)
    changes = dated(params, scope, period)
    quarters = select(_QUARTERS, dated=changes, start=period.start, epoch=_EPOCH)
    placed = period.bucketed(select(_PLACED, quarters=quarters), params.interval)
    buckets = Buckets(period, params.interval)
    return with_plan(select(_CHANGES, placed=placed), params, scope, period, buckets)


def _period(params: Params, scope: Scope) -> Frame:
    return not_too_early(frame(params.timeframe, scope, params.interval))


def _measured(
    params: Params, scope: Scope, rows: Sequence[Row]
) -> list[tuple[KnownSegment, list[list[int]]]]:
    """Every asked segment; for each statistic its numbers, one an interval."""
    places = _period(params, scope).places(params.interval)
    before = {row.group_id: row.added - row.removed for row in rows if row.early}
    found = {(row.group_id, places[row.bucket]): row for row in rows if not row.early}
    measured = []
    for segment in segments(params.filter, scope):
        members = before.get(segment.id, 0)
        series: list[list[int]] = [[] for _ in params.statistics]
        for n in range(len(places)):
            row = found.get((segment.id, n))
            changed = (row.added, row.removed) if row else (0, 0)
            for numbers, name in zip(series, params.statistics, strict=True):
                numbers.append(statistic(name, members, *changed))
            members += changed[0] - changed[1]
        measured.append((segment, series))
    return measured


def answer(params: Params, scope: Scope, rows: Sequence[Row]) -> Answer:
    """`date_times` are the starts of the intervals on the account's clock."""
    results = [
        {
            "groupings": {"segment_id": segment.id},
            "statistics": dict(zip(params.statistics, series, strict=True)),
        }
        for segment, series in _measured(params, scope, rows)
    ]
    shown: dict[str, object] = {
        "results": results,
        "date_times": _period(params, scope).starts(params.interval),
    }
    return Answer(shown, max((row.newest for row in rows), default=None))


def table(params: Params, scope: Scope, rows: Sequence[Row]) -> Result:
    """A line for each segment and interval."""
    columns = (
        Column("interval_start", "datetime"),
        Column("segment_id", "string"),
        Column("segment_name", "string"),
        *(Column(name, "integer") for name in params.statistics),
    )
    starts = _period(params, scope).starts(params.interval)
    lines: list[list[str | int | float | None]] = [
        [start, segment.id, segment.name, *(numbers[n] for numbers in series)]
        for segment, series in _measured(params, scope, rows)
        for n, start in enumerate(starts)
    ]
    return Result(columns, lines, max((row.newest for row in rows), default=None))


EXAMPLES = (
    Example(
        "vips_by_month",
        Params(
            ["total_members", "members_added", "members_removed", "net_members_changed"],
            ReportingTimeframe("last_12_months"),
            "monthly",
            'equals(segment_id,"SegVip")',
        ),
        "One segment over a year.",
    ),
)

REPORT = Report(
    kind="segment_series", params=Params, row=Row, query=query, table=table, examples=EXAMPLES,
    needs=frozenset({"segments", "last_profile"}),
)  # fmt: skip
