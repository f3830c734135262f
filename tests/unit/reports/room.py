"""A room `reports` with an account, metrics and events, called as the gateway calls it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cdp.adapters.embedded.limits import MemoryLimits
from cdp.adapters.embedded.table import SqliteTable
from cdp.documents import accounts, metrics
from cdp.documents.plans import Plans
from cdp.jsonapi.front import serve
from cdp.jsonapi.throttle import Throttle
from cdp.lake.tables import EVENTS
from cdp.query.duckdb import DuckdbEngine
from functions.reports.operations import Reports
from functions.reports.spec import SPEC
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
        reports = Reports(self.table, self.engine)
        throttle, plan = Throttle(MemoryLimits(), 0), Plans(self.table).check
        handler = serve(SPEC, reports.operations(), throttle=throttle, plan=plan, clock=NOW.timestamp)
        self.call = Caller(handler, SPEC, self.account.id)

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
