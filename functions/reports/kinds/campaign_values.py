"""Campaign values: what campaigns sent in a period, and what came of it (SPEC §22).

A campaign counts by the time at which its messages were received; opens, clicks and conversions count for the
receipt that they belong to, whenever they happened. Unique numbers are of people for each message.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from cdp.query.sql import Query
from functions.reports import message_statistics_reports as reports
from functions.reports.message_statistics_groups import CAMPAIGNS, Row
from functions.reports.report import Answer, Example, Report, Result, Scope
from functions.reports.reporting_periods import ReportingTimeframe

NEEDS = frozenset(("attribution", "campaigns", "groups"))


class Params(msgspec.Struct, frozen=True):
    """`group_by` holds campaign_id and campaign_message_id, or is left out: by these and send_channel. `filter`:
    conditions that all must hold, one for each attribute."""

    statistics: reports.Statistics
    timeframe: ReportingTimeframe
    conversion_metric_id: str
    group_by: list[str] | None = None
    filter: str | None = None
    page_cursor: str | None = None


def query(params: Params, scope: Scope) -> Query:
    """One row for each message (and what it is grouped by) and kind of event."""
    return reports.query(CAMPAIGNS, params, scope)


def answer(params: Params, scope: Scope, rows: Sequence[Row]) -> Answer:
    return reports.values(CAMPAIGNS, params, scope, rows)


def table(params: Params, scope: Scope, rows: Sequence[Row]) -> Result:
    return reports.values_table(CAMPAIGNS, params, scope, rows)


EXAMPLES = (
    Example(
        "by_message",
        Params(
            statistics=["recipients", "delivered", "open_rate", "click_rate", "conversions", "conversion_value"],
            timeframe=ReportingTimeframe(key="last_365_days"),
            conversion_metric_id="Placed",
            group_by=["campaign_id", "campaign_message_id", "campaign_message_name", "send_channel"],
        ),
        "A year of campaigns, by message and channel.",
    ),
    Example(
        "email_by_variation",
        Params(
            statistics=["opens_unique", "clicks_unique", "bounce_rate", "revenue_per_recipient"],
            timeframe=ReportingTimeframe(start="2025-07-01", end="2026-06-30"),
            conversion_metric_id="FullPrice",
            group_by=["campaign_id", "campaign_message_id", "variation"],
            filter='equals(send_channel,"email")',
        ),
        "E-mails by variation, with orders without a coupon as conversions.",
    ),
)

REPORT = Report(
    kind="campaign_values", params=Params, row=Row, query=query, table=table, examples=EXAMPLES, needs=NEEDS
)
