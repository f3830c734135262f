"""Segment values: who joined and left segments in a period, and how many members they had at its end (SPEC §22).

A person who joins and leaves twice counts twice; `net_members_changed` is joined less left, and the members at the
end are those at the start plus that. The log of memberships begins with the account: before, nobody is a member.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Literal, Protocol

import msgspec
from msgspec import Meta

from cdp.errors import Rejected
from cdp.filters.clock import midnight
from cdp.jsonapi.matrix import TEXT, Filters
from cdp.query import membership
from cdp.query.sql import Query, select
from functions.reports.membership_plan import Buckets, Plan
from functions.reports.report import Answer, Column, Example, KnownSegment, Report, Result, Scope
from functions.reports.reporting_periods import Frame, ReportingTimeframe, frame

Statistic = Literal["members_added", "members_removed", "net_members_changed", "total_members"]
FIRST_DAY = date(2023, 6, 1)
MAX_SEGMENTS = 100
_FILTERS = Filters({"segment_id": TEXT("equals", "any", "contains-any")})


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`filter` names segments: `any(segment_id,["a","b"])`, at most 100; without it all of them are shown.
    The period begins on 1 June 2023 or later."""

    statistics: Annotated[list[Statistic], Meta(min_length=1)]
    timeframe: ReportingTimeframe
    filter: str | None = None


class Row(msgspec.Struct, frozen=True):
    """Changes of a segment's members. `early` 1: before the period."""

    group_id: str
    early: int
    added: int
    removed: int
    newest: datetime


class Asked(Protocol):
    """The parameters that values and series share."""

    @property
    def filter(self) -> str | None: ...


_CHANGES = """
SELECT group_id, early, count(CASE WHEN action = 'joined' THEN 1 END) AS added,
  count(CASE WHEN action = 'left' THEN 1 END) AS removed, max(occurred_at) AS newest
FROM dated
GROUP BY group_id, early
ORDER BY group_id, early
"""
_DATED = """
SELECT group_id, action, occurred_at, CASE WHEN occurred_at < :start THEN 1 ELSE 0 END AS early
FROM changes WHERE occurred_at < :end
"""


def query(params: Params, scope: Scope) -> Query:
    """Two rows at most for each segment: before the period, and in it."""
    period = not_too_early(frame(params.timeframe, scope))
    return with_plan(select(_CHANGES, dated=dated(params, scope, period)), params, scope, period)


def with_plan(
    portable: Query, params: Asked, scope: Scope, period: Frame, buckets: Buckets | None = None
) -> Query:
    """The same rows in DuckDB's own way."""
    groups = _ids(params, scope)
    if not groups:
        return portable
    end = min(period.end, scope.now)
    return replace(portable, duckdb=Plan(groups, period.start, end, scope.last_profile, buckets))


def dated(params: Asked, scope: Scope, period: Frame) -> Query:
    """Columns `group_id`, `action`, `occurred_at`, `early`: changes of the asked segments that can be seen."""
    changes = membership.changes(_ids(params, scope))
    return select(_DATED, changes=changes, start=period.start, end=min(period.end, scope.now))


def _ids(params: Asked, scope: Scope) -> list[str]:
    return sorted({segment.id for segment in segments(params.filter, scope)})


def not_too_early(period: Frame) -> Frame:
    if period.start < midnight(FIRST_DAY, period.scope.zone):
        raise Rejected(f"Segments have no data before {FIRST_DAY:%-d %B %Y}.", field="/timeframe")
    return period


def segments(text: str | None, scope: Scope) -> list[KnownSegment]:
    """The segments that the filter names, in its order; without one all of the account."""
    try:
        conditions = _FILTERS.read(text or "")
    except Rejected as error:
        raise Rejected(error.message, field="/filter") from error
    if not conditions:
        return list(scope.segments)
    if len(conditions) > 1:
        raise Rejected("There may be one condition on segment_id.", field="/filter")
    known = {segment.id: segment for segment in scope.segments}
    wanted = [str(value) for value in conditions[0].values]
    if len(wanted) > MAX_SEGMENTS:
        raise Rejected(f"A filter may name at most {MAX_SEGMENTS} segments.", field="/filter")
    for id_ in wanted:
        if id_ not in known:
            raise Rejected(f"A segment with id {id_} does not exist.", field="/filter")
    return [known[id_] for id_ in wanted]


def statistic(name: Statistic, before: int, added: int, removed: int) -> int:
    """`before`: members at the beginning of the interval."""
    return {
        "members_added": added,
        "members_removed": removed,
        "net_members_changed": added - removed,
        "total_members": before + added - removed,
    }[name]


def _measured(params: Params, scope: Scope, rows: Sequence[Row]) -> list[tuple[KnownSegment, list[int]]]:
    """Every asked segment with its statistics."""
    found = {(row.group_id, row.early): row for row in rows}
    measured = []
    for segment in segments(params.filter, scope):
        old, new = found.get((segment.id, 1)), found.get((segment.id, 0))
        before = old.added - old.removed if old else 0
        changed = (new.added, new.removed) if new else (0, 0)
        measured.append((segment, [statistic(name, before, *changed) for name in params.statistics]))
    return measured


def answer(params: Params, scope: Scope, rows: Sequence[Row]) -> Answer:
    results = [
        {
            "groupings": {"segment_id": segment.id},
            "statistics": dict(zip(params.statistics, numbers, strict=True)),
        }
        for segment, numbers in _measured(params, scope, rows)
    ]
    return Answer({"results": results}, max((row.newest for row in rows), default=None))


def table(params: Params, scope: Scope, rows: Sequence[Row]) -> Result:
    """A line for each segment."""
    columns = (
        Column("segment_id", "string"),
        Column("segment_name", "string"),
        *(Column(name, "integer") for name in params.statistics),
    )
    lines: list[list[str | int | float | None]] = [
        [segment.id, segment.name, *numbers] for segment, numbers in _measured(params, scope, rows)
    ]
    return Result(columns, lines, max((row.newest for row in rows), default=None))


EXAMPLES = (
    Example(
        "last_quarter",
        Params(
            ["total_members", "members_added", "members_removed", "net_members_changed"],
            ReportingTimeframe("last_3_months"),
        ),
        "All segments: who came, who left, and how many members there were at the end of June.",
    ),
)

REPORT = Report(
    kind="segment_values", params=Params, row=Row, query=query, table=table, examples=EXAMPLES,
    needs=frozenset({"segments", "last_profile"}),
)  # fmt: skip
