"""A room `monitors` with an account, called as the gateway calls it; its nights are run by hand."""

from __future__ import annotations

import email
import email.policy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import msgspec

from cdp.adapters.embedded.limits import MemoryLimits
from cdp.adapters.embedded.post import Outbox
from cdp.adapters.embedded.queue import SqliteBus, SqliteQueue
from cdp.adapters.embedded.table import SqliteTable
from cdp.documents import accounts, flows, metrics, segments
from cdp.documents.flows import Definition, Flow
from cdp.documents.plans import Plans
from cdp.documents.segments import Segment
from cdp.events import AlertChanged, decode
from cdp.inbox import Received
from cdp.jsonapi.front import serve
from cdp.jsonapi.throttle import Throttle
from cdp.lake.tables import EVENTS, SEGMENT_LOG
from cdp.ports import Table
from cdp.query.duckdb import DuckdbEngine
from functions.monitors.alerting import Alerting
from functions.monitors.evaluating import Evaluator
from functions.monitors.handler import operations
from functions.monitors.nightly import Nightly
from functions.monitors.spec import SPEC
from tests.unit.calls import Answer, Caller
from tests.unit.query.files import FileLake

NOW = datetime(2036, 7, 1, 12, tzinfo=UTC)
URL = "https://regulars.example"


@dataclass(frozen=True)
class Told:
    """An AlertChanged as its listeners have it."""

    alert_id: str
    opened: bool
    alert: Any


class Room:
    """`now` is everybody's clock. Events and memberships are rows of the lake; a metric's number stands for it."""

    def __init__(self, root: Path, *, timezone: str = "Europe/Berlin", table: Table | None = None) -> None:
        self.now = NOW
        self.table = table or SqliteTable(str(root / "documents.db"))
        self.lake = FileLake(root / "lake")
        self.engine = DuckdbEngine(self.lake)
        self.account, _ = accounts.create(self.table, name="Shop", timezone=timezone, currency="EUR")
        self.outbox = root / "outbox"
        self.inbox = SqliteQueue(str(root / "queues.db"), "monitors")
        self._told = SqliteQueue(str(root / "queues.db"), "webhooks")
        self.bus = SqliteBus(str(root / "queues.db"))
        self.bus.set_rules({"AlertChanged": ["webhooks"]})
        self.alerting = Alerting(self.table, self.bus, URL)
        self.evaluator = Evaluator(self.table, self.lake, self.engine, Outbox(str(self.outbox)), self.alerting, lambda: self.now)
        self.nightly = Nightly(self.table, self.inbox, self.evaluator, lambda: self.now)
        known = operations(self.table, self.engine, self.alerting, 20)
        throttle, plan = Throttle(MemoryLimits(), 0), Plans(self.table).check
        handler = serve(SPEC, known, throttle=throttle, plan=plan, clock=lambda: self.now.timestamp())
        self.call = Caller(handler, SPEC, self.account.id)

    def metric(self, name: str = "Placed Order") -> metrics.Metric:
        return metrics.ensure(self.table, self.account.id, [("api", name)], NOW)["api", name]

    def segment(self, id_: str = "SegVip") -> Segment:
        made = Segment(id_, "VIPs", NOW, NOW, msgspec.Raw(b"{}"))
        assert segments.save(self.table, self.account.id, made, 0)
        return made

    def flow(self, id_: str = "FlowWel") -> str:
        made = Flow(id_, "Welcome", "live", False, "Metric", NOW, NOW)
        assert flows.save(self.table, self.account.id, made, Definition((), None, (), None), 0)
        return id_

    def store(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self.lake.write(self.account.id, EVENTS, rows)

    def log(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self.lake.write(self.account.id, SEGMENT_LOG, rows)

    def send(self, method: str, path: str, type_: str, related: Mapping[str, str], **attributes: Any) -> Answer:
        relationships = {name: {"data": {"type": name, "id": id_}} for name, id_ in related.items()}
        data: dict[str, Any] = {"type": type_, "attributes": attributes, "relationships": relationships}
        if method == "PATCH":
            data["id"] = path.rpartition("/")[2]
        return self.call(method, path, {"data": data})

    def make(self, kind: str, object_id: str, *conditions: Mapping[str, Any], **attributes: Any) -> Answer:
        given = {"name": "Watch", "monitor_type": kind, "conditions": conditions, **attributes}
        return self.send("POST", "/api/monitors", "monitor", {kind: object_id}, **given)

    def dry(self, related: Mapping[str, str] | None = None, **attributes: Any) -> Answer:
        return self.send("POST", "/api/monitor-evaluations", "monitor-evaluation", related or {}, **attributes)

    def run(self, as_of: datetime) -> None:
        """A night, whatever the clock says."""
        self.evaluator.run(self.account.id, as_of)

    def work(self) -> list[str]:
        """Handle what waits in the inbox: the times as of which it asked."""
        done = []
        while deliveries := self.inbox.receive(10, visibility_s=60):
            messages = [decode(one.body) for one in deliveries]
            self.nightly.process([Received(one, 1) for one in messages])
            self.inbox.ack(deliveries)
            done += [getattr(one, "as_of", "") for one in messages]
        return done

    def told(self) -> list[Told]:
        """What the bus has brought since the last look."""
        found = []
        while deliveries := self._told.receive(10, visibility_s=60):
            self._told.ack(deliveries)
            for one in deliveries:
                message = decode(one.body)
                assert isinstance(message, AlertChanged)
                found.append(Told(message.alert_id, message.opened, json.loads(bytes(message.alert))))
        return found

    def mails(self) -> list[EmailMessage]:
        paths = sorted(self.outbox.glob("*.eml")) if self.outbox.exists() else []
        return [email.message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=email.policy.default) for path in paths]
