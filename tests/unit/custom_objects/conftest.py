from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cdp import connect, events
from cdp.adapters.embedded.queue import SqliteBus
from cdp.documents import accounts, identity
from cdp.documents.identity import Change
from cdp.events import Message, ProfilesChanged, Scheduled
from cdp.model.ids import profile_id
from cdp.model.payloads import ProfileAttributes, ProfileResource
from cdp.model.profile import identities
from cdp.ports import Queue, Table
from functions.custom_objects.handler import http, inbox
from functions.custom_objects.settings import Settings
from functions.custom_objects.spec import SPEC
from tests.unit.calls import Answer, Caller

PROPERTIES: tuple[tuple[str, str], ...] = (
    ("name", "string"),
    ("age", "int"),
    ("weight", "float"),
    ("vaccinated", "boolean"),
    ("born", "timestamp"),
)
PATHS = {"email": "$.owner.email", "external-id": "$.owner.number", "klaviyo-id": "$.owner.profile"}


@dataclass
class Room:
    """The room with its inbox, on an account of its own; `told` hears what it publishes."""

    settings: Settings
    caller: Caller
    told: Queue
    people: dict[str, int] = field(default_factory=dict)

    @property
    def table(self) -> Table:
        return connect.table(self.settings.table)

    @property
    def account_id(self) -> str:
        return self.caller.account_id

    def source(self, title: str = "Pet shop") -> str:
        id_: str = self.caller("POST", "/api/data-sources", source_body(title)).data["id"]
        return id_

    def type(self, source_id: str, **changed: Any) -> str:
        id_: str = self.caller("POST", "/api/object-types", type_body(source_id, **changed)).data["id"]
        return id_

    def send(self, source_id: str, *rows: object) -> Answer:
        return self.caller("POST", "/api/data-source-record-bulk-create-jobs", bulk_body(source_id, *rows))

    def take(self, source_id: str, *rows: object) -> None:
        """Send records and work them off."""
        assert self.send(source_id, *rows).status == 204
        assert self.drain() == []

    def records(self, type_id: str) -> dict[str, Any]:
        """Record id -> properties, of the first page."""
        found = self.caller.get(f"/api/object-types/{type_id}/object-records", **{"page[size]": "100"}).data
        return {
            one["id"].removeprefix(f"{type_id}:::"): one["attributes"]["record_properties"] for one in found
        }

    def logs(self, type_id: str, **query: str) -> list[Any]:
        found: list[Any] = self.caller.get(f"/api/object-types/{type_id}/object-ingestion-logs", **query).data
        return found

    def person(self, email: str, **attributes: Any) -> int:
        """Make a profile; its number."""
        resource = ProfileResource("profile", attributes=ProfileAttributes(email=email, **attributes))
        change = Change(resource, identities(resource, "/data"))
        (applied,) = identity.apply(self.table, self.account_id, [change], datetime.now(UTC))
        return applied.no

    def id_of(self, no: int) -> str:
        return profile_id(self.account_id, no)

    def announce(self, *numbers: int) -> None:
        """As a room that writes profiles does."""
        self.post(ProfilesChanged(self.account_id, created=numbers))

    def sweep(self) -> None:
        self.post(Scheduled("custom-objects"))
        assert self.drain() == []

    def post(self, *messages: Message) -> None:
        connect.queue(self.settings.custom_objects_queue).send([events.encode(one) for one in messages])

    def drain(self, handle: Callable[[Any], dict[str, Any]] | None = None) -> list[str]:
        """Work off the inbox; ids of the messages to be tried again."""
        queue = connect.queue(self.settings.custom_objects_queue)
        handle = handle or inbox(self.settings)
        failures: list[str] = []
        while deliveries := queue.receive(10, visibility_s=60):
            records = [
                {
                    "messageId": one.id,
                    "receiptHandle": one.receipt,
                    "body": one.body,
                    "attributes": {"ApproximateReceiveCount": str(one.attempt), "SentTimestamp": "0"},
                    "eventSource": "aws:sqs",
                }
                for one in deliveries
            ]
            failed = [one["itemIdentifier"] for one in handle({"Records": records})["batchItemFailures"]]
            queue.ack([one for one in deliveries if one.id not in failed])
            failures += failed
        return failures

    def dead(self) -> list[str]:
        return [one.reason for one in connect.queue(self.settings.custom_objects_queue).dead_letters()]

    def heard(self) -> set[int]:
        """Profiles whose change was published since the last look."""
        found: set[int] = set()
        while deliveries := self.told.receive(10, visibility_s=60):
            for one in deliveries:
                message = events.decode(one.body)
                assert isinstance(message, ProfilesChanged)
                found.update(message.changed)
            self.told.ack(deliveries)
        return found


def source_body(title: str = "Pet shop", **attributes: Any) -> dict[str, Any]:
    return {"data": {"type": "data-source", "attributes": {"title": title, **attributes}}}


def simple(source_id: str, number: int, path: str) -> dict[str, Any]:
    """A property that is read from a record."""
    place = {"source_id": source_id, "id_path": "$.id", "data_path": path}
    return {"id": number, "type": "simple", "source": place}


def relationship(source_id: str, **changed: Any) -> dict[str, Any]:
    paths = [{"identifier_type": kind, "path": path} for kind, path in PATHS.items()]
    source = {"source_id": source_id, "type": "profile", "id_path": "$.id", "related_id_paths": paths}
    return {"relationship_id": "owner", "type": "simple", "source": {**source, **changed}}


def type_body(
    source_id: str, *, schema: Any = None, mapping: Any = None, **attributes: Any
) -> dict[str, Any]:
    """An active type `Pet` that reads its properties and its owner from one source."""
    mappings = {
        "property_mappings": [simple(source_id, i, f"$.{name}") for i, (name, _) in enumerate(PROPERTIES, 1)],
        "relationship_mappings": [relationship(source_id)],
        **(mapping or {}),
    }
    described = {
        "status": "active",
        "properties": [{"id": i, "name": name, "type": kind} for i, (name, kind) in enumerate(PROPERTIES, 1)],
        "required": ["name"],
        "source-mapping": {"data": {"type": "source-mapping", "attributes": mappings}},
        **(schema or {}),
    }
    held = {"data": {"type": "object-schema", "attributes": described}}
    return {
        "data": {"type": "object-type", "attributes": {"title": "Pet", "object-schema": held, **attributes}}
    }


def bulk_body(source_id: str, *rows: object) -> dict[str, Any]:
    listed = [{"type": "data-source-record", "attributes": {"record": row}} for row in rows]
    return {
        "data": {
            "type": "data-source-record-bulk-create-job",
            "attributes": {"data-source-records": {"data": listed}},
            "relationships": {"data-source": {"data": {"type": "data-source", "id": source_id}}},
        }
    }


def deletion_body(*ids: str) -> dict[str, Any]:
    named = [{"type": "object-record", "id": id_} for id_ in ids]
    relationships = {"object-records": {"data": named}}
    return {"data": {"type": "object-record-bulk-delete-job", "relationships": relationships}}


def pet(id_: object, owner: object = None, **values: Any) -> dict[str, Any]:
    """A record; the owner is an e-mail address or an object with identifiers."""
    held = {"email": owner} if isinstance(owner, str) else owner
    return {"id": id_, "name": f"Pet {id_}", **values, **({"owner": held} if held else {})}


def make_room(folder: Path, table: str | None = None) -> Room:
    """`table` is a locator; SQLite in the folder unless given."""
    queues = f"{folder}/queues.db"
    SqliteBus(queues).set_rules({"ProfilesChanged": ["listener"]})
    settings = Settings(
        table=table or f"sqlite://{folder}/documents.db",
        limits="memory:",
        bus=f"sqlite://{queues}",
        custom_objects_queue=f"sqlite://{queues}#custom_objects",
        rate_limit_factor=0,
    )
    account, _ = accounts.create(
        connect.table(settings.table), name="Shop", timezone="Europe/Paris", currency="EUR"
    )
    told = connect.queue(f"sqlite://{queues}#listener")
    return Room(settings, Caller(http(settings), SPEC, account.id), told)


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return make_room(tmp_path)
