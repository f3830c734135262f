"""Flow values: what flows sent in a period, and what came of it (SPEC §22).

A message counts by the time at which it was received; opens, clicks and conversions count for the receipt that they
belong to, whenever they happened. Unique numbers are of people for each message.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from cdp.query.sql import Query
from functions.reports import message_statistics_reports as reports
from functions.reports.message_statistics_groups import FLOWS, Row
from functions.reports.report import Answer, Example, Report, Result, Scope
from functions.reports.reporting_periods import ReportingTimeframe

NEEDS = frozenset(("attribution", "flows"))


class Params(msgspec.Struct, frozen=True):
    """`group_by` holds flow_id and flow_message_id, or is left out: by these and send_channel. `filter`: conditions
    that all must hold, one for each attribute."""

    statistics: reports.Statistics
    timeframe: ReportingTimeframe
    conversion_metric_id: str
    group_by: list[str] | None = None
    filter: str | None = None
    page_cursor: str | None = None


def query(params: Params, scope: Scope) -> Query:
    """One row for each message (and what it is grouped by) and kind of event."""
    return reports.query(FLOWS, params, scope)


def answer(params: Params, scope: Scope, rows: Sequence[Row]) -> Answer:
    return reports.values(FLOWS, params, scope, rows)


def table(params: Params, scope: Scope, rows: Sequence[Row]) -> Result:
    return reports.values_table(FLOWS, params, scope, rows)


EXAMPLES = (
    Example(
        "by_message",
        Params(
            statistics=["recipients", "bounced", "opens", "click_to_open_rate", "conversion_rate", "conversion_value"],
            timeframe=ReportingTimeframe(key="last_12_months"),
            conversion_metric_id="Placed",
        ),
        "Twelve months of flows, by message and channel.",
    ),
)

REPORT = Report(kind="flow_values", params=Params, row=Row, query=query, table=table, examples=EXAMPLES, needs=NEEDS)
