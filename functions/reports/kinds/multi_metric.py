"""Multi-metric: up to ten metrics or custom metrics side by side, by attribution or a profile property (SPEC §13).

A row for each group and interval (one row a group without an interval), and a set of columns for each metric. By
attribution an event counts under the message that it is owed to, in parts where several share it; under the empty
group if it is owed to none. `unique` counts profiles within the cell and does not add up.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from cdp.errors import Rejected
from cdp.query.counted import Counted, occurrences
from cdp.query.sql import Query, select
from functions.reports.attribution import WHOLE, credits_of
from functions.reports.measures import Measurements, Row, Shown, grid, totals
from functions.reports.periods import Interval, Timeframe, period
from functions.reports.properties import NAME, Condition, Conditions, Name, Property, read, sifted
from functions.reports.report import Example, Report, Result, Scope
from functions.reports.tally import directly

MAX_METRICS = 10
ATTRIBUTED = {f"$attributed_{name}": name for name in ("channel", "campaign", "flow", "message", "variation")}
_COLUMNS = ("metric", "profile_no", "occurred_at", "event_id", "units")


class Dimension(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of source `attribution`: `$attributed_channel`, `$attributed_campaign`, `$attributed_flow`,
    `$attributed_message` or `$attributed_variation`; of source `profile`: an attribute, or a custom property."""

    property: Name
    source: Literal["attribution", "profile"] = "attribution"


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`total` counts events, `unique` profiles; `value_sum` (or `value`) and `value_avg` are of the events'
    values. Without an `interval` the whole period is one. All filters must hold, for every metric."""

    metric_ids: Annotated[list[str], Meta(min_length=1, max_length=MAX_METRICS)]
    timeframe: Timeframe = Timeframe(key="last_30_days")
    interval: Interval | None = "daily"
    measurements: Measurements = msgspec.field(default_factory=lambda: ["total"])
    group_by: Annotated[list[Dimension], Meta(max_length=1)] = []
    filters: Conditions = []

    @property
    def group(self) -> Dimension | None:
        return self.group_by[0] if self.group_by else None

    @property
    def attributed(self) -> str | None:
        """The column of the credit that names the group."""
        if self.group is None or self.group.source != "attribution":
            return None
        found = ATTRIBUTED.get(self.group.property)
        if found is None:
            raise Rejected(f"Use one of {', '.join(ATTRIBUTED)}.", field="/group_by/0/property")
        return found


def query(params: Params, scope: Scope) -> Query:
    """One row for each metric, interval and group that has events."""
    start, end = period(params.timeframe, scope, "/timeframe")
    counted = _counted(params, scope)
    by_profile = params.group is not None and params.group.source == "profile"
    group = Property(params.group.property, "profile") if params.group and by_profile else None
    wanted = read(params.filters, group)
    events = sifted(_united(counted, start, end, scope, wanted.keep), _COLUMNS, wanted, scope)
    by = ["metric"]
    if params.group is not None:
        by.append(NAME)
        if params.attributed is not None:
            events = _credited(events, params.attributed, start, end, scope)
    weighted = params.attributed is not None
    direct = None if params.group or params.filters else directly(counted, start, end, scope, "metric")
    return totals(
        events, by, params.measurements, params.timeframe, params.interval, scope, weighted=weighted, direct=direct
    )


def _counted(params: Params, scope: Scope) -> list[Counted]:
    if len(set(params.metric_ids)) < len(params.metric_ids):
        raise Rejected("Name each metric once.", field="/metric_ids")
    return [scope.counted(id_, f"/metric_ids/{n}") for n, id_ in enumerate(params.metric_ids)]


def _united(counted: Sequence[Counted], start: datetime, end: datetime, scope: Scope, keep: Sequence[str]) -> Query:
    """The events of all metrics, each with the place of its metric; plain metrics are read at once."""
    places = {one.groups[0].metric.no: n for n, one in enumerate(counted) if not one.custom}
    parts = {f"m{n}": occurrences(one, start, end, scope, keep) for n, one in enumerate(counted) if one.custom}
    columns = ", ".join(["profile_no", "occurred_at", "event_id", "units", *keep])
    texts = [f"SELECT {name[1:]} AS metric, {columns} FROM {name}" for name in parts]
    if places:
        plain = Counted("", "", tuple(group for one in counted if not one.custom for group in one.groups))
        parts["plain"] = occurrences(plain, start, end, scope, ("metric_id", *keep))
        cases = " ".join(f"WHEN {no} THEN {n}" for no, n in places.items())
        texts.append(f"SELECT CASE metric_id {cases} END AS metric, {columns} FROM plain")
    return select(" UNION ALL ".join(texts), months=None, **parts)


# The units are split as cdp.attribution splits them; here, because two metrics may see other amounts in one event.
_CREDITED = """
WITH shares AS (
  SELECT event_id, {group}, weight, count(*) OVER (PARTITION BY event_id) AS parts, row_number() OVER (
    PARTITION BY event_id ORDER BY touched_at DESC, kind DESC, received_at DESC, touch_id DESC) AS part
  FROM credits
)
SELECT e.metric, e.profile_no, e.occurred_at, coalesce(s.weight, {whole}) AS weight, coalesce(s.{group}, '') AS name,
  CASE WHEN s.event_id IS NULL THEN e.units
    ELSE e.units / nullif(s.parts, 0) + CASE WHEN s.part > abs(e.units % nullif(s.parts, 0)) THEN 0
      WHEN e.units < 0 THEN -1 ELSE 1 END END AS units
FROM conversions AS e LEFT JOIN shares AS s ON s.event_id = e.event_id
"""
_ONCE = "SELECT DISTINCT profile_no, occurred_at, event_id, CAST(NULL AS BIGINT) AS units FROM shown"


def _credited(events: Query, group: str, start: datetime, end: datetime, scope: Scope) -> Query:
    """Each event once for every message that it is owed to, with its share; once as a whole if to none."""
    credits_ = credits_of(select(_ONCE, shown=events), start, end, scope)
    return select(_CREDITED.format(group=group, whole=WHOLE), conversions=events, credits=credits_)


def table(params: Params, scope: Scope, rows: Sequence[Row]) -> Result:
    counted = _counted(params, scope)
    names = [one.name for one in counted]
    heads = [one.name if names.count(one.name) == 1 else f"{one.name} ({one.id})" for one in counted]
    shown = [Shown(one, f"{head} ") for one, head in zip(counted, heads, strict=True)]
    group = None if params.group is None else params.group.property
    weighted = params.attributed is not None
    return grid(
        rows, shown, params.measurements, params.timeframe, params.interval, group, scope, weighted=weighted
    )


EXAMPLES = (
    Example(
        "way_to_the_order",
        Params(
            metric_ids=["Viewed", "ToCart", "Begun", "Placed"],
            timeframe=Timeframe(start="2026-01-01", end="2026-06-30"),
            interval="monthly",
            measurements=["total", "unique"],
        ),
        "Visits, carts, checkouts and orders by month.",
    ),
    Example(
        "revenue_by_channel",
        Params(
            metric_ids=["Placed", "FullPrice"],
            timeframe=Timeframe(key="last_365_days"),
            interval=None,
            measurements=["total", "value_sum"],
            group_by=[Dimension("$attributed_channel")],
        ),
        "Orders, and those without a coupon, by the channel of the message that they are owed to.",
    ),
    Example(
        "by_plan",
        Params(
            metric_ids=["Placed", "Viewed"],
            timeframe=Timeframe(key="last_90_days"),
            interval=None,
            measurements=["total", "unique", "value_avg"],
            group_by=[Dimension("plan", "profile")],
            filters=[Condition("country", {"type": "string", "operator": "equals", "value": "DE"})],
        ),
        "By the plan that each customer had then; one country.",
    ),
)

REPORT = Report(
    kind="multi_metric", params=Params, row=Row, query=query, table=table, examples=EXAMPLES,
    needs=frozenset({"attribution"}),
)  # fmt: skip
