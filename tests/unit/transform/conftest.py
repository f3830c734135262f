from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cdp import connect, events
from cdp.documents import accounts, identity, profiles
from cdp.documents.identity import Applied, Change
from cdp.events import TransformationDue
from cdp.inbox import Received
from cdp.model.payloads import ProfileResource
from cdp.model.profile import Profile
from functions.transform.backfill import Backfill
from functions.transform.handler import http
from functions.transform.settings import Settings
from functions.transform.spec import SPEC
from tests.unit.calls import Answer, Caller

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@dataclass
class Room:
    """The room on an account of its own."""

    settings: Settings
    caller: Caller
    account_id: str

    def __post_init__(self) -> None:
        self.table = connect.table(self.settings.table)
        self.queue = connect.queue(self.settings.transform_queue)
        self.backfill = Backfill(self.table, connect.bus(self.settings.bus), self.queue)

    def create(self, **attributes: Any) -> Answer:
        return self.caller("POST", "/api/data-transformations", body(**attributes))

    def change(self, id_: str, **attributes: Any) -> Answer:
        return self.caller("PATCH", f"/api/data-transformations/{id_}", body(**attributes))

    def shown(self, id_: str) -> dict[str, Any]:
        attributes: dict[str, Any] = self.caller.get(f"/api/data-transformations/{id_}").data["attributes"]
        return attributes

    def write(self, email: str, **attributes: Any) -> Applied:
        """One profile payload, as events and imports bring it."""
        return self.write_all([(email, attributes)])[0]

    def write_all(self, people: list[tuple[str, dict[str, Any]]]) -> list[Applied]:
        changes = [
            Change(
                msgspec.convert({"type": "profile", "attributes": raw(attributes)}, ProfileResource),
                [("email", email)],
            )
            for email, attributes in people
        ]
        return identity.apply(self.table, self.account_id, changes, NOW)

    def profile(self, email: str) -> Profile:
        (no,) = profiles.find(self.table, self.account_id, [("email", email)]).values()
        state = profiles.get_many(self.table, self.account_id, [no])[0]
        assert state is not None
        return state.profile

    def properties(self, email: str) -> dict[str, Any]:
        return self.profile(email).properties

    def due(self) -> Iterator[TransformationDue]:
        """Messages that wait in the inbox now, taken out."""
        while deliveries := self.queue.receive(10, visibility_s=60):
            for one in deliveries:
                message = events.decode(one.body)
                assert isinstance(message, TransformationDue)
                yield message
            self.queue.ack(deliveries)

    def work(self) -> int:
        """Work off the inbox; how many messages that were."""
        count = 0
        for message in self.due():
            self.backfill.process([Received(message, 1)])
            count += 1
        return count


def raw(attributes: dict[str, Any]) -> dict[str, Any]:
    """Properties as payloads keep them: unparsed."""
    if "properties" not in attributes:
        return attributes
    return {**attributes, "properties": msgspec.Raw(msgspec.json.encode(attributes["properties"]))}


def body(**attributes: Any) -> dict[str, Any]:
    return {"data": {"type": "data-transformation", "attributes": attributes}}


def capitals(property_: str, **more: Any) -> dict[str, Any]:
    """Attributes of the simplest transformation."""
    return {"method": "format", "property": property_, "options": {"capitalize_words": True}, **more}


def make_room(folder: Path, table: str | None = None) -> Room:
    """`table` is a locator; SQLite in the folder unless given."""
    settings = Settings(
        table=table or f"sqlite://{folder}/documents.db",
        bus=f"sqlite://{folder}/queues.db",
        limits="memory:",
        transform_queue=f"sqlite://{folder}/queues.db#transform",
        rate_limit_factor=0,
    )
    account, _ = accounts.create(
        connect.table(settings.table), name="Shop", timezone="Europe/Paris", currency="EUR"
    )
    return Room(settings, Caller(http(settings), SPEC, account.id), account.id)


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return make_room(tmp_path)
