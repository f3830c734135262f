from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cdp import connect
from cdp.documents import accounts, lists, memberships
from cdp.events import decode
from cdp.model import payloads
from cdp.model.ids import profile_no
from cdp.ports import Table
from functions.profiles.handler import http, inbox
from functions.profiles.settings import Settings
from functions.profiles.spec import SPEC
from tests.unit.calls import Answer, Caller


@dataclass
class Room:
    """The room with its inbox, on an account of its own."""

    settings: Settings
    caller: Caller

    @property
    def table(self) -> Table:
        return connect.table(self.settings.table)

    @property
    def account_id(self) -> str:
        return self.caller.account_id

    def no(self, id_: str) -> int:
        no = profile_no(self.account_id, id_)
        assert no is not None
        return no

    def shown(self, id_: str, *additional: str) -> dict[str, Any]:
        """Attributes of a profile."""
        query = {"additional-fields[profile]": ",".join(additional)} if additional else {}
        attributes: dict[str, Any] = self.caller.get(f"/api/profiles/{id_}", **query).data["attributes"]
        return attributes

    def new_list(self, name: str = "News", *, double: bool = False) -> str:
        now = datetime.now(UTC)
        process: lists.OptIn = "double_opt_in" if double else "single_opt_in"
        return lists.create(self.table, self.account_id, name, process, now).id

    def members(self, group_id: str) -> set[int]:
        return {one.profile_no for one in memberships.page(self.table, self.account_id, group_id, limit=1000)}

    def sent(self, locator: str) -> list[Any]:
        """Messages that wait in a queue; they are taken out."""
        queue = connect.queue(locator)
        found = []
        while deliveries := queue.receive(100, visibility_s=60):
            found += [decode(one.body) for one in deliveries]
            queue.ack(deliveries)
        return found

    def events(self) -> dict[str, tuple[str, str, dict[str, Any]]]:
        """Events on their way to `record`, each once: unique id -> (profile, metric, attributes)."""
        found = {}
        for message in self.sent(self.settings.record_queue):
            for profile, events, _, _, _ in payloads.decode(message.shape, message.body):
                for event in events:
                    assert event.unique_id is not None
                    assert profile.id is not None
                    attributes = json.loads(bytes(event.properties)) | {"time": event.time}
                    found[event.unique_id] = (profile.id, event.metric.data.attributes.name, attributes)
        return found

    def create(self, **attributes: Any) -> Answer:
        return self.caller("POST", "/api/profiles", body(**attributes))

    def id_of(self, **attributes: Any) -> str:
        id_: str = self.create(**attributes).data["id"]
        return id_

    def drain(self) -> list[str]:
        """Work off the inbox; the ids of messages to be tried again."""
        queue = connect.queue(self.settings.profiles_queue)
        handle = inbox(self.settings)
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


def body(id_: str | None = None, meta: object = None, **attributes: Any) -> dict[str, Any]:
    """A document with one profile."""
    data: dict[str, Any] = {"type": "profile", "attributes": attributes}
    if id_ is not None:
        data["id"] = id_
    if meta is not None:
        data["meta"] = meta
    return {"data": data}


def make_room(folder: Path, table: str | None = None) -> Room:
    """`table` is a locator; SQLite in the folder unless given."""
    settings = Settings(
        table=table or f"sqlite://{folder}/documents.db",
        bus=f"sqlite://{folder}/queues.db",
        limits="memory:",
        profiles_queue=f"sqlite://{folder}/queues.db#profiles",
        record_queue=f"sqlite://{folder}/queues.db#record",
        rewrite_queue=f"sqlite://{folder}/queues.db#rewrite",
        rate_limit_factor=0,
    )
    account, _ = accounts.create(
        connect.table(settings.table), name="Shop", timezone="Europe/Paris", currency="EUR"
    )
    return Room(settings, Caller(http(settings), SPEC, account.id))


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return make_room(tmp_path)
