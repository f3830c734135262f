"""How many members segments had, and how many came and went, day by day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from fractions import Fraction

import msgspec

from cdp.documents.monitors import Condition
from cdp.query import membership
from cdp.query.sql import select
from functions.monitors.calendar import Span
from functions.monitors.metric_figures import Run

# All that was before the period is put into its first day, where `early` tells it from the rest.
_DAYS = """
SELECT group_id AS segment, early, CAST(at AT TIME ZONE :timezone AS DATE) AS day,
  count(CASE WHEN action = 'joined' THEN 1 END) AS added, count(CASE WHEN action = 'left' THEN 1 END) AS dropped,
  min(occurred_at) AS first
FROM (
  SELECT group_id, action, occurred_at, CASE WHEN occurred_at < :start THEN 1 ELSE 0 END AS early,
    CASE WHEN occurred_at < :start THEN :start ELSE occurred_at END AS at
  FROM changes WHERE occurred_at < :end
) AS dated
GROUP BY 1, 2, 3
"""


class _Day(msgspec.Struct, frozen=True):
    segment: str
    early: int
    day: date
    added: int
    dropped: int
    first: datetime


class Members:
    """Of these segments on the days of `span`. A segment that nobody ever joined up to the end of a period has no data
    for it."""

    def __init__(self, run: Run, segments: Sequence[str], span: Span) -> None:
        found = run(
            select(
                _DAYS, changes=membership.changes(segments), start=span.start, end=span.end, timezone=span.zone.key
            )
        )  # fmt: skip
        self._span = span
        self._before: dict[str, int] = {}
        self._moves: dict[tuple[str, date], tuple[int, int]] = {}
        self._first: dict[str, datetime] = {}
        for row in (msgspec.convert(one, _Day) for one in found):
            self._first[row.segment] = min(row.first, self._first.get(row.segment, row.first))
            if row.early:
                self._before[row.segment] = row.added - row.dropped
            else:
                self._moves[row.segment, row.day] = row.added, row.dropped

    def value(self, segment: str, condition: Condition, span: Span) -> Fraction | None:
        """Members are those at the end of the period (sum: of all who came and went), or on average at the ends of its
        days."""
        first = self._first.get(segment)
        if first is None or first >= span.end:
            return None
        days = [self._moves.get((segment, day), (0, 0)) for day in span.days()]
        if condition.metric != "total_members":
            place = 0 if condition.metric == "members_added" else 1
            total = sum(moves[place] for moves in days)
            return Fraction(total, span.length if condition.aggregation == "average" else 1)
        members = self._members_before(segment, span.first)
        ends = [members := members + added - dropped for added, dropped in days]
        return Fraction(sum(ends), len(ends)) if condition.aggregation == "average" else Fraction(ends[-1])

    def _members_before(self, segment: str, day: date) -> int:
        moved = sum(
            added - dropped for (one, at), (added, dropped) in self._moves.items() if one == segment and at < day
        )
        return self._before.get(segment, 0) + moved
