"""Form values: how often forms were seen, sent and closed in a period, and by how many people (SPEC §22)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from cdp.query.sql import Query
from functions.reports import form_statistics as forms
from functions.reports.form_statistics import Row
from functions.reports.report import Answer, Example, Report, Result, Scope
from functions.reports.reporting_periods import ReportingTimeframe


class Params(msgspec.Struct, frozen=True):
    """`group_by` holds form_id, or is left out. `filter`: form_id and form_version_id, each at most once."""

    statistics: forms.Statistics
    timeframe: ReportingTimeframe
    group_by: list[forms.GroupBy] | None = None
    filter: str | None = None


def query(params: Params, scope: Scope) -> Query:
    return forms.query(params, scope)


def answer(params: Params, scope: Scope, rows: Sequence[Row]) -> Answer:
    return forms.values(params, rows)


def table(params: Params, scope: Scope, rows: Sequence[Row]) -> Result:
    return forms.table(params, scope, rows)


EXAMPLES = (
    Example(
        "by_version",
        Params(
            statistics=["viewed_form", "viewed_form_uniques", "submits", "submit_rate"],
            timeframe=ReportingTimeframe(key="last_365_days"),
            group_by=["form_id", "form_version_id"],
        ),
        "A year of forms, by version.",
    ),
)

REPORT = Report(
    kind="form_values",
    params=Params,
    row=Row,
    query=query,
    table=table,
    examples=EXAMPLES,
)
