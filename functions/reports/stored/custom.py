"""Custom reports whole: kept ones, their runs, the library."""

from __future__ import annotations

from collections.abc import Mapping

from cdp.jsonapi.front import Operation
from cdp.ports import Engine, Table
from functions.reports.running import Runner
from functions.reports.stored.custom_report_runs import CustomReportRuns
from functions.reports.stored.custom_report_templates import CustomReportTemplates
from functions.reports.stored.custom_reports import CustomReports


class Custom:
    def __init__(self, table: Table, engine: Engine) -> None:
        runner = Runner(table, engine)
        self._parts = (CustomReports(table, runner), CustomReportRuns(table, runner), CustomReportTemplates(runner))

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {key: operation for part in self._parts for key, operation in part.operations().items()}
