from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cdp import connect, events
from cdp.adapters.embedded.queue import SqliteBus
from cdp.documents import profiles
from cdp.documents.profiles import fresh
from cdp.events import Message
from cdp.model.ids import profile_id
from cdp.ports import Table
from functions.lists.handler import http, inbox
from functions.lists.settings import Settings
from functions.lists.spec import SPEC
from tests.unit.calls import Answer, Caller

ACCOUNT = "ABC234"
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


@dataclass
class Room:
    """The room with its inbox, and a queue that hears what it publishes."""

    settings: Settings
    caller: Caller

    @property
    def table(self) -> Table:
        return connect.table(self.settings.table)

    def create(self, name: str, **attributes: Any) -> Answer:
        return self.caller("POST", "/api/lists", body(name=name, **attributes))

    def id_of(self, name: str) -> str:
        id_: str = self.create(name).data["id"]
        return id_

    def people(self, count: int) -> list[str]:
        """Ids of new profiles, person<no>@shop.example."""
        numbers = profiles.new_numbers(self.table, ACCOUNT, count)
        states = [fresh(no, NOW) for no in numbers]
        for state in states:
            state.profile.email = f"person{state.profile.no}@shop.example"
        assert all(profiles.save(self.table, ACCOUNT, states))
        return [profile_id(ACCOUNT, no) for no in numbers]

    def add(self, list_id: str, ids: Iterable[str], method: str = "POST") -> Answer:
        return self.caller(method, f"/api/lists/{list_id}/relationships/profiles", members(ids))

    def drain(self) -> None:
        """Work off the inbox."""
        queue = connect.queue(self.settings.lists_queue)
        handle = inbox(self.settings)
        while deliveries := queue.receive(10, visibility_s=60):
            records = [{"messageId": d.id, "receiptHandle": d.receipt, "body": d.body} for d in deliveries]
            assert handle({"Records": records}) == {"batchItemFailures": []}
            queue.ack(deliveries)

    def heard(self) -> list[Message]:
        """What was published since the last time."""
        queue = connect.queue(self.settings.lists_queue.replace("#lists", "#listener"))
        deliveries = queue.receive(1000, visibility_s=60)
        queue.ack(deliveries)
        return [events.decode(delivery.body) for delivery in deliveries]


def body(id_: str | None = None, **attributes: Any) -> dict[str, Any]:
    data: dict[str, Any] = {"type": "list", "attributes": attributes}
    return {"data": data if id_ is None else {**data, "id": id_}}


def members(ids: Iterable[str]) -> dict[str, Any]:
    return {"data": [{"type": "profile", "id": id_} for id_ in ids]}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    queues = f"sqlite://{tmp_path}/queues.db"
    bus = connect.bus(queues)
    assert isinstance(bus, SqliteBus)
    bus.set_rules({"MembershipsChanged": ["listener"]})
    return Settings(
        table=f"sqlite://{tmp_path}/documents.db",
        limits="memory:",
        bus=queues,
        lists_queue=f"{queues}#lists",
        rate_limit_factor=0,
    )


@pytest.fixture
def room(settings: Settings) -> Room:
    return Room(settings, Caller(http(settings), SPEC, ACCOUNT))


@pytest.fixture
def limited(settings: Settings) -> Room:
    """The room with the limits of SPEC §1.6."""
    strict = replace(settings, rate_limit_factor=1)
    return Room(strict, Caller(http(strict), SPEC, ACCOUNT))
