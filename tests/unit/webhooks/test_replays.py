"""Dead letters, replays, and how a webhook fares."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from cdp.documents import webhook_backlog, webhook_lanes, webhooks
from cdp.documents.webhook_lanes import Lane
from cdp.events import DeliveriesDue
from cdp.jsonapi.times import format_instant
from cdp.model.ids import profile_id
from cdp.ports import ItemQuery
from cdp.webhooks.delivery import Entry, encode, external_id
from functions.webhooks import sample
from tests.unit.calls import Answer, pages
from tests.unit.webhooks.conftest import ACCOUNT, NOW, SENT, Room

COUNT = 25


@pytest.fixture
def dead(room: Room) -> str:
    """A webhook with dead letters, enabled again."""
    id_ = room.made()
    wait(room, id_, COUNT)
    assert not webhook_backlog.bury(room.table, ACCOUNT, id_, NOW)
    room.change(id_, enabled=False)
    room.change(id_, enabled=True)
    room.told()
    return id_


def wait(room: Room, id_: str, count: int) -> None:
    made = [
        webhook_backlog.New(id_, webhook_backlog.sort_key(NOW, no, f"E{no}"), encode(entry(no))) for no in range(count)
    ]
    webhook_backlog.put(room.table, ACCOUNT, made, NOW)


def entry(no: int) -> Entry:
    made = sample.entry("https://platform.example", ACCOUNT, NOW)
    return msgspec.structs.replace(made, topic=SENT, external_id=f"uuid-{no}")


def test_listed_in_the_order_of_the_events(room: Room, dead: str) -> None:
    found = pages(room.caller, f"/api/webhooks/{dead}/webhook-dead-letters", **{"page[size]": "10"})
    letters = [one for page in found for one in page.data]
    assert [len(page.data) for page in found] == [10, 10, 5]
    assert [one["attributes"]["external_id"] for one in letters] == [f"uuid-{no}" for no in range(COUNT)]
    first = letters[0]
    assert first["attributes"] == {
        "topic": SENT,
        "external_id": "uuid-0",
        "died_at": format_instant(NOW),
        "expires_at": format_instant(NOW + timedelta(days=7)),
    }
    assert first["relationships"]["webhook"]["data"]["id"] == dead
    assert first["relationships"]["event"]["data"]["type"] == "event"
    url = f"/api/webhooks/{dead}/webhook-dead-letters"
    assert len(room.caller.get(url).data) == 20
    assert room.caller.get(url, **{"page[size]": "101"}).error["source"] == {"parameter": "page[size]"}
    log = room.caller.get(f"/api/webhooks/{dead}/webhook-attempts")
    assert log.data == []


def test_some_are_replayed_in_their_places(room: Room, dead: str) -> None:
    letters = room.caller.get(f"/api/webhooks/{dead}/webhook-dead-letters").data
    chosen = [letters[7]["id"], letters[3]["id"]]
    answer = replayed(room, dead, dead_letter_ids=[*chosen, "nothing"])
    assert (answer.status, answer.data["attributes"]) == (200, {"status": "complete", "replayed_count": 2})
    assert room.told() == [DeliveriesDue(ACCOUNT, dead)]
    waiting = webhook_backlog.read(room.table, ACCOUNT, dead, most=100, most_bytes=1_000_000)
    assert [one.key for one in waiting] == sorted(chosen)
    left = pages(room.caller, f"/api/webhooks/{dead}/webhook-dead-letters")
    assert len([one for page in left for one in page.data]) == COUNT - 2


def test_all_are_asked_for(room: Room, dead: str) -> None:
    answer = replayed(room, dead)
    assert (answer.status, answer.data["attributes"]) == (202, {"status": "processing", "replayed_count": None})
    assert room.told() == [DeliveriesDue(ACCOUNT, dead)]
    assert standing(room, dead)["delivery_status"]["is_replaying"]


def test_what_cannot_be_replayed(room: Room, dead: str) -> None:
    webhook = "/data/relationships/webhook/data/id"
    assert replayed(room, "nobody").error["source"] == {"pointer": webhook}
    for ids in ([], [""], ["x" * 201], ["x"] * 1001):
        assert replayed(room, dead, dead_letter_ids=ids).error["source"]["pointer"].startswith(
            "/data/attributes/dead_letter_ids"
        )
    room.change(dead, enabled=False)
    refused = replayed(room, dead).error
    assert (refused["status"], refused["source"]) == (409, {"pointer": webhook})


def test_how_it_fares(room: Room) -> None:
    id_ = room.made()
    assert standing(room, id_) == {
        "delivery_status": {
            "state": "ok",
            "disabled_because": None,
            "failing_since": None,
            "failed_attempts": 0,
            "next_attempt_at": None,
            "last_delivered_at": None,
            "is_replaying": False,
        },
        "backlog": {"waiting_count": 0, "has_dead_letters": False},
    }
    wait(room, id_, 3)
    fails(room, id_)
    found = standing(room, id_)
    assert found["backlog"] == {"waiting_count": 3, "has_dead_letters": False}
    assert (found["delivery_status"]["state"], found["delivery_status"]["failed_attempts"]) == ("failing", 4)
    (listed,) = room.caller.get("/api/webhooks", **{"additional-fields[webhook]": "delivery_status"}).data
    assert listed["attributes"]["delivery_status"] == found["delivery_status"]
    assert "delivery_status" not in room.caller.get("/api/webhooks").data[0]["attributes"]


def test_what_failed_before_it_was_enabled_again_is_not_shown(room: Room) -> None:
    id_ = room.made()
    fails(room, id_)
    webhooks.disable(room.table, ACCOUNT, id_, webhooks.FAILING, NOW)
    webhook_backlog.bury(room.table, ACCOUNT, id_, NOW)
    found = standing(room, id_)["delivery_status"]
    assert (found["state"], found["disabled_because"], found["failing_since"]) == ("disabled", "failing", None)
    room.change(id_, enabled=True)
    assert standing(room, id_)["delivery_status"]["state"] == "ok"


def test_who_is_erased_is_in_no_backlog(room: Room) -> None:
    """Neither waiting nor dead, and whole where an entry is in parts; others stay."""
    id_, (ada, bob) = room.made(), (profile_id(ACCOUNT, 7), profile_id(ACCOUNT, 8))
    long = random.Random(1).randbytes(600_000).hex()
    for no, (person, text) in enumerate([(ada, "x"), (bob, "x"), (ada, long), (bob, long)]):
        payload = {"data": {"type": "event", "id": f"E{no}", "profile": person, "text": text}}
        made = encode(Entry(SENT, f"uuid-{no}", payload))
        key = webhook_backlog.sort_key(NOW, no, f"E{no}")
        webhook_backlog.put(room.table, ACCOUNT, [webhook_backlog.New(id_, key, made)], NOW)
        if no < 2:
            webhook_backlog.bury(room.table, ACCOUNT, id_, NOW)
    assert webhook_backlog.forget(room.table, ACCOUNT, id_, ada) == 2
    left = webhook_backlog.dead(room.table, ACCOUNT, id_, limit=10)
    left += webhook_backlog.read(room.table, ACCOUNT, id_, most=10, most_bytes=10_000_000)
    assert [external_id(one.entry) for one in left] == ["uuid-1", "uuid-3"]
    stored = room.table.query(ItemQuery(f"{ACCOUNT}#webhook-backlog#{id_}"))
    assert len(stored) == left[1].items
    assert webhook_backlog.forget(room.table, ACCOUNT, id_, ada) == 0


def fails(room: Room, id_: str) -> None:
    made = webhooks.get(room.table, ACCOUNT, id_)
    assert made is not None
    lane = Lane(attempt=4, failing_since=made.created + timedelta(microseconds=1), next_at=made.created + timedelta(hours=1))
    assert room.table.write([[webhook_lanes.put(ACCOUNT, id_, lane, 0)]]) == [True]


def standing(room: Room, id_: str) -> dict[str, Any]:
    query = {"additional-fields[webhook]": "delivery_status,backlog"}
    shown = room.caller.get(f"/api/webhooks/{id_}", **query).data["attributes"]
    return {name: shown[name] for name in ("delivery_status", "backlog")}


def replayed(room: Room, id_: str, **attributes: Any) -> Answer:
    related = {"webhook": {"data": {"type": "webhook", "id": id_}}}
    data: dict[str, Any] = {"type": "webhook-replay", "relationships": related}
    body = {"data": {**data, "attributes": attributes} if attributes else data}
    return room.caller("POST", "/api/webhook-replays", body)
