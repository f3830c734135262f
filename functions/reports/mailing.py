"""Mail about a scheduled report: to each of its recipients, once for each run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cdp.documents import accounts, mailed
from cdp.documents.custom_reports import CustomReport
from cdp.model.mail import one_line
from cdp.ports import Mail, Post, Table
from functions.reports import runs
from functions.reports.export import to_csv
from functions.reports.runs import Cell, Run

MOST_BYTES = 100_000  # of the table within a mail
_NAME_CHARS = 120


@dataclass(frozen=True)
class Mailer:
    """`platform_url`: the platform's own address, without a trailing slash."""

    table: Table
    post: Post
    platform_url: str

    def tell(self, account_id: str, report: CustomReport, run_id: str, now: datetime) -> None:
        """Safe to repeat."""
        ids = {} if report.schedule is None else {
            address: mailed.mail_id("report", account_id, run_id, address) for address in report.schedule.recipients
        }  # fmt: skip
        waiting = {to: id_ for to, id_ in ids.items() if not mailed.is_mailed(self.table, account_id, id_)}
        if not waiting:
            return
        run, rows = runs.load(self.table, account_id, run_id)
        day = run.as_of.astimezone(accounts.get(self.table, account_id).zone).date()
        subject = f"{one_line(report.name)[:_NAME_CHARS]}, {day.isoformat()}"
        text = self._text(report, run, rows)
        for address, id_ in waiting.items():
            mailed.send(self.table, self.post, account_id, Mail(id_, (address,), subject, text), now)

    def _text(self, report: CustomReport, run: Run, rows: list[list[Cell]]) -> str:
        url = f"{self.platform_url}/api/custom-report-runs/{run.id}"
        if run.fault is not None:
            return f"The report {one_line(report.name)} could not be run: {one_line(run.fault.detail)}\n\n{url}\n"
        table = to_csv(run.columns, rows).replace("\r\n", "\n")
        intro = f"{one_line(report.name)}: {run.row_count} rows, {run.timezone}, {run.currency}."
        if len(table.encode()) > MOST_BYTES:
            return f"{intro} That is too much for a mail; all of it:\n\n{url}/export\n"
        return f"{intro} As a file:\n\n{url}/export\n\n{table}"
