"""Runs a report that is given as a type and a definition, for requests and schedules alike."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from cdp.documents.custom_reports import CustomReport
from cdp.errors import Rejected
from cdp.ports import Engine, Table
from cdp.query.sql import compile
from functions.reports import runs
from functions.reports.catalogue import BY_KIND
from functions.reports.report import Report, Scope
from functions.reports.runs import Fault, Run
from functions.reports.scoping import scope_of


@dataclass(frozen=True)
class Runner:
    """Faults of a definition point into it."""

    table: Table
    engine: Engine

    def check(self, account_id: str, report: Report[Any, Any], definition: Mapping[str, Any], now: datetime) -> None:
        """`Rejected` if the definition would not run: all of it but the reading of events."""
        params = report.read(definition)
        compile(report.query(params, self.scope(account_id, now, report.needs)), "duckdb")

    def run(self, account_id: str, report: Report[Any, Any], run: Run) -> tuple[Run, list[list[runs.Cell]]]:
        """The run filled in (all but the definition, its times and where it comes from) and kept, and its rows."""
        scope = self.scope(account_id, run.as_of, report.needs)
        params = report.read(run.definition)
        found = self.engine.run(account_id, report.query(params, scope))
        result = report.table(params, scope, report.rows(found))
        chunks = runs.parts(result)
        done = msgspec.structs.replace(
            run,
            timezone=scope.timezone,
            currency=scope.currency,
            columns=result.columns,
            data_through=result.data_through,
            parts=len(chunks),
            row_count=len(result.rows),
            rows_at=secrets.token_hex(4),
        )
        runs.save(self.table, account_id, done, chunks)
        return done, result.rows

    def scheduled(self, account_id: str, report: CustomReport, due: datetime, now: datetime) -> None:
        """The run of the period that began at `due`, unless it is there. What fails is kept as failed."""
        run = begun(runs.id_of(account_id, report.id, due), report.report_type, report.definition, due, now)
        run = msgspec.structs.replace(run, custom_report_id=report.id, trigger="schedule")
        if runs.exists(self.table, account_id, run.id):
            return
        try:
            self.run(account_id, kind(report.report_type, "/report_type"), run)
        except Rejected as error:
            failed = msgspec.structs.replace(run, fault=Fault(error.message, error.field))
            runs.save(self.table, account_id, failed, [])

    def scope(self, account_id: str, as_of: datetime, needs: Collection[str] = ()) -> Scope:
        return scope_of(self.table, self.engine, account_id, as_of, needs)


def begun(id_: str, report_type: str, definition: Any, as_of: datetime, now: datetime) -> Run:
    """A run before it is known what it gives."""
    return Run(id_, report_type, definition, as_of, now, now, "", "", (), None, 0)


def kind(name: str, field: str) -> Report[Any, Any]:
    """The report of this type; `Rejected` at `field` if there is none."""
    report = BY_KIND.get(name)
    if report is None:
        raise Rejected(f"report_type must be one of {', '.join(BY_KIND)}.", field=field)
    return report
