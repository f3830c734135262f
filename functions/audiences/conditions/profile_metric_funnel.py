"""`profile-metric-funnel`: steps that the person went through, one after the other (SPEC §4.2, §8.2).

The first step lies in the time frame; each further one is not earlier than the one before it, and later than it
if its metric stood at an earlier step; all lie within the window from the first, and up to now. A last step
that must not exist: the person has come to the step before it, but never to this one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from cdp.errors import Rejected
from cdp.filters import dates, grammar
from cdp.filters.dates import SpanFilter
from cdp.filters.events import MetricFilter, passes, read_filters
from cdp.filters.placeholders import Placeholders
from cdp.filters.windows import Span
from cdp.query.sql import Query
from functions.audiences.conditions.condition import (
    ConditionType,
    Context,
    Dependencies,
    Facts,
    Part,
    any_relative,
)
from functions.audiences.conditions.events import Id, events

_TIMEFRAMES = grammar.kinds(dates.StaticDateRangeFilter, dates.RelativeDateRangeFilter) | grammar.kinds(
    dates.RelativeDateFilter, operators=("in-the-last",)
)
_YEAR = timedelta(days=366)
WINDOWS: Mapping[str, timedelta] = {
    "HOURS_1": timedelta(hours=1),
    "DAYS_1": timedelta(days=1),
    "DAYS_3": timedelta(days=3),
    "DAYS_5": timedelta(days=5),
    "WEEKS_1": timedelta(weeks=1),
    "DAYS_30": timedelta(days=30),
    "DAYS_90": timedelta(days=90),
    "DAYS_180": timedelta(days=180),
    "YEARS_1": timedelta(days=365),
}
_ANY_TIME = Context(datetime(2000, 1, 1, tzinfo=UTC), ZoneInfo("UTC"))  # a time frame has one length
_FIRST = "SELECT profile_no, occurred_at, occurred_at AS started FROM found"
_NEXT = """
SELECT profile_no, occurred_at, started
FROM (
  SELECT profile_no, occurred_at, is_next, max(began) OVER (
    PARTITION BY profile_no ORDER BY occurred_at, is_next {order} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
  ) AS started
  FROM (
    SELECT profile_no, occurred_at, started AS began, 0 AS is_next FROM reached
    UNION ALL SELECT profile_no, occurred_at, CAST(NULL AS TIMESTAMP(6) WITH TIME ZONE) AS began, 1 AS is_next FROM found
  ) AS rows_
) AS carried
WHERE is_next = 1 AND occurred_at <= date_add('second', {seconds}, started)
"""


class _Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    metric_exists: bool
    metric_id: Id
    metric_filters: list[Any] | None = None


class _Given(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    type: Literal["profile-metric-funnel"]
    timeframe_filter: dict[str, Any]
    steps: Annotated[list[_Step], Meta(min_length=2, max_length=5)]
    completion_window_seconds: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    metric_id: str
    filters: tuple[MetricFilter, ...]
    strictly_later: bool


@dataclass(frozen=True, slots=True)
class Funnel:
    """`window` None: as long as the time frame. `last_exists`: must there be a last step, or must there not?"""

    timeframe: SpanFilter
    window: timedelta | None
    steps: tuple[Step, ...]
    last_exists: bool

    @property
    def dependencies(self) -> Dependencies:
        return Dependencies(
            metric_ids=frozenset(step.metric_id for step in self.steps),
            detailed=frozenset(step.metric_id for step in self.steps if step.filters),
        )

    @property
    def relative(self) -> bool:
        filters = (one.filter for step in self.steps for one in step.filters)
        return self.timeframe.relative or any_relative(filters)

    def events_since(self, context: Context) -> datetime:
        """From when on events count."""
        return _bounds(self.timeframe.window(context))[0]

    def part(self, context: Context) -> Part:
        through = self._reached(len(self.steps), context)
        if self.last_exists:
            return Part(Placeholders().select("SELECT DISTINCT profile_no FROM through", {"through": through}))
        before = self._reached(len(self.steps) - 1, context)
        text = "SELECT DISTINCT profile_no FROM before_ WHERE profile_no NOT IN (SELECT profile_no FROM through)"
        return Part(Placeholders().select(text, {"before_": before, "through": through}))

    def _reached(self, count: int, context: Context) -> Query:
        """Columns profile_no, occurred_at of the last of so many steps, and the latest start that leads there."""
        first, further = self._spans(context)
        query = Query("")
        for number, step in enumerate(self.steps[:count]):
            span = further if number else first
            found = events(context.metric_nos.get(step.metric_id), span, step.filters, context)
            if number == 0:
                query = Placeholders().select(_FIRST, {"found": found})
                continue
            values = Placeholders()
            text = _NEXT.format(
                order="DESC" if step.strictly_later else "ASC", seconds=values.add(self._window_s(context))
            )
            query = values.select(text, {"reached": query, "found": found})
        return query

    def holds(self, facts: Facts, context: Context) -> bool:
        reached = self._depth(facts, context)
        wanted = len(self.steps) if self.last_exists else len(self.steps) - 1
        return reached >= wanted if self.last_exists else reached == wanted

    def _depth(self, facts: Facts, context: Context) -> int:
        """How many steps were reached."""
        first, further = self._spans(context)
        held: list[tuple[datetime, datetime]] = []  # when the step was reached, and the latest start for it
        for number, step in enumerate(self.steps):
            span = further if number else first
            times = sorted(
                event.occurred_at
                for event in facts.events.get(step.metric_id, ())
                if span.holds(event.occurred_at) and passes(event.value, event.properties, step.filters, context)
            )
            held = self._advance(held, times, step.strictly_later, context) if number else [(t, t) for t in times]
            if not held:
                return number
        return len(self.steps)

    def _advance(
        self, reached: Sequence[tuple[datetime, datetime]], times: Sequence[datetime], strictly: bool, context: Context
    ) -> list[tuple[datetime, datetime]]:
        window = timedelta(seconds=self._window_s(context))
        found: list[tuple[datetime, datetime]] = []
        at, latest = 0, None
        before = sorted(reached, key=itemgetter(0))
        for time in times:
            while at < len(before) and (before[at][0] < time or (not strictly and before[at][0] == time)):
                latest = before[at][1] if latest is None else max(latest, before[at][1])
                at += 1
            if latest is not None and time - latest <= window:
                found.append((time, latest))
        return found

    def _spans(self, context: Context) -> tuple[Span, Span]:
        """Where the first step may lie, and where the others."""
        start, end = _bounds(self.timeframe.window(context))
        return Span(start, min(end, context.now)), Span(start, context.now)

    def _window_s(self, context: Context) -> int:
        """Whole seconds from the first step within which all others lie."""
        start, end = _bounds(self.timeframe.window(context))
        window = self.window if self.window is not None else end - start
        return int(window.total_seconds())


def _bounds(span: Span) -> tuple[datetime, datetime]:
    if span.start is None or span.end is None:
        raise ValueError("the time frame of a funnel is bounded")
    return span.start, span.end


def parse(data: dict[str, Any], pointer: str) -> Funnel:
    given = grammar.convert(data, _Given, pointer)
    timeframe = grammar.read_as(SpanFilter, given.timeframe_filter, f"{pointer}/timeframe_filter", _TIMEFRAMES)
    _within_a_year(timeframe, f"{pointer}/timeframe_filter")
    chosen = given.completion_window_seconds
    if chosen is not None and chosen not in WINDOWS:
        raise Rejected(
            f"completion_window_seconds is one of: {', '.join(WINDOWS)}.", field=f"{pointer}/completion_window_seconds"
        )
    for number, step in enumerate(given.steps[:-1]):
        if not step.metric_exists:
            raise Rejected(
                "Only the last step may be one that does not exist.", field=f"{pointer}/steps/{number}/metric_exists"
            )
    ids = [step.metric_id for step in given.steps]
    steps = tuple(
        Step(
            step.metric_id,
            read_filters(step.metric_filters, f"{pointer}/steps/{number}/metric_filters"),
            step.metric_id in ids[:number],
        )
        for number, step in enumerate(given.steps)
    )
    return Funnel(timeframe, None if chosen is None else WINDOWS[chosen], steps, given.steps[-1].metric_exists)


def _within_a_year(timeframe: SpanFilter, pointer: str) -> None:
    start, end = _bounds(timeframe.window(_ANY_TIME))
    if end - start > _YEAR:
        raise Rejected("The time frame of a funnel spans at most one year.", field=pointer)


CONDITION = ConditionType("profile-metric-funnel", parse)
