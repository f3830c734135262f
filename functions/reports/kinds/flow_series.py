"""Flow series: what flows sent over time, and what came of it (SPEC §22).

Every number stands in the interval in which the message was received, also that of an order five days later.
Unique numbers are of people for each message and interval, and do not add up.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from cdp.query.sql import Query
from functions.reports import message_statistics_reports as reports
from functions.reports.message_statistics_groups import FLOWS, Row
from functions.reports.report import Answer, Example, Report, Result, Scope
from functions.reports.reporting_periods import Interval, ReportingTimeframe

NEEDS = frozenset(("attribution", "flows"))


class Params(msgspec.Struct, frozen=True):
    """As for flow values. Hourly intervals reach over at most 7 days, daily ones over 60 days, others over 52
    weeks."""

    statistics: reports.Statistics
    timeframe: ReportingTimeframe
    interval: Interval
    conversion_metric_id: str
    group_by: list[str] | None = None
    filter: str | None = None
    page_cursor: str | None = None


def query(params: Params, scope: Scope) -> Query:
    """One row for each message (and what it is grouped by), interval and kind of event."""
    return reports.query(FLOWS, params, scope, params.interval)


def answer(params: Params, scope: Scope, rows: Sequence[Row]) -> Answer:
    return reports.series(FLOWS, params, params.interval, scope, rows)


def table(params: Params, scope: Scope, rows: Sequence[Row]) -> Result:
    return reports.series_table(FLOWS, params, params.interval, scope, rows)


EXAMPLES = (
    Example(
        "by_month",
        Params(
            statistics=["recipients", "open_rate", "conversions"],
            timeframe=ReportingTimeframe(key="last_12_months"),
            interval="monthly",
            conversion_metric_id="Placed",
        ),
        "Twelve months of flows, month by month.",
    ),
)

REPORT = Report(kind="flow_series", params=Params, row=Row, query=query, table=table, examples=EXAMPLES, needs=NEEDS)
