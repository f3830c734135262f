"""What the inbox brings: reports that take long, and what is done by schedule."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cdp.errors import Rejected
from cdp.events import CustomReportDue, ReportDue, RfmDue, Scheduled
from cdp.inbox import Received
from functions.reports.later import Finisher
from functions.reports.rfm_refresh import JOB as RFM
from functions.reports.rfm_refresh import Refresher


@dataclass(frozen=True)
class Work:
    """`scheduled` maps the names of the spec's schedules to what they do at a time (UTC)."""

    finisher: Finisher
    scheduled: Mapping[str, Callable[[datetime], None]]
    run_scheduled: Callable[[CustomReportDue], None]
    refresher: Refresher
    clock: Callable[[], datetime]

    def process(self, received: Sequence[Received]) -> None:
        for message, _ in received:
            if isinstance(message, ReportDue):
                self.finisher.finish(message, self.clock())
            elif isinstance(message, CustomReportDue):
                self.run_scheduled(message)
            elif isinstance(message, RfmDue):
                self.refresher.due(message)
            elif isinstance(message, Scheduled) and message.job == RFM:
                self.refresher.scheduled(message)
            elif isinstance(message, Scheduled) and message.job in self.scheduled:
                as_of = None if message.as_of is None else datetime.fromisoformat(message.as_of)
                self.scheduled[message.job](as_of or self.clock())
            else:
                raise Rejected(f"{type(message).__name__} is no message for this room")
