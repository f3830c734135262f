"""Conversion overview: all conversions and the attributed ones, people by how often they converted (SPEC §9).

Conversions count by the time when they happened. With a segment only those of people who were in it at that time
count. Each group holds the profiles with so many conversions; the groups add up to the overview. `active_profiles`
could receive e-mail at some moment of the period. Changes are against the period of comparison, as fractions.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from cdp.query import membership
from cdp.query.counted import occurrences
from cdp.query.money import amount
from cdp.query.sql import Query, select
from functions.reports import reachable
from functions.reports.attribution import touches_of
from functions.reports.comparison import Comparison, Key, compared
from functions.reports.kinds.conversion_overview_sql import CONVERTED, MEMBERS_ABLE, OF_MEMBERS, WHOLE, WITHIN
from functions.reports.periods import Timeframe, period
from functions.reports.report import Column, Example, Report, Result, Scope

MOST = 10  # the last group: so many conversions or more


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`conversion_metric_id` names a metric or a custom metric. `comparison` may be just a key."""

    conversion_metric_id: str
    timeframe: Timeframe = Timeframe(key="last_30_days")
    comparison: Comparison | Key = Comparison(key="previous_period")
    segment_id: str | None = None


class Row(msgspec.Struct, frozen=True):
    """Profiles with so many conversions (0: those able to receive e-mail), `part` now or before. `credited`
    conversions are attributed to a message; `units` are 1/10000 of the currency."""

    part: str
    conversions: int
    profiles: int
    total: int
    credited: int
    units: int
    credited_units: int
    newest: datetime | None


def query(params: Params, scope: Scope) -> Query:
    """At most eleven rows for the period and as many for that of comparison."""
    counted = scope.counted(params.conversion_metric_id, "/conversion_metric_id")
    if params.segment_id is not None:
        scope.segment(params.segment_id, "/segment_id")
    start, end = period(params.timeframe, scope, "/timeframe")
    earlier, until = compared(params.comparison, params.timeframe, scope, "/comparison")
    low, high = min(start, earlier), max(end, until)
    found = occurrences(counted, low, high, scope)
    bounds: dict[str, Any] = {"start": start, "end": end, "earlier": earlier, "until": until}
    found = found.where(WITHIN, **bounds)
    able = reachable.able((start, end), (earlier, until))
    if params.segment_id is not None:
        spans = membership.spans([params.segment_id])
        found = select(OF_MEMBERS, found=found, spans=spans)
        able = select(MEMBERS_ABLE, able=able, spans=spans, **bounds)
    touched = touches_of(select(CONVERTED), low, high, scope)
    return select(WHOLE, converted=found, touched=touched, able=able, most=MOST, **bounds)


def label(conversions: int) -> int | str:
    return f"{MOST}+" if conversions == MOST else conversions


def table(params: Params, scope: Scope, rows: Sequence[Row]) -> Result:
    """A line for each group, of the period alone."""
    revenue = scope.counted(params.conversion_metric_id, "/conversion_metric_id").revenue
    columns = (
        Column("conversions", "string"),
        Column("profiles", "integer"),
        Column("total_conversions", "integer"),
        Column("attributed_conversions", "integer"),
        *((Column("revenue", "money"), Column("attributed_revenue", "money")) if revenue else ()),
    )
    lines: list[list[str | int | float | None]] = []
    for row in groups(rows, "now"):
        money = [amount(row.units), amount(row.credited_units)] if revenue else []
        lines.append([str(label(row.conversions)), row.profiles, row.total, row.credited, *money])
    return Result(columns, lines, data_through(rows))


def groups(rows: Sequence[Row], part: str) -> list[Row]:
    """All ten groups, also those that nobody is in."""
    found = {row.conversions: row for row in rows if row.part == part}
    return [found.get(n) or Row(part, n, 0, 0, 0, 0, 0, None) for n in range(1, MOST + 1)]


def data_through(rows: Sequence[Row]) -> datetime | None:
    return max((row.newest for row in rows if row.newest is not None), default=None)


EXAMPLES = (
    Example(
        "last_90_days",
        Params("Placed", Timeframe(key="last_90_days")),
        "Orders of ninety days against the ninety before.",
    ),
    Example(
        "half_year_of_vips",
        Params(
            "FullPrice", Timeframe(start="2026-01-01", end="2026-06-30"), Comparison(key="previous_year"), "SegVip"
        ),
        "Orders without a coupon that VIPs placed while they were VIPs.",
    ),
)

REPORT = Report(
    kind="conversion_overview", params=Params, row=Row, query=query, table=table, examples=EXAMPLES,
    needs=frozenset({"segments", "attribution"}),
)  # fmt: skip
