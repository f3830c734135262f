from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cdp import connect, events
from cdp.adapters.embedded.queue import SqliteBus
from cdp.documents import accounts, memberships, metrics, profiles, segments
from cdp.entry import Call
from cdp.events import EventsAccepted, Message
from cdp.inbox import Received
from cdp.model.ids import new_short_id, profile_id
from cdp.ports import Table
from functions.audiences.handler import http, inbox
from functions.audiences.settings import Settings
from functions.audiences.spec import SPEC
from functions.record.recorder import Recorder
from tests.unit.calls import Answer, Caller


@dataclass
class Shop:
    """One account with the rooms that make its segments live: `record` and `audiences`."""

    settings: Settings
    caller: Caller
    recorder: Recorder
    messages: Call

    @property
    def table(self) -> Table:
        return connect.table(self.settings.table)

    @property
    def account(self) -> str:
        return self.caller.account_id

    def record(self, who: str, *given: Mapping[str, Any], **profile: Any) -> int:
        """Events of one person, each with `metric`; the person's number."""
        data = [
            {
                "type": "event",
                "attributes": {
                    "properties": {},
                    **{name: value for name, value in one.items() if name != "metric"},
                    "metric": {"data": {"type": "metric", "attributes": {"name": one["metric"]}}},
                },
            }
            for one in given
        ]
        person = {"type": "profile", "attributes": {"external_id": who, **profile}}
        item = {"type": "event-bulk-create", "attributes": {"profile": {"data": person}, "events": {"data": data}}}
        body = {"data": {"type": "event-bulk-create-job", "attributes": {"events-bulk-create": {"data": [item]}}}}
        raw = msgspec.Raw(json.dumps(body).encode())
        message = EventsAccepted(self.account, datetime.now(UTC).isoformat(), "bulk", raw)
        self.recorder.process([Received(message, 1)])
        return self.number(who)

    def number(self, who: str) -> int:
        return profiles.find(self.table, self.account, [("external_id", who)])["external_id", who]

    def id(self, who: str) -> str:
        return profile_id(self.account, self.number(who))

    def metric(self, name: str) -> str:
        """Id of a metric; it is made if it is new."""
        found = metrics.ensure(self.table, self.account, [(metrics.SERVICE, name)], datetime.now(UTC))
        return found[metrics.SERVICE, name].id

    def create(self, name: str, *groups: list[dict[str, Any]], **attributes: Any) -> Answer:
        return self.caller("POST", "/api/segments", body(name=name, definition=definition(*groups), **attributes))

    def make(self, name: str, *groups: list[dict[str, Any]]) -> str:
        """Id of a new segment that has been passed over."""
        id_: str = self.create(name, *groups).data["id"]
        self.drain()
        return id_

    def members(self, segment_id: str) -> set[int]:
        return {one.profile_no for one in memberships.page(self.table, self.account, segment_id, limit=1000)}

    def deliver(self, *messages: Message, attempt: int = 1) -> None:
        """Straight to the room, in one batch."""
        records = [record(str(n), "none", events.encode(one), attempt) for n, one in enumerate(messages)]
        assert self.messages({"Records": records}) == {"batchItemFailures": []}

    def turn(self) -> bool:
        """One batch out of the inbox; False if nothing was due."""
        queue = connect.queue(self.settings.audiences_queue)
        deliveries = queue.receive(100, visibility_s=60)
        records = [record(one.id, one.receipt, one.body, one.attempt) for one in deliveries]
        assert self.messages({"Records": records}) == {"batchItemFailures": []}
        queue.ack(deliveries)
        return bool(deliveries)

    def drain(self) -> None:
        """Work off the inbox, as far as it is due."""
        while self.turn():
            continue
        assert connect.queue(self.settings.audiences_queue).dead_letters() == []

    def segment(self, id_: str) -> segments.Segment:
        found = segments.get(self.table, self.account, id_)
        assert found is not None
        return found


def record(id_: str, receipt: str, body: str, attempt: int) -> dict[str, Any]:
    attributes = {"ApproximateReceiveCount": str(attempt), "SentTimestamp": "0"}
    return {
        "messageId": id_,
        "receiptHandle": receipt,
        "body": body,
        "attributes": attributes,
        "eventSource": "aws:sqs",
    }


def body(id_: str | None = None, **attributes: Any) -> dict[str, Any]:
    data: dict[str, Any] = {"type": "segment", "attributes": attributes}
    return {"data": data if id_ is None else {**data, "id": id_}}


def definition(*groups: list[dict[str, Any]]) -> dict[str, Any]:
    return {"condition_groups": [{"conditions": conditions} for conditions in groups]}


def did(metric_id: str, at_least: int = 1, measurement: str = "count", **more: Any) -> dict[str, Any]:
    """People with so many events (or so large a sum) of a metric, ever unless told otherwise."""
    return {
        "type": "profile-metric",
        "metric_id": metric_id,
        "measurement": measurement,
        "measurement_filter": {"type": "numeric", "operator": "greater-than-or-equal", "value": at_least},
        "timeframe_filter": {"type": "date", "operator": "alltime"},
        **more,
    }


def is_called(name: str) -> dict[str, Any]:
    filter_ = {"type": "string", "operator": "equals", "value": name}
    return {"type": "profile-property", "property": "first_name", "filter": filter_}


def member(*group_ids: str, is_member: bool = True) -> dict[str, Any]:
    return {"type": "profile-group-membership", "is_member": is_member, "group_ids": list(group_ids)}


def open_shop(folder: Path) -> Shop:
    queues = f"{folder}/queues.db"
    SqliteBus(queues).set_rules({rule.message.__name__: ["audiences"] for rule in SPEC.rules})
    settings = Settings(
        table=f"sqlite://{folder}/documents.db",
        lake=f"file://{folder}/lake",
        engine="duckdb:",
        bus=f"sqlite://{queues}",
        limits="memory:",
        audiences_queue=f"sqlite://{queues}#audiences",
        rate_limit_factor=0,
    )
    table, lake, bus = connect.table(settings.table), connect.lake(settings.lake), connect.bus(settings.bus)
    others = [connect.queue(f"sqlite://{queues}#{name}") for name in ("compact", "profiles", "rewrite")]
    recorder = Recorder(table, lake, bus, *others)
    account, _ = accounts.create(table, name="Shop", timezone="Europe/Paris", currency="EUR")
    return Shop(settings, Caller(http(settings), SPEC, account.id), recorder, inbox(settings))


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return open_shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture
def shop(platform: Shop) -> Shop:
    """An account of its own on the module's platform; nothing waits in the inbox."""
    platform.drain()
    account, _ = accounts.create(platform.table, name=new_short_id(), timezone="Europe/Paris", currency="EUR")
    platform.caller.account_id = account.id
    return platform
