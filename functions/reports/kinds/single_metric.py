"""Single-metric deep dive: a metric or custom metric over time, by one property of the event or the profile (SPEC §13).

A row for each group and interval, intervals without events included. `unique` counts profiles within the
interval and does not add up. A profile's property counts with the value it had when the event happened, and events
of profiles that had none then do not count under it. A value that is no text is shown as JSON.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from cdp.query.counted import occurrences
from cdp.query.sql import Query
from functions.reports.measures import Measurements, Row, Shown, grid, totals
from functions.reports.periods import Interval, Timeframe, period
from functions.reports.properties import NAME, Condition, Conditions, Property, read, sifted
from functions.reports.report import Example, Report, Result, Scope
from functions.reports.tally import plain

_COLUMNS = ("profile_no", "occurred_at", "units")


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`total` counts events, `unique` profiles; `value_sum` (or `value`) and `value_avg` are of the events'
    values. `group_by` takes at most one property; all filters must hold."""

    metric_ids: Annotated[list[str], Meta(min_length=1, max_length=1)]
    timeframe: Timeframe = Timeframe(key="last_30_days")
    interval: Interval = "daily"
    measurements: Measurements = msgspec.field(default_factory=lambda: ["total"])
    group_by: Annotated[list[Property], Meta(max_length=1)] = []
    filters: Conditions = []

    @property
    def group(self) -> Property | None:
        return self.group_by[0] if self.group_by else None


def query(params: Params, scope: Scope) -> Query:
    """One row for each interval (and group) that has events."""
    counted = scope.counted(params.metric_ids[0], "/metric_ids/0")
    start, end = period(params.timeframe, scope, "/timeframe")
    wanted = read(params.filters, params.group)
    events = occurrences(counted, start, end, scope, wanted.keep)
    by = [] if params.group is None else [NAME]
    values = "value" in wanted.keep and plain([counted], scope)
    events = sifted(events, (*_COLUMNS, "value") if values else _COLUMNS, wanted, scope)
    return totals(events, by, params.measurements, params.timeframe, params.interval, scope, values=values)


def table(params: Params, scope: Scope, rows: Sequence[Row]) -> Result:
    shown = Shown(scope.counted(params.metric_ids[0], "/metric_ids/0"))
    group = None if params.group is None else params.group.property
    return grid(rows, [shown], params.measurements, params.timeframe, params.interval, group, scope)


EXAMPLES = (
    Example(
        "revenue_by_month",
        Params(
            metric_ids=["Placed"],
            timeframe=Timeframe(start="2026-01-01", end="2026-06-30"),
            interval="monthly",
            measurements=["total", "unique", "value_sum", "value_avg"],
        ),
        "Orders, customers and revenue by month.",
    ),
    Example(
        "weeks_by_plan",
        Params(
            metric_ids=["Placed"],
            timeframe=Timeframe(key="last_30_days"),
            interval="weekly",
            measurements=["total", "value_sum"],
            group_by=[Property("plan", "profile")],
            filters=[
                Condition("country", {"type": "string", "operator": "in", "value": ["DE", "FR"]}),
                Condition("coupon", {"type": "existence", "operator": "not-set"}),
            ],
        ),
        "Weeks by the plan that each customer had when ordering; two countries, no coupons.",
    ),
)

REPORT = Report(kind="single_metric", params=Params, row=Row, query=query, table=table, examples=EXAMPLES)
