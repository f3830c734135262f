"""Form series: how often forms were seen, sent and closed over time (SPEC §22).

Unique numbers are of people within the interval, and do not add up.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from cdp.query.sql import Query
from functions.reports import form_statistics as forms
from functions.reports.form_statistics import Row
from functions.reports.report import Answer, Example, Report, Result, Scope
from functions.reports.reporting_periods import Interval, ReportingTimeframe


class Params(msgspec.Struct, frozen=True):
    """As for form values. Hourly intervals reach over at most 7 days, daily ones over 60 days, others over 52
    weeks."""

    statistics: forms.Statistics
    timeframe: ReportingTimeframe
    interval: Interval
    group_by: list[forms.GroupBy] | None = None
    filter: str | None = None


def query(params: Params, scope: Scope) -> Query:
    return forms.query(params, scope, params.interval)


def answer(params: Params, scope: Scope, rows: Sequence[Row]) -> Answer:
    return forms.series(params, params.interval, scope, rows)


def table(params: Params, scope: Scope, rows: Sequence[Row]) -> Result:
    return forms.table(params, scope, rows, params.interval)


EXAMPLES = (
    Example(
        "by_month",
        Params(
            statistics=["viewed_form", "submits", "submit_rate"],
            timeframe=ReportingTimeframe(key="last_12_months"),
            interval="monthly",
        ),
        "Twelve months of forms, month by month.",
    ),
)

REPORT = Report(
    kind="form_series",
    params=Params,
    row=Row,
    query=query,
    table=table,
    examples=EXAMPLES,
)
