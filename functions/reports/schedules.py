"""Which scheduled reports are due, and their runs (SPEC §13.1).

A week begins on Monday and a month on its first day, at midnight in the account's zone. A report is run once for
each period that begins after its schedule was set, as of that midnight; of several periods that went by, the newest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from cdp import events
from cdp.documents import accounts, custom_reports
from cdp.documents.custom_reports import CUSTOM_REPORTS, Frequency
from cdp.events import CustomReportDue
from cdp.filters.clock import midnight
from cdp.ports import Queue, Table
from functions.reports import runs
from functions.reports.mailing import Mailer
from functions.reports.periods import Interval, floor
from functions.reports.running import Runner

JOB = "report-schedules"


@dataclass(frozen=True)
class Schedules:
    """Everything is safe to repeat: a period's run has an id of its own."""

    table: Table
    queue: Queue
    runner: Runner
    mailer: Mailer
    clock: Callable[[], datetime]

    def announce(self, now: datetime) -> None:
        """Put what is due into the inbox, each report as a message."""
        due = [
            CustomReportDue(account_id, report.id, at.isoformat())
            for account_id in custom_reports.accounts(self.table)
            for report in custom_reports.scheduled(self.table, account_id)
            if (at := self._due(account_id, report, now)) is not None
        ]
        if due:
            self.queue.send([events.encode(one) for one in due])

    def _due(self, account_id: str, report: custom_reports.CustomReport, now: datetime) -> datetime | None:
        """When the newest period began, if it is to be run and has not been yet."""
        if report.schedule is None:
            return None
        at = began(report.schedule.frequency, now, accounts.get(self.table, account_id).zone)
        if at <= report.schedule.since or runs.exists(self.table, account_id, runs.id_of(account_id, report.id, at)):
            return None
        return at

    def run(self, due: CustomReportDue) -> None:
        """A report that is gone or no longer scheduled is passed over."""
        stored = CUSTOM_REPORTS.get(self.table, due.account_id, due.custom_report_id)
        if stored is not None and stored.thing.schedule is not None:
            at = datetime.fromisoformat(due.due_at)
            self.runner.scheduled(due.account_id, stored.thing, at, self.clock())
            self.mailer.tell(due.account_id, stored.thing, runs.id_of(due.account_id, due.custom_report_id, at), self.clock())


def began(frequency: Frequency, now: datetime, zone: ZoneInfo) -> datetime:
    """The first instant (UTC) of the week or month of `now` in the zone."""
    interval: Interval = "weekly" if frequency == "weekly" else "monthly"
    return midnight(floor(now.astimezone(zone).date(), interval, monday=True), zone)
