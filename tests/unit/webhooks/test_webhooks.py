"""Webhooks from beginning to end: what is shown, what is refused and where, who listens to what."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from cdp import events
from cdp.documents import listeners, webhooks
from cdp.documents.listeners import named
from cdp.events import DeliveriesDue
from functions.webhooks.settings import Settings
from tests.unit.webhooks.conftest import (
    ACCOUNT,
    OPENED,
    OTHER,
    SECRET,
    SENT,
    URL,
    Room,
    changed,
    new,
    room_of,
)

TOPIC = "/data/relationships/webhook-topics/data"


def test_made_and_shown(room: Room) -> None:
    answer = room.create([SENT, OPENED], description="For the till")
    assert answer.status == 201
    made = answer.data
    assert answer.headers["location"] == made["links"]["self"]
    shown = made["attributes"]
    assert (shown["name"], shown["description"], shown["enabled"]) == ("Till", "For the till", True)
    assert shown["endpoint_url"] == "https://hooks.shop.example"
    assert made["relationships"]["webhook-topics"]["data"] == [
        {"type": "webhook-topic", "id": SENT},
        {"type": "webhook-topic", "id": OPENED},
    ]
    assert room.caller.get(f"/api/webhooks/{made['id']}").data == made
    assert room.caller.get("/api/webhooks").data == [made]
    assert room_of(room.settings, room.folder, OTHER).caller.get("/api/webhooks").data == []


def test_topics_are_included_and_fields_are_sparse(room: Room) -> None:
    ids = [room.made([SENT, OPENED]), room.made([SENT])]
    answer = room.caller.get("/api/webhooks", include="webhook-topics", **{"fields[webhook]": "name,enabled"})
    assert [one["id"] for one in answer.data] == ids
    assert [one["attributes"].keys() for one in answer.data] == [{"name", "enabled"}] * 2
    assert [one["id"] for one in answer.document["included"]] == [SENT, OPENED]
    assert "included" not in room.caller.get(f"/api/webhooks/{ids[0]}").document
    assert room.caller.get("/api/webhooks", include="profiles").error["source"] == {"parameter": "include"}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (new(name=...), "/data/attributes/name"),
        (new(name=" "), "/data/attributes/name"),
        (new(name="x" * 256), "/data/attributes/name"),
        (new(description="x" * 1001), "/data/attributes/description"),
        (new(endpoint_url=...), "/data/attributes/endpoint_url"),
        (new(endpoint_url="hooks.shop.example"), "/data/attributes/endpoint_url"),
        (new(endpoint_url="http://hooks.shop.example/in"), "/data/attributes/endpoint_url"),
        (new(endpoint_url="https://user:pass@hooks.shop.example/in"), "/data/attributes/endpoint_url"),
        (new(endpoint_url="https://hooks.shop.example:8443/in"), "/data/attributes/endpoint_url"),
        (new(endpoint_url="https://169.254.169.254/latest"), "/data/attributes/endpoint_url"),
        (new(endpoint_url="http://127.0.0.1:9000/in"), "/data/attributes/endpoint_url"),
        (new(endpoint_url="https://hooks.shop.example/" + "x" * 2048), "/data/attributes/endpoint_url"),
        (new(secret_key=...), "/data/attributes/secret_key"),
        (new(secret_key=None), "/data/attributes/secret_key"),
        (new(secret_key="fifteen letters"), "/data/attributes/secret_key"),
        (new(secret_key="x" * 513), "/data/attributes/secret_key"),
        (new([]), TOPIC),
        (new([SENT] * 101), TOPIC),
        (new([SENT, "event:klaviyo.no_such"]), f"{TOPIC}/1/id"),
        ({"data": {"type": "webhook", "attributes": new()["data"]["attributes"]}}, "/data/relationships"),
        ({"data": {**new()["data"], "type": "hook"}}, "/data/type"),
    ],
)
def test_what_is_wrong_is_pointed_at(room: Room, body: dict[str, Any], pointer: str) -> None:
    error = room.caller("POST", "/api/webhooks", body).error
    assert (error["status"], error["source"]) == (400, {"pointer": pointer})
    given = body["data"]["attributes"].get("secret_key")
    assert not given or given not in error["detail"]
    assert webhooks.all_of(room.table, ACCOUNT) == []


def test_a_secret_has_sixteen_characters(room: Room) -> None:
    assert room.create(secret_key="sixteen letters!").status == 201


def test_loopback_only_if_it_is_allowed(settings: Settings, tmp_path: Path) -> None:
    room = room_of(settings, tmp_path, allow_loopback=True)
    shown = room.create(endpoint_url="http://127.0.0.1:9000/in").data["attributes"]
    assert shown["endpoint_url"] == "http://127.0.0.1:9000"


def test_changed(room: Room) -> None:
    id_ = room.made(description="For the till")
    after = room.change(id_, [OPENED], name="Desk", endpoint_url="https://desk.example/x", enabled=False).data
    shown = after["attributes"]
    assert (shown["name"], shown["endpoint_url"], shown["enabled"]) == ("Desk", "https://desk.example", False)
    assert shown["description"] == "For the till"
    assert shown["updated_at"] >= shown["created_at"]
    assert [one["id"] for one in after["relationships"]["webhook-topics"]["data"]] == [OPENED]
    assert room.change(id_, description=None, name=None, enabled=None).data["attributes"]["description"] is None
    assert room.caller.get(f"/api/webhooks/{id_}").data["attributes"]["name"] == "Desk"
    assert room.told() == [DeliveriesDue(ACCOUNT, id_)] * 2


@pytest.mark.parametrize(
    ("topics", "attributes", "pointer"),
    [
        (None, {"name": ""}, "/data/attributes/name"),
        (None, {"endpoint_url": ""}, "/data/attributes/endpoint_url"),
        (None, {"secret_key": "short"}, "/data/attributes/secret_key"),
        (None, {"enabled": "yes"}, "/data/attributes/enabled"),
        ([], {}, TOPIC),
        (["event:api.nothing"], {}, f"{TOPIC}/0/id"),
    ],
)
def test_a_wrong_change_changes_nothing(room: Room, topics: Any, attributes: Any, pointer: str) -> None:
    id_ = room.made()
    before = webhooks.get(room.table, ACCOUNT, id_)
    assert room.change(id_, topics, **{"description": "new", **attributes}).error["source"] == {"pointer": pointer}
    assert webhooks.get(room.table, ACCOUNT, id_) == before
    assert room.caller("PATCH", f"/api/webhooks/{id_}", changed("another")).error["source"] == {"pointer": "/data/id"}


def test_what_failed_before_is_forgotten_when_it_is_enabled_again_or_moves(room: Room) -> None:
    id_ = room.made()
    made = _stored(room, id_)
    room.change(id_, name="Desk")
    assert _stored(room, id_).fresh_since == made.fresh_since
    room.change(id_, enabled=False)
    assert (_stored(room, id_).enabled, _stored(room, id_).disabled_because) == (False, webhooks.BY_REQUEST)
    room.change(id_, enabled=True)
    again = _stored(room, id_)
    assert (again.enabled, again.disabled_because) == (True, None)
    assert again.fresh_since > made.fresh_since
    room.change(id_, enabled=True)
    once_more = _stored(room, id_)
    assert once_more.fresh_since > again.fresh_since
    room.change(id_, endpoint_url="https://desk.example/x")
    assert _stored(room, id_).fresh_since > once_more.fresh_since


def test_deleted(room: Room) -> None:
    id_ = room.made()
    assert room.caller("DELETE", f"/api/webhooks/{id_}").status == 204
    assert room.told() == [DeliveriesDue(ACCOUNT, id_)]
    for method in ("GET", "DELETE", "PATCH"):
        body = changed(id_, name="x") if method == "PATCH" else None
        assert room.caller(method, f"/api/webhooks/{id_}", body).status == 404
    assert listeners.metrics(room.table, ACCOUNT) == frozenset()
    assert (room.folder / "secrets.json").read_text() == "{}"


def test_what_waits_goes_though_the_deletion_ends_half_way(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies when the webhook is gone, before it can say so."""
    id_ = room.made()
    real = webhooks.remove

    def dies(*given: Any) -> bool:
        real(*given)
        raise KeyboardInterrupt

    monkeypatch.setattr(webhooks, "remove", dies)
    with pytest.raises(KeyboardInterrupt):
        room.caller("DELETE", f"/api/webhooks/{id_}")
    with sqlite3.connect(room.folder / "queues.db") as file:
        ((body, delay_s),) = file.execute("SELECT body, round(visible_at - sent_at) FROM message").fetchall()
    assert (events.decode(body), delay_s) == (DeliveriesDue(ACCOUNT, id_), 60)


def test_fifty_of_an_account(settings: Settings, tmp_path: Path) -> None:
    room = room_of(settings, tmp_path, most_webhooks=3)
    ids = [room.made() for _ in range(3)]
    refused = room.create()
    assert (refused.status, refused.error["source"]) == (400, {"pointer": "/data"})
    assert len((tmp_path / "secrets.json").read_text().split(SECRET)) == 4
    assert room_of(settings, tmp_path, OTHER, most_webhooks=3).create().status == 201
    assert room.caller("DELETE", f"/api/webhooks/{ids[0]}").status == 204
    assert room.create().status == 201
    assert Settings.most_webhooks == 50


def test_nobody_sees_anothers(room: Room) -> None:
    id_ = room.made()
    other = room_of(room.settings, room.folder, OTHER)
    for method, body in (("GET", None), ("PATCH", changed(id_, name="mine")), ("DELETE", None)):
        assert other.caller(method, f"/api/webhooks/{id_}", body).status == 404
    test = {"data": {"type": "webhook-test", "relationships": {"webhook": {"data": {"type": "webhook", "id": id_}}}}}
    assert other.caller("POST", "/api/webhook-tests", test).status == 404
    assert other.caller.get(f"/api/webhooks/{id_}/webhook-attempts").status == 404


def test_it_listens_while_it_is_enabled(room: Room) -> None:
    orders = room.metric("Placed Order")
    id_, other = room.made([SENT, "event:api.placed_order", "system:monitor_alert"]), room.made([SENT])
    assert _listened(room) == {named("Sent SMS"), orders.id}
    room.change(id_, enabled=False)
    assert _listened(room) == {named("Sent SMS")}
    room.change(id_, enabled=True)
    room.change(other, [OPENED])
    assert _listened(room) == {named("Sent SMS"), orders.id, named("Opened Email")}
    room.change(id_, [OPENED])
    assert _listened(room) == {named("Opened Email")}
    room.caller("DELETE", f"/api/webhooks/{other}")
    assert _listened(room) == {named("Opened Email")}
    webhooks.disable(room.table, ACCOUNT, id_, webhooks.GONE, _stored(room, id_).updated)
    assert _listened(room) == frozenset()
    assert _stored(room, id_).disabled_because == webhooks.GONE


def test_a_static_topic_covers_the_metric_that_is_there(room: Room) -> None:
    """Of whatever integration, and in whatever spelling."""
    there = {room.metric("Sent SMS", "klaviyo").id, room.metric("sent sms", "api").id}
    room.metric("Sent SMS twice", "api")
    room.made([SENT])
    assert _listened(room) == {named("Sent SMS"), *there}


def test_scopes(room: Room) -> None:
    room.caller.scopes = "webhooks:read"
    assert room.caller.get("/api/webhooks").status == 200
    assert room.create().status == 403
    room.caller.scopes = "events:write"
    assert room.caller.get("/api/webhook-topics").status == 403


def test_the_address_is_kept_whole(room: Room) -> None:
    assert _stored(room, room.made()).endpoint_url == URL


def _stored(room: Room, id_: str) -> webhooks.Webhook:
    found = webhooks.get(room.table, ACCOUNT, id_)
    assert found is not None
    return found


def _listened(room: Room) -> frozenset[str]:
    return listeners.metrics(room.table, ACCOUNT)
