"""RFM: customers by recency, frequency and monetary value at two dates, and how they moved (SPEC §7).

Scores are 1 to 3. By thirds: of N customers in ascending order, t2 is the value at position ⌊N/3⌋+1, t3 that
at ⌊2N/3⌋+1; score 3 from t3 on, else 2 from t2 on, else 1. For frequency t2 is at least 2 and t3 at least 3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from cdp.documents.rfm import Dimension, Dimensions, Percentiles, Values
from cdp.errors import Rejected
from cdp.query.money import PER_UNIT, amount
from cdp.query.sql import Query, select
from functions.reports.kinds.rfm_orders import lasting, order_metric, standing
from functions.reports.kinds.rfm_plan import Plan
from functions.reports.kinds.rfm_sql import (
    END_PERCENTILES,
    END_THIRDS,
    MOVES,
    START_PERCENTILES,
    START_THIRDS,
)
from functions.reports.periods import moment, today
from functions.reports.report import Column, Example, Report, Result, Scope

GROUPS: Mapping[str, tuple[int, ...]] = {
    "champions": (333, 332, 323),
    "loyal": (321, 322, 331, 232, 233),
    "recent": (312, 313, 311, 222, 223),
    "needs_attention": (213, 221, 123, 132, 133),
    "at_risk": (231, 212, 122, 131, 211),
    "inactive": (111, 112, 113, 121),
}
NEVER = "never_purchased"
_RECENT_DAYS = (180, 365)
_THIRDS = (1, 2, 3)


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Dates mean the end of that day in account time, today means now. Default: the last 30 days.
    `metric_id` names a metric or a custom metric. Without it, or without `settings`, the account's own hold: see
    `GET /api/rfm-settings/default`."""

    start: str | None = None
    end: str | None = None
    metric_id: str | None = None
    settings: Dimensions | None = None


class Row(msgspec.Struct, frozen=True):
    """One line of one of four kinds.

    move: `customers` went from group `origin` (null: never purchased) to `arrival` (null: what they were at
    the start no longer counts: every order was cancelled or refunded since).
    median: the one or two values in the middle of a group's customers at `cut` (start or end).
    threshold: from which frequency and value scores 2 and 3 begin at `cut`; money in 1/10000 units.
    basis: `customers` at the end, `orders_high` of them with three orders or more; whole days since their newest
    order (`days_low`) and since the oldest one (`days_high`).
    """

    section: Literal["move", "median", "threshold", "basis"]
    cut: Literal["start", "end"] | None
    origin: str | None
    arrival: str | None
    customers: int
    days_low: int | None = None
    days_high: int | None = None
    orders_low: int | None = None
    orders_high: int | None = None
    units_low: int | None = None
    units_high: int | None = None
    newest: datetime | None = None
    unconverted: int | None = None


def query(params: Params, scope: Scope) -> Query:
    """Moves between groups, medians, thresholds and what they rest on in one result."""
    start, end = cuts(params, scope)
    dimensions = asked(params, scope)
    metric = order_metric(params.metric_id, scope)
    customers = standing(metric, start, end, scope)
    values = {"standing": customers, **_values(dimensions)}
    found = rules(dimensions)
    portable = select(MOVES, months=None, start=start, end=end, **values, **found)
    money = _positions(dimensions.monetary)
    return replace(
        portable, duckdb=Plan(portable, customers, lasting(metric, end, scope), start, end, found, money, GROUPS, scope.last_profile)
    )


def asked(params: Params, scope: Scope) -> Dimensions:
    """The settings given, or the account's."""
    return params.settings or scope.rfm.dimensions


def _values(settings: Dimensions) -> dict[str, Query]:
    """Where the scores of money begin, at both cuts."""
    given = settings.monetary.percentiles
    if given is None:
        return {"start_values": select(START_THIRDS), "end_values": select(END_THIRDS)}
    return {
        "start_values": select(START_PERCENTILES, average=given.average, best=given.best),
        "end_values": select(END_PERCENTILES, average=given.average, best=given.best),
    }


def rules(settings: Dimensions) -> dict[str, int | bool]:
    """Values of the placeholders that make scores out of days, orders and money."""
    recency = settings.recency.values or Values(*_RECENT_DAYS)
    by_orders, by_value = settings.frequency.values, settings.monetary.values
    f2, f3, f_of = _positions(settings.frequency)
    return {
        "r3": recency.best,
        "r2": recency.average,
        "f_fixed": by_orders is not None,
        "f3": by_orders.best if by_orders else 3,
        "f2": by_orders.average if by_orders else 2,
        "m_fixed": by_value is not None,
        "m3": by_value.best * PER_UNIT if by_value else 0,
        "m2": by_value.average * PER_UNIT if by_value else 0,
        "f2_part": f2,
        "f3_part": f3,
        "f_of": f_of,
    }


def _positions(dimension: Dimension) -> tuple[int, int, int]:
    """Numerators of both positions and their denominator."""
    given = dimension.percentiles
    return (given.average, given.best, 100) if given else _THIRDS


def check(settings: Dimensions) -> None:
    """What types cannot say; `Rejected` points into the settings."""
    if settings.recency.percentiles is not None:
        raise Rejected("Recency goes by values only.", field="/settings/recency/percentiles")
    for name in ("recency", "frequency", "monetary"):
        dimension: Dimension = getattr(settings, name)
        if dimension.values is not None and dimension.percentiles is not None:
            raise Rejected("Give values or percentiles, not both.", field=f"/settings/{name}")
        for way in ("values", "percentiles"):
            limits: Values | Percentiles | None = getattr(dimension, way)
            if limits is None:
                continue
            stricter = limits.best < limits.average if name == "recency" else limits.best > limits.average
            if not stricter:
                raise Rejected("best must be stricter than average.", field=f"/settings/{name}/{way}/best")


def cuts(params: Params, scope: Scope) -> tuple[datetime, datetime]:
    """The open ends (UTC) of what counts at the start and at the end."""
    check(asked(params, scope))
    first = params.start or (today(scope) - timedelta(days=30)).isoformat()
    last = params.end or today(scope).isoformat()
    start, end = _cut(first, scope, "/start"), _cut(last, scope, "/end")
    if start >= end:
        raise Rejected("start must be earlier than end.", field="/start")
    return start, end


def _cut(text: str, scope: Scope, field: str) -> datetime:
    if text == today(scope).isoformat():
        return scope.now
    cut = moment(text, scope, field, end_of_day=True)
    if cut > scope.now:
        raise Rejected(f"{text} lies in the future.", field=field)
    return cut


def table(params: Params, scope: Scope, rows: Sequence[Row]) -> Result:
    """One line per move."""
    columns = (Column("from", "string"), Column("to", "string"), Column("customers", "integer"))
    moves = [row for row in rows if row.section == "move" and row.arrival is not None]
    cells: list[list[str | int | float | None]] = [[r.origin or NEVER, r.arrival, r.customers] for r in moves]
    return Result(columns, cells, data_through(rows))


def data_through(rows: Sequence[Row]) -> datetime | None:
    return max((row.newest for row in rows if row.newest is not None), default=None)


def median(low: int | None, high: int | None) -> float | int | None:
    """The middle of a sorted list, from its one or two middle values."""
    if low is None or high is None:
        return None
    return low if low == high else (low + high) / 2


def median_amount(low: int | None, high: int | None) -> float | None:
    return None if low is None or high is None else amount(low + high, 2)


EXAMPLES = (
    Example("thirty_days", Params(start="2026-05-31", end="2026-06-30"), "The default period, by thirds."),
    Example(
        "by_values",
        Params(
            start="2025-12-31",
            end="2026-06-30",
            settings=Dimensions(
                recency=Dimension(values=Values(60, 120)),
                frequency=Dimension(values=Values(5, 2)),
                monetary=Dimension(percentiles=Percentiles(90, 50)),
            ),
        ),
        "Half a year, with limits of one's own: values for recency and frequency, percentiles for money.",
    ),
    Example(
        "custom_metric",
        Params(start="2026-05-31", end="2026-06-30", metric_id="FullPrice"),
        "Only orders without a coupon: a custom metric.",
    ),
)

REPORT = Report(
    kind="rfm",
    params=Params,
    row=Row,
    query=query,
    table=table,
    examples=EXAMPLES,
    needs=frozenset({"rfm", "segments", "last_profile"}),
)
