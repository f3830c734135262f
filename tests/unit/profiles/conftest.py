from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cdp import connect
from cdp.documents import accounts
from functions.profiles.handler import http, inbox
from functions.profiles.settings import Settings
from functions.profiles.spec import SPEC
from tests.unit.calls import Answer, Caller


@dataclass
class Room:
    """The room with its inbox, on an account of its own."""

    settings: Settings
    caller: Caller

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
