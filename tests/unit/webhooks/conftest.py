from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cdp import connect, events
from cdp.documents import metrics
from cdp.documents.metrics import Metric
from cdp.events import Message
from cdp.ports import Secrets, Table
from functions.webhooks.handler import http
from functions.webhooks.settings import Settings
from functions.webhooks.spec import SPEC
from tests.unit.calls import Answer, Caller

ACCOUNT, OTHER = "ABC234", "XYZ789"
NOW = datetime.now(UTC).replace(microsecond=0)  # what is kept for a week is gone after one
URL = "https://hooks.shop.example/in/t0ken-in-the-path?key=t0ken-in-the-query"
SECRET = "correct horse battery staple"
SENT, OPENED = "event:klaviyo.sent_sms", "event:klaviyo.opened_email"


@dataclass
class Room:
    """The room, and the inbox of `deliveries`."""

    settings: Settings
    caller: Caller
    folder: Path

    @property
    def table(self) -> Table:
        return connect.table(self.settings.table)

    @property
    def secrets(self) -> Secrets:
        return connect.secrets(self.settings.secrets)

    def create(self, topics: Sequence[str] = (SENT,), **attributes: Any) -> Answer:
        return self.caller("POST", "/api/webhooks", new(topics, **attributes))

    def made(self, topics: Sequence[str] = (SENT,), **attributes: Any) -> str:
        """Its id."""
        id_: str = self.create(topics, **attributes).data["id"]
        return id_

    def change(self, id_: str, topics: Sequence[str] | None = None, **attributes: Any) -> Answer:
        return self.caller("PATCH", f"/api/webhooks/{id_}", changed(id_, topics, **attributes))

    def metric(self, name: str, service: str = "api") -> Metric:
        return metrics.ensure(self.table, ACCOUNT, [(service, name)], NOW)[service, name]

    def told(self) -> list[Message]:
        """What `deliveries` was told since the last time."""
        queue = connect.queue(self.settings.deliveries_queue)
        found = queue.receive(1000, visibility_s=60)
        queue.ack(found)
        return [events.decode(one.body) for one in found]


def new(topics: Sequence[str] = (SENT,), **attributes: Any) -> dict[str, Any]:
    """Body of a POST; an attribute of ... is left out."""
    given = {"name": "Till", "endpoint_url": URL, "secret_key": SECRET, **attributes}
    kept = {name: value for name, value in given.items() if value is not ...}
    return {"data": {"type": "webhook", "attributes": kept, "relationships": related(topics)}}


def changed(id_: str, topics: Sequence[str] | None = None, **attributes: Any) -> dict[str, Any]:
    data: dict[str, Any] = {"type": "webhook", "id": id_, "attributes": attributes}
    return {"data": data if topics is None else {**data, "relationships": related(topics)}}


def related(topics: Sequence[str]) -> dict[str, Any]:
    return {"webhook-topics": {"data": [{"type": "webhook-topic", "id": topic} for topic in topics]}}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        table=f"sqlite://{tmp_path}/documents.db",
        limits="memory:",
        secrets=f"file://{tmp_path}/secrets.json",
        webhooks_queue=f"sqlite://{tmp_path}/queues.db#webhooks",
        deliveries_queue=f"sqlite://{tmp_path}/queues.db#deliveries",
        rate_limit_factor=0,
        platform_url="https://platform.example",
    )


def room_of(settings: Settings, folder: Path, account: str = ACCOUNT, **changed_: Any) -> Room:
    settings = replace(settings, **changed_)
    return Room(settings, Caller(http(settings), SPEC, account), folder)


@pytest.fixture
def room(settings: Settings, tmp_path: Path) -> Room:
    return room_of(settings, tmp_path)
