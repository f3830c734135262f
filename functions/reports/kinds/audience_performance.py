"""Audience performance: for each segment its size, and what messages brought from its members (SPEC §11).

Messages that were received in the period count, with the conversions that are attributed to them, whenever those
happened. A conversion counts in every segment that its person was in when converting; so there is no total of all
segments. The total of a segment is over all channels. Members and their change are of the period's end and start.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from cdp.errors import Rejected
from cdp.jsonapi.times import format_instant
from cdp.query import membership
from cdp.query.counted import occurrences
from cdp.query.money import amount
from cdp.query.sql import Query, select
from functions.reports.attribution import WHOLE, credits_of
from functions.reports.periods import Timeframe, period, years_later
from functions.reports.report import Answer, Column, Example, KnownSegment, Report, Result, Scope

Cell = str | int | float | None
CHANNELS = ("email", "sms", "push", "whatsapp")
STATISTICS = (
    "members", "size_change", "size_change_percent",
    *(f"{channel}_{what}" for channel in (*CHANNELS, "total") for what in ("conversions", "value")),
)  # fmt: skip
_COLUMNS = ("segment_name", "segment_id", "created", *STATISTICS)
_DAY = timedelta(days=1)


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`scope`: the starred segments, or all active ones. `sort`: one of the columns, with a minus from the greatest
    on; what is not available comes last. The period spans at most a year and begins no earlier than the log of
    memberships."""

    conversion_metric_id: str
    timeframe: Timeframe = Timeframe(key="last_7_days")
    scope: Literal["starred", "all"] = "starred"
    sort: str = "segment_name"


class Row(msgspec.Struct, frozen=True):
    """`channel` set: what messages of that channel brought; `weight` in millionths of a conversion, `units` 1/10000
    of the currency. Without a channel: the members at the period's start and end; without a segment: when the log
    begins."""

    segment_id: str | None
    channel: str | None
    before: int
    members: int
    weight: int
    units: int
    newest: datetime | None


_ROWS = """
SELECT s.group_id AS segment_id, c.channel, 0 AS before, 0 AS members, sum(c.weight) AS weight,
  coalesce(sum(c.units), 0) AS units, max(c.occurred_at) AS newest
FROM credited AS c
JOIN spans AS s ON s.profile_no = c.profile_no
  AND s.since <= c.occurred_at AND (s.until IS NULL OR c.occurred_at < s.until)
WHERE c.received_at >= :start AND c.received_at < :end AND c.channel IS NOT NULL
GROUP BY s.group_id, c.channel
UNION ALL
SELECT group_id, CAST(NULL AS VARCHAR), count(CASE WHEN since < :start AND (until IS NULL OR until >= :start) THEN 1 END),
  count(CASE WHEN since < :end AND (until IS NULL OR until >= :end) THEN 1 END), 0, 0,
  CAST(NULL AS TIMESTAMP(6) WITH TIME ZONE)
FROM spans
GROUP BY group_id
UNION ALL
SELECT CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), 0, 0, 0, 0, begin FROM logged
ORDER BY segment_id, channel
"""
_CONVERSIONS = "SELECT profile_no, occurred_at, event_id, units FROM converted"


def query(params: Params, scope: Scope) -> Query:
    """For each segment a row of its members and one for each channel; one that says when the log begins."""
    counted = scope.counted(params.conversion_metric_id, "/conversion_metric_id")
    _order(params.sort)
    start, end = _period(params, scope)
    until = max(start, min(end + scope.attribution.windows.longest + _DAY, scope.now))
    return select(
        _ROWS,
        converted=occurrences(counted, start, until, scope),
        credited=credits_of(select(_CONVERSIONS), start, until, scope),
        spans=membership.spans([segment.id for segment in shown(params, scope)]),
        logged=membership.begin(),
        start=start,
        end=end,
    )


def _period(params: Params, scope: Scope) -> tuple[datetime, datetime]:
    start, end = period(params.timeframe, scope, "/timeframe")
    if params.timeframe.key is None and years_later(start.astimezone(scope.zone), 1) < end:
        raise Rejected("The period may span at most one year.", field="/timeframe/end")
    return start, end


def shown(params: Params, scope: Scope) -> list[KnownSegment]:
    """The segments of the report, by name."""
    segments = [one for one in scope.segments if one.is_active and (one.is_starred or params.scope == "all")]
    return sorted(segments, key=lambda segment: (segment.name.casefold(), segment.id))


def _order(sort: str) -> tuple[str, bool]:
    """The column to sort by; descending?"""
    name = sort.removeprefix("-")
    if name not in _COLUMNS:
        raise Rejected(f"{name!r} is no column; use one of: {', '.join(_COLUMNS)}.", field="/sort")
    return name, sort.startswith("-")


def _measured(
    params: Params, scope: Scope, rows: Sequence[Row]
) -> list[tuple[KnownSegment, dict[str, Cell]]]:
    """Every segment with its statistics, in the order that was asked for."""
    _not_before_the_log(params, scope, begin(rows))
    revenue = scope.counted(params.conversion_metric_id, "/conversion_metric_id").revenue
    found = {(row.segment_id, row.channel): row for row in rows}
    lines = [(one, _statistics(one, found, revenue)) for one in shown(params, scope)]
    name, descending = _order(params.sort)

    def key(line: tuple[KnownSegment, dict[str, Cell]]) -> object:
        segment, numbers = line
        named = {"segment_name": segment.name.casefold(), "segment_id": segment.id, "created": segment.created}
        return named[name] if name in named else numbers[name]

    there = [line for line in lines if key(line) is not None]
    there.sort(key=key, reverse=descending)  # type: ignore[arg-type]
    return [*there, *(line for line in lines if key(line) is None)]


def begin(rows: Sequence[Row]) -> datetime | None:
    """When the log of memberships begins, if anything is in it."""
    return next((row.newest for row in rows if row.segment_id is None), None)


def _not_before_the_log(params: Params, scope: Scope, log: datetime | None) -> None:
    start, _ = _period(params, scope)
    if params.timeframe.key is None and log is not None and start < log:
        day = log.astimezone(scope.zone)
        raise Rejected(
            f"The log of memberships begins at {day.isoformat(timespec='seconds')}; choose a later start.",
            field="/timeframe/start",
        )


def _statistics(
    segment: KnownSegment, found: dict[tuple[str | None, str | None], Row], revenue: bool
) -> dict[str, Cell]:
    size = found.get((segment.id, None))
    before, members = (size.before, size.members) if size else (0, 0)
    numbers: dict[str, Cell] = {
        "members": members,
        "size_change": members - before,
        "size_change_percent": (members - before) / before if before else None,
    }
    weights = units = 0
    for channel in CHANNELS:
        row = found.get((segment.id, channel))
        weight, worth = (row.weight, row.units) if row else (0, 0)
        numbers |= _figures(channel, weight, worth, revenue)
        weights, units = weights + weight, units + worth
    return numbers | _figures("total", weights, units, revenue)


def _figures(name: str, weight: int, units: int, revenue: bool) -> dict[str, Cell]:
    """Conversions are whole numbers, unless some are shared among messages of several channels."""
    conversions = weight // WHOLE if weight % WHOLE == 0 else weight / WHOLE
    return {f"{name}_conversions": conversions, f"{name}_value": amount(units) if revenue else None}


def answer(params: Params, scope: Scope, rows: Sequence[Row]) -> Answer:
    results = [
        {
            "groupings": {
                "segment_id": segment.id,
                "segment_name": segment.name,
                "created": format_instant(segment.created),
            },
            "statistics": numbers,
        }
        for segment, numbers in _measured(params, scope, rows)
    ]
    start, end = _period(params, scope)
    log = begin(rows)
    attributes: dict[str, object] = {
        "conversion_metric_id": params.conversion_metric_id,
        "start": format_instant(start),
        "end": format_instant(end),
        "membership_since": None if log is None else format_instant(log),
        "currency": scope.currency,
        "results": results,
    }
    return Answer(attributes, data_through(rows))


def data_through(rows: Sequence[Row]) -> datetime | None:
    return max((row.newest for row in rows if row.channel is not None and row.newest is not None), default=None)


def table(params: Params, scope: Scope, rows: Sequence[Row]) -> Result:
    """A line for each segment."""
    columns = [Column("segment_id", "string"), Column("segment_name", "string"), Column("created", "datetime")]
    for name in STATISTICS:
        kind = "money" if name.endswith("_value") else "number" if "size_change_" in name else "integer"
        columns.append(Column(name, kind))
    lines = [
        [segment.id, segment.name, segment.created.astimezone(scope.zone).isoformat(timespec="seconds"), *numbers.values()]
        for segment, numbers in _measured(params, scope, rows)
    ]  # fmt: skip
    return Result(tuple(columns), lines, data_through(rows))


EXAMPLES = (
    Example(
        "half_a_year",
        Params("Placed", Timeframe(start="2026-01-01", end="2026-06-30"), "all", "-total_value"),
        "All segments, that with the greatest revenue first.",
    ),
)

REPORT = Report(
    kind="audience_performance", params=Params, row=Row, query=query, table=table, examples=EXAMPLES,
    needs=frozenset({"segments", "attribution"}),
)  # fmt: skip
