"""A room `reports` with an account, metrics and events, called as the gateway calls it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cdp.adapters.embedded.limits import MemoryLimits
from cdp.adapters.embedded.post import Outbox
from cdp.adapters.embedded.queue import SqliteBus, SqliteQueue
from cdp.adapters.embedded.table import SqliteTable
from cdp.documents import accounts, metrics
from cdp.documents.plans import Plans
from cdp.events import decode
from cdp.inbox import Received
from cdp.jsonapi.front import serve
from cdp.jsonapi.throttle import Throttle
from cdp.lake.tables import EVENTS
from cdp.query.duckdb import DuckdbEngine
from functions.reports.handler import reports, worker
from functions.reports.later import Later, Limited
from functions.reports.mailing import Mailer
from functions.reports.rfm_refresh import Refresher
from functions.reports.spec import SPEC
from functions.reports.stored.rfm_settings import RfmSettings
from tests.unit.calls import Answer, Caller
from tests.unit.query.files import FileLake

NOW = datetime(2036, 7, 1, 12, tzinfo=UTC)  # stored runs expire by the real clock


class Room:
    """`events` are rows of the lake; a metric's name stands for its number."""

    def __init__(self, root: Path, *, timezone: str = "Europe/Berlin", currency: str = "EUR") -> None:
        self.table = SqliteTable(str(root / "documents.db"))
        self.lake = FileLake(root / "lake")
        self.engine = DuckdbEngine(self.lake)
        self.account, _ = accounts.create(self.table, name="Shop", timezone=timezone, currency=currency)
        self.queue = SqliteQueue(str(root / "queues.db"), "reports")
        self.bus = SqliteBus(str(root / "queues.db"))
        self.outbox = root / "outbox"
        self.mailer = Mailer(self.table, Outbox(str(self.outbox)), "https://regulars.example")
        self.call = self.caller()

    def caller(self, answer_within_s: float = 20) -> Caller:
        """The room's requests; the account's reports become jobs after so many seconds."""
        later = Later(self.table, self.queue)
        quick = reports(self.table, Limited(self.engine, answer_within_s))
        rfm = RfmSettings(self.table, self.engine, self.queue).operations()
        operations = {**{key: later.patient(run) for key, run in quick.items()}, **later.operations(), **rfm}
        throttle, plan = Throttle(MemoryLimits(), 0), Plans(self.table).check
        handler = serve(SPEC, operations, throttle=throttle, plan=plan, clock=NOW.timestamp)
        return Caller(handler, SPEC, self.account.id)

    def work(self) -> int:
        """Handle what waits in the inbox; how much it was."""
        refresher = Refresher(self.table, self.lake, self.engine, self.bus, self.queue, lambda: NOW)
        work = worker(self.table, self.engine, self.queue, refresher, self.mailer)
        done = 0
        while deliveries := self.queue.receive(10, visibility_s=60):
            work.process([Received(decode(one.body), one.attempt) for one in deliveries])
            self.queue.ack(deliveries)
            done += len(deliveries)
        return done

    def metric(self, name: str, service: str = "api") -> metrics.Metric:
        return metrics.ensure(self.table, self.account.id, [(service, name)], NOW)[service, name]

    def store(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self.lake.write(self.account.id, EVENTS, rows)

    def post(self, path: str, type_: str, **attributes: Any) -> Answer:
        return self.call("POST", path, {"data": {"type": type_, "attributes": attributes}})

    def aggregate(self, **attributes: Any) -> Answer:
        return self.post("/api/metric-aggregates", "metric-aggregate", **attributes)

    def rfm(self, **attributes: Any) -> Answer:
        return self.post("/api/rfm-reports", "rfm-report", **attributes)

    def run(self, report_type: str, definition: object, **attributes: Any) -> Answer:
        return self.post(
            "/api/custom-report-runs", "custom-report-run",
            report_type=report_type, definition=definition, **attributes,
        )  # fmt: skip
