"""Funnel: how many profiles go through some steps in their order, and where they stop (SPEC §8.2).

Profiles enter with an event of the first step in the time frame, an *anchor*. From there each step takes the earliest
event that is not before the one of the step before and serves no other step; of events at one time the one with the
lowest event_id. All lie within the window from the anchor, if there is one, and may lie behind the time frame. A
profile comes as far as the best of its anchors. Times between steps are those of the first anchor that comes to the
step.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from cdp.documents.funnels import Funnel
from cdp.errors import Rejected
from cdp.filters.events import GivenFilter
from cdp.query.sql import Query
from functions.reports.kinds import funnel_sql
from functions.reports.kinds.funnel_definition import Definition, Step, Way, way, way_of
from functions.reports.periods import Timeframe, period
from functions.reports.report import Answer, Column, Example, Report, Result, Scope
from functions.reports.requests import pointing


class Params(msgspec.Struct, frozen=True):
    """A funnel that is kept, or a definition."""

    funnel_id: str | None = None
    definition: Definition | None = None
    timeframe: Timeframe = Timeframe("last_7_days")


class Row(msgspec.Struct, frozen=True):
    """One step, from 1. `low`, `high`: the two middle waits from the step before in milliseconds (equal for an odd
    number of profiles); `newest`: the newest event that a way took."""

    step: int
    profiles: int
    low: int | None
    high: int | None
    newest: datetime | None


class Figures(msgspec.Struct, frozen=True):
    """`dropped`: profiles that did not come to the next step."""

    step: int
    label: str
    metric_id: str
    count: int
    share_of_first: float | None
    share_of_previous: float | None
    dropped: int | None
    median_seconds_from_previous: float | None


def chosen(params: Params, scope: Scope) -> Way:
    """The funnel that is asked for; `Rejected` points into the parameters."""
    if (params.funnel_id is None) == (params.definition is None):
        raise Rejected("Give either funnel_id or definition.", field="/funnel_id")
    if params.definition is not None:
        with pointing("/definition"):
            return way(params.definition, scope)
    with pointing("/funnel_id", inside=False):
        return way_of(kept(params.funnel_id or "", scope), scope)


def kept(funnel_id: str, scope: Scope) -> Funnel:
    for funnel in scope.funnels:
        if funnel.id == funnel_id:
            return funnel
    raise Rejected(f"A funnel with id {funnel_id} does not exist.", field="/funnel_id")


def query(params: Params, scope: Scope) -> Query:
    way = chosen(params, scope)
    start, end = period(params.timeframe, scope, "/timeframe")
    return funnel_sql.ways(way, start, end, scope)


def figures(params: Params, scope: Scope, rows: Sequence[Row]) -> list[Figures]:
    stages = chosen(params, scope).stages
    counts = [row.profiles for row in rows]
    return [
        Figures(
            row.step,
            stage.label,
            stage.counted.id,
            row.profiles,
            _share(row.profiles, counts[0]),
            None if n == 0 else _share(row.profiles, counts[n - 1]),
            None if n == len(rows) - 1 else row.profiles - counts[n + 1],
            None if row.low is None or row.high is None else (row.low + row.high) / 2000,
        )
        for n, (row, stage) in enumerate(zip(rows, stages, strict=True))
    ]


def _share(part: int, whole: int) -> float | None:
    return None if whole == 0 else part / whole


def table(params: Params, scope: Scope, rows: Sequence[Row]) -> Result:
    columns = (
        Column("step", "integer"), Column("label", "string"), Column("count", "integer"),
        Column("share_of_first", "number"), Column("share_of_previous", "number"), Column("dropped", "integer"),
        Column("median_seconds_from_previous", "number"),
    )  # fmt: skip
    cells: list[list[str | int | float | None]] = [
        [f.step, f.label, f.count, f.share_of_first, f.share_of_previous, f.dropped, f.median_seconds_from_previous]
        for f in figures(params, scope, rows)
    ]
    return Result(columns, cells, _newest(rows))


def answer(params: Params, scope: Scope, rows: Sequence[Row]) -> Answer:
    results = [msgspec.to_builtins(one) for one in figures(params, scope, rows)]
    return Answer({"results": results}, _newest(rows))


def _newest(rows: Sequence[Row]) -> datetime | None:
    return max((row.newest for row in rows if row.newest is not None), default=None)


_SHOP = Definition(
    [Step("Viewed"), Step("ToCart"), Step("Begun", "Checkout"), Step("Sold")], window_seconds=24 * 3600
)
EXAMPLES = (
    Example(
        "shop",
        Params(definition=_SHOP, timeframe=Timeframe("last_365_days")),
        "From the look at a product to its purchase, within a day.",
    ),
    Example(
        "second_order",
        Params(
            definition=Definition([Step("Placed", "First order"), Step("Placed", "Second order"), Step("Placed", "Third order")]),
            timeframe=Timeframe(start="2025-06-01", end="2026-05-31"),
        ),
        "How many order again, and again: the same metric in every step.",
    ),
    Example(
        "vip_tea",
        Params(
            definition=Definition(
                [
                    Step("Viewed", "Looked at tea", [GivenFilter("ProductName", {"type": "string", "operator": "equals", "value": "Tea"})]),
                    Step("FullPrice"),
                ],
                segment_id="SegVip",
            ),
            timeframe=Timeframe("last_365_days"),
        ),
        "Members of a segment who looked at one product and bought something without a coupon, a custom metric.",
    ),
)  # fmt: skip

REPORT = Report(
    kind="funnel", params=Params, row=Row, query=query, table=table, examples=EXAMPLES,
    needs=frozenset({"segments", "funnels", "last_profile"}),
)  # fmt: skip
