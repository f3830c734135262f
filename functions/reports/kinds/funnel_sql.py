"""The SQL of a funnel: every anchor's way, step by step (docs/adr/0092).

A row of `w1`, `w2`, … is an anchor, an event of the first step: `no` numbers a profile's anchors by time, `t1`, `t2`,
… are the times of the events that its steps chose, null from the step on that it did not reach. Where no event can
serve two steps the earliest event at or behind the last one is chosen: a running minimum over the next step's
events, latest first. Otherwise `used` holds the ids chosen at the latest time, so that of the events at that same
time only others can be chosen, by event_id; the running minimum then looks at later times only. Of events at one
time a step needs no more than the funnel has steps.

Every table is read once by the next one, so that an engine which repeats common table expressions does so once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from cdp.filters.placeholders import Placeholders
from cdp.query.counted import occurrences
from cdp.query.membership import members_at
from cdp.query.sql import Query
from functions.reports.kinds.funnel_definition import Way
from functions.reports.kinds.funnel_plan import Plan
from functions.reports.report import MOMENT, Scope
from functions.reports.tally import directly

_INSTANT = "TIMESTAMP(6) WITH TIME ZONE"
_FIRST = "row_number() OVER (PARTITION BY profile_no ORDER BY occurred_at, event_id) AS no, occurred_at AS t1"
_MEMBERS = "WHERE profile_no IN (SELECT profile_no FROM members)"
_EARLIEST = """
SELECT profile_no, occurred_at, event_id FROM (
  SELECT profile_no, occurred_at, event_id, rank() OVER (PARTITION BY profile_no ORDER BY occurred_at) AS early FROM {source}
) AS ranked WHERE early = 1"""
_CAPPED = """
SELECT profile_no, occurred_at, event_id FROM (
  SELECT profile_no, occurred_at, event_id,
    row_number() OVER (PARTITION BY profile_no, occurred_at ORDER BY event_id) AS place FROM {source}
) AS placed WHERE place <= {most}"""
_NEXT = """
SELECT profile_no, no, {times}, {kept}next_at
FROM (
  SELECT profile_no, no, {times}, {kept}is_next, min(event_at) OVER (
    PARTITION BY profile_no ORDER BY t{k} DESC, is_next {order} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
  ) AS next_at
  FROM (
    SELECT profile_no, no, {times}, {kept}0 AS is_next, CAST(NULL AS {instant}) AS event_at FROM {before}
    UNION ALL
    SELECT profile_no, CAST(NULL AS BIGINT), {nulls}occurred_at, {no_kept}1, occurred_at FROM {source}
  ) AS both_
) AS carried
WHERE is_next = 0"""


def ways(way: Way, start: datetime, end: datetime, scope: Scope) -> Query:
    """A row for each step: `step` from 1, `profiles`, lower and upper middle of the milliseconds from the step
    before, `newest` event chosen."""
    values = Placeholders()
    tables = dict(_sources(way, start, end, scope))
    tables_text = dict(_first(way, values))
    for k in range(1, len(way.stages)):
        step = _plain_step if way.disjoint else _careful_step
        tables_text |= step(k, way, values)
    count = len(way.stages)
    common = ", ".join(f"{name} AS ({text})" for name, text in {**tables_text, **_summary(count)}.items())
    query = values.select(f"WITH {common} {_unfolded(count)}", tables)
    if not way.disjoint:
        return query
    until = max(start, latest(way, end, scope))
    counted = [stage.counted for stage in way.stages]
    direct = None if way.segment_id is not None else directly(counted, start, until, scope, "step")
    plan = Plan(tables, start, min(end, until), until, way.window, scope.last_profile, direct)
    return replace(query, duckdb=plan)


def _sources(way: Way, start: datetime, end: datetime, scope: Scope) -> Iterator[tuple[str, Query]]:
    """Events of each step, and the members of the segment."""
    if way.segment_id is not None:
        yield "members", members_at([way.segment_id], scope.as_of)
    for k, stage in enumerate(way.stages, 1):
        yield f"e{k}", occurrences(stage.counted, start, end if k == 1 else latest(way, end, scope), scope)


def latest(way: Way, end: datetime, scope: Scope) -> datetime:
    """Behind the last moment of which events count."""
    return scope.now if way.window is None else min(scope.now, end + way.window + MOMENT)


def _first(way: Way, values: Placeholders) -> Iterator[tuple[str, str]]:
    """The anchors. Without a window the earliest time leads as far as any other."""
    condition = _MEMBERS if way.segment_id is not None else ""
    yield "a0", f"SELECT profile_no, occurred_at, event_id FROM e1 {condition}"
    source = "a0"
    if way.window is None:
        yield "a1", _EARLIEST.format(source="a0")
        source = "a1"
    most = 1 if way.disjoint else len(way.stages)
    yield "a2", _CAPPED.format(source=source, most=values.add(most))
    used = "" if way.disjoint else f", {_listed('event_id')} AS used"
    yield "w1", f"SELECT profile_no, {_FIRST}{used} FROM a2"


def _plain_step(k: int, way: Way, values: Placeholders) -> Iterator[tuple[str, str]]:
    yield f"n{k}", _next(k, kept="", source=f"e{k + 1}", inclusive=True)
    yield f"w{k + 1}", f"SELECT profile_no, no, {_times(k)}, {_reached(k, way, values)} AS t{k + 1} FROM n{k}"


def _careful_step(k: int, way: Way, values: Placeholders) -> Iterator[tuple[str, str]]:
    """First what can be chosen at the same time, then what is later."""
    times, unused = _times(k), f"strpos(w.used, {_listed('c.event_id')}) = 0"
    yield f"c{k + 1}", _CAPPED.format(source=f"e{k + 1}", most=values.add(len(way.stages)))
    held = ", ".join(f"w.{name}" for name in ("profile_no", "no", *times.split(", "), "used"))
    yield (
        f"s{k}",
        f"SELECT {held}, min(CASE WHEN {unused} THEN c.event_id END) AS same_id FROM w{k} AS w "
        f"LEFT JOIN c{k + 1} AS c ON c.profile_no = w.profile_no AND c.occurred_at = w.t{k} GROUP BY {held}",
    )
    yield f"f{k + 1}", f"SELECT profile_no, occurred_at, min(event_id) AS first_id FROM c{k + 1} GROUP BY 1, 2"
    yield f"n{k}", _next(k, kept="used, same_id, ", source=f"f{k + 1}", inclusive=False)
    reached = _reached(k, way, values)
    named = ", ".join(f"n.{name}" for name in ("profile_no", "no", *times.split(", ")))
    yield (
        f"w{k + 1}",
        f"SELECT {named}, CASE WHEN n.same_id IS NOT NULL THEN n.t{k} ELSE {reached} END AS t{k + 1}, "
        f"CASE WHEN n.same_id IS NOT NULL THEN n.used || {_listed('n.same_id')} ELSE {_listed('f.first_id')} END AS used "
        f"FROM n{k} AS n LEFT JOIN f{k + 1} AS f ON f.profile_no = n.profile_no AND f.occurred_at = n.next_at",
    )


def _next(k: int, *, kept: str, source: str, inclusive: bool) -> str:
    return _NEXT.format(
        k=k, kept=kept, source=source, times=_times(k), before=f"s{k}" if kept else f"w{k}", instant=_INSTANT,
        order="DESC" if inclusive else "ASC", nulls=f"CAST(NULL AS {_INSTANT}), " * (k - 1),
        no_kept="CAST(NULL AS VARCHAR), CAST(NULL AS BIGINT), " if kept else "",
    )  # fmt: skip


def _reached(k: int, way: Way, values: Placeholders) -> str:
    """The time of the next step if the way goes on."""
    alive = f"t{k} IS NOT NULL"
    if way.window is None:
        return f"CASE WHEN {alive} THEN next_at END"
    limit = values.add(int(way.window.total_seconds()))
    return f"CASE WHEN {alive} AND next_at <= date_add('second', {limit}, t1) THEN next_at END"


def _times(k: int) -> str:
    return ", ".join(f"t{i}" for i in range(1, k + 1))


def _listed(id_: str) -> str:
    return f"',' || CAST({id_} AS VARCHAR) || ','"


def _summary(count: int) -> dict[str, str]:
    """For each step the first of a profile's anchors that came so far, then everything in one row."""
    firsts = ", ".join(
        f"min(CASE WHEN t{k} IS NOT NULL THEN no END) OVER (PARTITION BY profile_no) AS f{k}"
        for k in range(2, count + 1)
    )
    columns = ["count(CASE WHEN no = 1 THEN 1 END) AS n1", "max(t1) AS m1"]
    for k in range(2, count + 1):
        columns += [
            f"count(CASE WHEN no = f{k} THEN 1 END) AS n{k}",
            f"max(t{k}) AS m{k}",
            f"element_at(array_sort(array_agg(d{k})), (count(d{k}) + 1) / 2) AS l{k}",
            f"element_at(array_sort(array_agg(d{k})), count(d{k}) / 2 + 1) AS h{k}",
        ]
    waits = ", ".join(
        f"CASE WHEN no = f{k} THEN date_diff('millisecond', t{k - 1}, t{k}) END AS d{k}" for k in range(2, count + 1)
    )
    kept = ", ".join(f"f{k}" for k in range(2, count + 1))
    return {
        "led": f"SELECT no, {_times(count)}, {firsts} FROM w{count}",
        "waited": f"SELECT no, {_times(count)}, {kept}, {waits} FROM led",
        "one": f"SELECT {', '.join(columns)} FROM waited",
    }


def _unfolded(count: int) -> str:
    """A row for each step out of the one row."""
    steps = " UNION ALL ".join(f"SELECT {k} AS step" for k in range(1, count + 1))

    def case(letter: str, first: str) -> str:
        whens = " ".join(f"WHEN {k} THEN {letter}{k}" for k in range(2, count + 1))
        return f"CASE step WHEN 1 THEN {first} {whens} END"

    return (
        f"SELECT step, {case('n', 'n1')} AS profiles, {case('l', 'CAST(NULL AS BIGINT)')} AS low, "
        f"{case('h', 'CAST(NULL AS BIGINT)')} AS high, {case('m', 'm1')} AS newest "
        f"FROM one CROSS JOIN ({steps}) AS steps ORDER BY step"
    )
