"""How many events metrics had, day by day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction

import msgspec

from cdp.documents.monitors import Condition
from cdp.query.sql import Query, months_between, select
from functions.monitors.calendar import Span

Run = Callable[[Query], Sequence[Mapping[str, object]]]
_DAYS = """
SELECT metric_id AS metric, CAST(occurred_at AT TIME ZONE :timezone AS DATE) AS day, count(*) AS n
FROM events
WHERE metric_id IN (:metrics) AND occurred_at >= :start AND occurred_at < :end
GROUP BY 1, 2
"""
_FIRST = """
SELECT metric_id AS metric, min(occurred_at) AS first FROM events
WHERE metric_id IN (:metrics) AND occurred_at < :end
GROUP BY metric_id
"""


class _Day(msgspec.Struct, frozen=True):
    metric: int
    day: date
    n: int


class _First(msgspec.Struct, frozen=True):
    metric: int
    first: datetime


class Events:
    """Of the metrics with these numbers on the days of `span`. A metric without any event up to the end of a period has
    no data for it; whether there was one earlier is looked up for those that are silent only."""

    def __init__(self, run: Run, metrics: Sequence[int], span: Span) -> None:
        self._run, self._span = run, span
        found = run(
            select(
                _DAYS, months=months_between(span.start, span.end), metrics=list(metrics), start=span.start, end=span.end,
                timezone=span.zone.key,
            )
        )  # fmt: skip
        rows = [msgspec.convert(row, _Day) for row in found]
        self._counts = {(row.metric, row.day): row.n for row in rows}
        self._first: dict[int, datetime | None] = {}

    def value(self, metric: int, condition: Condition, span: Span) -> Fraction | None:
        total = sum(self._counts.get((metric, day), 0) for day in span.days())
        if not total:
            first = self._first_event(metric)
            if first is None or first >= span.end:
                return None
        return Fraction(total, span.length if condition.aggregation == "average" else 1)

    def _first_event(self, metric: int) -> datetime | None:
        if metric not in self._first:
            found = self._run(select(_FIRST, metrics=[metric], end=self._span.end))
            self._first[metric] = msgspec.convert(found[0], _First).first if found else None
        return self._first[metric]
