"""Flow performance: delivery of flows and what they brought (SPEC §13.2).

A row for a flow adds up its messages, so its rates are averages weighted by them. Everything counts by the time at
which the message was received; unique numbers are of people for each message.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from cdp.query.sql import Query
from functions.reports.message_performance import MOST_METRICS, Performance
from functions.reports.message_statistics_groups import FLOWS, Row
from functions.reports.periods import Interval, Timeframe
from functions.reports.report import Example, Report, Result, Scope

GroupBy = Literal["flow", "flow_message", "flow_variation"]
_MESSAGE = ("flow_id", "flow_name", "flow_message_id", "flow_message_name", "send_channel")
_SENT = Performance(
    FLOWS,
    {
        "flow": ("flow_id", "flow_name"),
        "flow_message": _MESSAGE,
        "flow_variation": (*_MESSAGE, "variation", "variation_name"),
    },
)


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`group_by`: at most one; else by flow. Flows must bear all tags."""

    conversion_metric_ids: Annotated[list[str], Meta(max_length=MOST_METRICS)] = []
    timeframe: Timeframe = Timeframe(key="last_30_days")
    interval: Interval | None = None
    group_by: Annotated[list[GroupBy], Meta(max_length=1)] = []
    tag_ids: Annotated[list[str], Meta(max_length=20)] = []


def query(params: Params, scope: Scope) -> Query:
    return _SENT.query(params, _by(params), scope)


def table(params: Params, scope: Scope, rows: Sequence[Row]) -> Result:
    return _SENT.table(params, _by(params), scope, rows)


def _by(params: Params) -> GroupBy:
    return params.group_by[0] if params.group_by else "flow"


EXAMPLES = (
    Example(
        "months_by_message",
        Params(
            conversion_metric_ids=["Placed"],
            timeframe=Timeframe(key="last_12_months"),
            interval="monthly",
            group_by=["flow_message"],
        ),
        "Twelve months of flows, by message and month.",
    ),
)

REPORT = Report(
    kind="flow_performance",
    params=Params,
    row=Row,
    query=query,
    table=table,
    examples=EXAMPLES,
    needs=frozenset(("attribution", "flows")),
)
