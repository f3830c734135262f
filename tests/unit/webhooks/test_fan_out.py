"""From events and alerts to backlogs."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from cdp import connect
from cdp.adapters.embedded import sqlite
from cdp.documents import profiles, webhook_backlog
from cdp.documents.metrics import Metric
from cdp.errors import Rejected
from cdp.events import AlertChanged, DeliveriesDue, EventRecorded, Message, MonitorsDue
from cdp.inbox import Received
from cdp.lake.tables import month_of
from cdp.model.ids import event_name, event_no, event_uuid, profile_id
from functions.webhooks.fan_out import FanOut
from tests.unit.webhooks.conftest import ACCOUNT, NOW, OTHER, Room, room_of

ORDERED = "event:api.placed_order"
ALERT = "system:monitor_alert"


def _spread(room: Room, *messages: Message, **further: Any) -> list[Message]:
    """What `deliveries` is told."""
    room.told()
    queue = connect.queue(room.settings.deliveries_queue)
    FanOut(room.table, queue, "https://platform.example", **further).process([Received(one, 1) for one in messages])
    return room.told()


def _person(room: Room, no: int = 1) -> None:
    stored = profiles.fresh(no, NOW)
    stored.profile.email = f"{no}@example.com"
    assert profiles.save(room.table, ACCOUNT, [stored]) == [True]


def _recorded(metric: Metric, unique_id: str = "u1", second: int = 0, position: int = 0, person: int = 1) -> EventRecorded:
    number = event_no(ACCOUNT, metric.no, person, unique_id)
    return EventRecorded(
        ACCOUNT, event_name(month_of(NOW), metric.no, number), metric.id, metric.name, profile_id(ACCOUNT, person),
        NOW.isoformat(), (NOW + timedelta(seconds=second)).isoformat(), 12.5, msgspec.Raw(b'{"sku":"A"}'),
        unique_id=unique_id, currency="EUR", position=position,
    )  # fmt: skip


def _alert(opened: bool = True) -> AlertChanged:
    document = msgspec.Raw(b'{"data":{"type":"monitor-alert","id":"A1"}}')
    return AlertChanged(ACCOUNT, "M1", "A1", opened, NOW.isoformat(), document)


def _backlog(room: Room, id_: str) -> list[dict[str, Any]]:
    found = webhook_backlog.read(room.table, ACCOUNT, id_, most=1000, most_bytes=10**9)
    return [msgspec.json.decode(one.entry) for one in found]


def _names(room: Room, id_: str) -> Sequence[tuple[str, str]]:
    return [
        (one["topic"], one["payload"]["data"]["attributes"]["event_properties"]["$event_id"])
        for one in _backlog(room, id_)
    ]


def test_an_event_is_its_get_event_document(room: Room) -> None:
    metric = room.metric("Placed Order")
    id_ = room.made([ORDERED])
    _person(room)
    message = _recorded(metric)
    assert _spread(room, message) == [DeliveriesDue(ACCOUNT, id_)]
    (entry,) = _backlog(room, id_)
    data, included = entry["payload"]["data"], entry["payload"]["included"]
    assert entry["topic"] == ORDERED
    assert entry["external_id"] == event_uuid(ACCOUNT, event_no(ACCOUNT, metric.no, 1, "u1")) == data["attributes"]["uuid"]
    assert data["attributes"]["event_properties"] == {
        "sku": "A", "$event_id": "u1", "$value": 12.5, "$value_currency": "EUR",
    }  # fmt: skip
    assert data["links"]["self"] == f"https://platform.example/api/events/{message.event_id}"
    assert [(one["type"], one["id"]) for one in included] == [
        ("profile", profile_id(ACCOUNT, 1)), ("metric", metric.id),
    ]  # fmt: skip
    assert included[0]["attributes"]["email"] == "1@example.com"


def test_who_is_gone_is_not_included(room: Room) -> None:
    metric = room.metric("Placed Order")
    id_ = room.made([ORDERED])
    _spread(room, _recorded(metric))
    assert [one["type"] for one in _backlog(room, id_)[0]["payload"]["included"]] == ["metric"]


def test_events_wait_in_the_order_in_which_they_came(room: Room) -> None:
    metric = room.metric("Placed Order")
    id_ = room.made([ORDERED])
    _spread(room, _recorded(metric, "c", second=2), _recorded(metric, "b", 1, position=10))
    _spread(room, _recorded(metric, "a", 1, position=9), _recorded(metric, "c", second=2))
    assert [name for _, name in _names(room, id_)] == ["a", "b", "c"]


def test_everybody_hears_what_he_asked_for_once(room: Room) -> None:
    mail, order = room.metric("Opened Email"), room.metric("Placed Order")
    own = room.made(["event:api.opened_email"], name="own")
    general = room.made(["event:klaviyo.opened_email"], name="general")
    both = room.made(["event:klaviyo.opened_email", ORDERED, "event:api.opened_email"], name="both")
    disabled = room.made([ORDERED], name="disabled")
    room.change(disabled, enabled=False)
    told = _spread(room, _recorded(mail, "m"), _recorded(order, "o", second=1))
    assert sorted(told, key=str) == [DeliveriesDue(ACCOUNT, id_) for id_ in sorted((own, general, both))]
    assert _names(room, own) == [("event:api.opened_email", "m")]
    assert _names(room, general) == [("event:klaviyo.opened_email", "m")]
    assert [name for _, name in _names(room, both)] == ["m", "o"]
    assert _backlog(room, disabled) == []


def test_topics_are_called_as_they_were_asked_for(room: Room) -> None:
    metric = room.metric("Received Email", "klaviyo")
    alias, plain = room.made(["event:klaviyo.email_delivered"]), room.made(["event:klaviyo.received_email"], name="b")
    _spread(room, _recorded(metric))
    assert _names(room, alias) == [("event:klaviyo.email_delivered", "u1")]
    assert _names(room, plain) == [("event:klaviyo.received_email", "u1")]


def test_alerts_go_out_in_the_same_envelope(room: Room) -> None:
    room.metric("Placed Order")
    id_, other = room.made([ALERT]), room.made([ORDERED], name="other")
    assert _spread(room, _alert(), _alert()) == [DeliveriesDue(ACCOUNT, id_)]
    _spread(room, _alert(opened=False))
    entries = _backlog(room, id_)
    assert [(one["topic"], one["payload"]["data"]["id"]) for one in entries] == [(ALERT, "A1")] * 2
    assert entries[0]["external_id"] != entries[1]["external_id"]
    assert _backlog(room, other) == []


def test_accounts_do_not_hear_each_other(room: Room) -> None:
    metric = room.metric("Placed Order")
    stranger = room_of(room.settings, room.folder, OTHER)
    assert stranger.create([ALERT]).status == 201
    assert _spread(room, _recorded(metric), _alert()) == []


def test_what_is_none_of_ours_is_refused(room: Room) -> None:
    metric = room.metric("Placed Order")
    room.made([ORDERED])
    foreign = msgspec.structs.replace(_recorded(metric), profile_id=profile_id(OTHER, 1))
    unknown = msgspec.structs.replace(_recorded(metric), metric_id="nobody")
    for message in (foreign, unknown, MonitorsDue(ACCOUNT, NOW.isoformat())):
        with pytest.raises(Rejected):
            _spread(room, message)


def test_a_table_that_is_busy_is_waited_for(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else events behind would overtake these."""
    metric = room.metric("Placed Order")
    id_ = room.made([ORDERED])
    pauses: list[float] = []
    busy = sqlite3.connect(room.folder / "documents.db", isolation_level=None)
    busy.execute("BEGIN IMMEDIATE")

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            busy.execute("ROLLBACK")

    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_S", 0.01)
    room.table._db._local.__dict__.clear()  # type: ignore[attr-defined]  # a fresh connection, with that patience
    assert _spread(room, _recorded(metric), pause=pause) == [DeliveriesDue(ACCOUNT, id_)]
    assert len(pauses) == 2
    busy.close()
