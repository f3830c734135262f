from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cdp import connect
from cdp.documents import webhook_attempts, webhook_backlog, webhook_lanes, webhooks
from cdp.documents.webhook_attempts import Attempt
from cdp.documents.webhook_backlog import New, sort_key
from cdp.documents.webhook_lanes import Lane
from cdp.documents.webhooks import Webhook
from cdp.events import DeliveriesDue
from cdp.inbox import Received
from cdp.ports import Secrets, Table
from cdp.webhooks.delivery import Entry, encode
from functions.deliveries.keys import Keys
from functions.deliveries.lanes import processor
from functions.deliveries.room import Pace, Room
from tests.e2e.embedded.endpoints import Endpoints, endpoints

ACCOUNT, WEBHOOK = "ABC234", "hook"
SECRET = "sixteen characters"
START = datetime(2099, 1, 1, tzinfo=UTC)  # what is written now expires after a while: the future does not come by


@dataclass
class Clock:
    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **how_long: float) -> None:
        self.now += timedelta(**how_long)


@dataclass
class Post:
    """The room `deliveries` with an account's webhook, and its endpoint on this machine."""

    folder: Path
    receiver: Endpoints
    table: Table
    secrets: Secrets
    clock: Clock = field(default_factory=Clock)
    pace: Pace = field(default_factory=lambda: Pace(lambda: 0.0))

    def room(self) -> Room:
        queue = connect.queue(f"sqlite://{self.folder}/queues.db#deliveries")
        outbound = connect.outbound(allow_loopback=True)
        return Room(self.table, Keys(self.secrets), queue, outbound, self.pace, self.clock)

    def create(self, id_: str = WEBHOOK) -> None:
        now = self.clock()
        webhooks.set_secret(self.secrets, ACCOUNT, id_, SECRET, now)
        made = Webhook(id_, id_, None, self.receiver.url(f"/{id_}"), ("topic",), (), now, now, now)
        webhooks.create(self.table, ACCOUNT, made)

    def wait(self, *names: str, id_: str = WEBHOOK, size: int = 0) -> None:
        """Events come in, one a second, of these names: two digits, which are the second."""
        news = [New(id_, key(name), entry(name, size)) for name in names]
        webhook_backlog.put(self.table, ACCOUNT, news, self.clock())

    def due(self, holder: str = "message", id_: str = WEBHOOK) -> None:
        processor(self.room(), holder)([Received(DeliveriesDue(ACCOUNT, id_), 1)])

    def answer(self, status: int, *headers: str, id_: str = WEBHOOK) -> None:
        lines = [f"HTTP/1.1 {status} Said", "Content-Length: 0", *headers]
        self.receiver.answers[f"/{id_}"] = "\r\n".join([*lines, "", ""]).encode()

    def arrived(self, id_: str = WEBHOOK) -> list[str]:
        """Each POST as the names of its events."""
        return [" ".join(one.unique_id for one in arrival.entries) for arrival in self.receiver.at(f"/{id_}")]

    def waiting(self, id_: str = WEBHOOK) -> list[str]:
        found = webhook_backlog.read(self.table, ACCOUNT, id_, most=1000, most_bytes=10**9)
        return [name_of(one.key) for one in found]

    def dead(self, id_: str = WEBHOOK) -> list[str]:
        return [name_of(one.key) for one in webhook_backlog.dead(self.table, ACCOUNT, id_, limit=1000)]

    def lane(self, id_: str = WEBHOOK) -> Lane:
        return webhook_lanes.read(self.table, ACCOUNT, id_).lane

    def attempts(self, id_: str = WEBHOOK) -> Sequence[Attempt]:
        """The oldest first."""
        return webhook_attempts.page(self.table, ACCOUNT, id_, descending=False, limit=1000, after=None)

    def webhook(self, id_: str = WEBHOOK) -> Webhook:
        found = webhooks.get(self.table, ACCOUNT, id_)
        assert found is not None
        return found

    def delays(self) -> list[int]:
        """In seconds, of the messages in the inbox."""
        with sqlite3.connect(self.folder / "queues.db") as file:
            rows = file.execute("SELECT visible_at - sent_at FROM message ORDER BY id").fetchall()
        return [round(delay) for (delay,) in rows]


def key(name: str) -> str:
    return sort_key(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=int(name)), 0, name)


def name_of(key_: str) -> str:
    return key_.rpartition(".")[2]


def entry(name: str, size: int = 0) -> bytes:
    attributes = {"uuid": f"id-{name}", "event_properties": {"$event_id": name, "text": "x" * size}}
    return encode(Entry("event:api.sold", f"id-{name}", {"data": {"type": "event", "attributes": attributes}}))


@pytest.fixture
def receiver() -> Iterator[Endpoints]:
    with endpoints() as found:
        yield found


@pytest.fixture
def post(tmp_path: Path, receiver: Endpoints) -> Post:
    table, secrets = connect.table(f"sqlite://{tmp_path}/documents.db"), connect.secrets(f"file://{tmp_path}/secrets.json")
    made = Post(tmp_path, receiver, table, secrets)
    made.create()
    return made
