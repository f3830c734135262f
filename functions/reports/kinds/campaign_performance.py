"""Campaign performance: delivery of campaigns and what they brought, one row per campaign and channel (SPEC §13.2).

Everything counts by the time at which the message was received. Unique numbers are of people for each message, and
are added up over the messages of a row; rates are of the sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from cdp.query.sql import Query
from functions.reports.message_performance import MOST_METRICS, Performance
from functions.reports.message_statistics_groups import CAMPAIGNS, Row
from functions.reports.periods import Interval, Timeframe
from functions.reports.report import Example, Report, Result, Scope

GroupBy = Literal["campaign", "campaign_variation", "audience", "inbox_provider"]
_SENT = Performance(
    CAMPAIGNS,
    {
        "campaign": ("campaign_id", "campaign_name", "send_channel"),
        "campaign_variation": ("campaign_id", "campaign_name", "send_channel", "variation", "variation_name"),
        "audience": ("group", "group_name", "send_channel"),
        "inbox_provider": ("inbox_provider", "send_channel"),
    },
)


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`group_by`: at most one; `audience` is the list or segment of the campaign that held the recipient when the
    message was received. Campaigns must bear all tags."""

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
    return params.group_by[0] if params.group_by else "campaign"


EXAMPLES = (
    Example(
        "by_campaign",
        Params(conversion_metric_ids=["Placed", "FullPrice"], timeframe=Timeframe(key="last_365_days")),
        "A year of campaigns, with orders and orders without a coupon.",
    ),
)

REPORT = Report(
    kind="campaign_performance",
    params=Params,
    row=Row,
    query=query,
    table=table,
    examples=EXAMPLES,
    needs=frozenset(("attribution", "campaigns", "groups")),
)
