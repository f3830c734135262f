"""Test calls, for real: signed, answered for, and in the log of attempts."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from cdp.documents import webhook_attempts
from cdp.documents.webhook_attempts import Attempt
from cdp.jsonapi.times import format_instant
from cdp.model.ids import new_ulid
from cdp.webhooks import sign
from tests.unit.calls import Answer, pages
from tests.unit.webhooks.conftest import ACCOUNT, NOW, SECRET, Room, room_of
from tests.unit.webhooks.receiver import Receiver, receiving

ANOTHER = "another secret, twenty"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def near(room: Room) -> Room:
    """Webhooks may go to this machine."""
    return room_of(room.settings, room.folder, allow_loopback=True)


def test_a_signed_delivery_arrives(near: Room, receiver: Receiver) -> None:
    id_ = near.made(endpoint_url=receiver.url)
    shown = called(near, id_).data
    attributes = shown["attributes"]
    assert (attributes["status"], attributes["response_status"], attributes["failure"]) == ("delivered", 200, None)
    assert attributes["duration_ms"] >= 0
    (posted,) = receiver.posted
    assert posted.path == "/in"
    assert posted.headers["klaviyo-webhook-id"] == id_
    date = posted.headers["klaviyo-timestamp"]
    assert posted.headers["klaviyo-signature"] == sign.klaviyo(SECRET, date, posted.body)
    standard = sign.standard(SECRET, posted.headers["webhook-id"], posted.headers["webhook-timestamp"], posted.body)
    assert posted.headers["webhook-signature"] == standard
    assert posted.headers["webhook-id"] == attributes["delivery_id"]
    document = json.loads(posted.body)
    assert document["meta"]["klaviyo_account_id"] == ACCOUNT
    (entry,) = document["data"]
    assert entry["topic"] == "system:webhook_test"
    event, included = entry["payload"]["data"], entry["payload"]["included"]
    assert event["links"]["self"].startswith("https://platform.example/api/events/")
    assert {one["type"] for one in included} == {"profile", "metric"}
    assert event["relationships"]["profile"]["data"]["id"] in {one["id"] for one in included}


def test_during_a_rotation_both_secrets_sign(near: Room, receiver: Receiver) -> None:
    id_ = near.made(endpoint_url=receiver.url)
    near.change(id_, secret_key=ANOTHER)
    called(near, id_)
    (posted,) = receiver.posted
    at = posted.headers["webhook-id"], posted.headers["webhook-timestamp"], posted.body
    assert posted.headers["webhook-signature"].split(" ") == [sign.standard(one, *at) for one in (ANOTHER, SECRET)]
    assert posted.headers["klaviyo-signature"] == sign.klaviyo(ANOTHER, posted.headers["klaviyo-timestamp"], posted.body)


@pytest.mark.parametrize("status", [204, 302, 404, 410, 500])
def test_what_is_no_success_is_told_in_a_number(near: Room, receiver: Receiver, status: int) -> None:
    receiver.status, receiver.answer = status, b"" if status == 204 else b"what the receiver would not have shown"
    id_ = near.made(endpoint_url=receiver.url)
    answer = called(near, id_)
    assert (answer.data["attributes"]["status"], answer.data["attributes"]["response_status"]) == ("failed", status)
    assert str(status) in answer.data["attributes"]["failure"]
    assert "would not have" not in json.dumps(answer.document)
    assert near.caller.get(f"/api/webhooks/{id_}").data["attributes"]["enabled"]


def test_nobody_there(near: Room) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        id_ = near.made(endpoint_url=f"http://127.0.0.1:{probe.getsockname()[1]}/t0ken")
        attributes = called(near, id_).data["attributes"]
    assert (attributes["status"], attributes["response_status"]) == ("failed", None)
    assert attributes["failure"]
    assert "t0ken" not in attributes["failure"]


def test_what_was_allowed_once_is_not_for_ever(near: Room, receiver: Receiver) -> None:
    id_ = near.made(endpoint_url=receiver.url)
    attributes = called(room_of(near.settings, near.folder, allow_loopback=False), id_).data["attributes"]
    assert (attributes["status"], attributes["response_status"]) == ("failed", None)
    assert receiver.posted == []


def test_a_disabled_webhook_can_be_tested(near: Room, receiver: Receiver) -> None:
    id_ = near.made(endpoint_url=receiver.url)
    near.change(id_, enabled=False)
    assert called(near, id_).data["attributes"]["status"] == "delivered"


def test_which_webhook(near: Room) -> None:
    assert called(near, "nobody").error["source"] == {"pointer": "/data/relationships/webhook/data/id"}
    body = {"data": {"type": "webhook-test"}}
    assert near.caller("POST", "/api/webhook-tests", body).error["source"] == {"pointer": "/data/relationships"}


def test_it_is_in_the_log(near: Room, receiver: Receiver) -> None:
    id_ = near.made(endpoint_url=receiver.url)
    test = called(near, id_).data
    (logged,) = near.caller.get(f"/api/webhooks/{id_}/webhook-attempts").data
    assert logged["id"] == test["id"]
    assert logged["attributes"].items() >= test["attributes"].items()
    assert (logged["attributes"]["kind"], logged["attributes"]["event_count"]) == ("test", 1)


def test_the_log_newest_first_over_pages(near: Room) -> None:
    id_, other = near.made(), near.made()
    made = [new_ulid(NOW.replace(minute=minute)) for minute in range(25)]
    for attempt_id in made:
        attempt = Attempt(attempt_id, id_, NOW, "msg_1", 2, 7, 12, 500, "The endpoint answered 500.", NOW)
        near.table.write([[webhook_attempts.putting(ACCOUNT, attempt)]])
    url = f"/api/webhooks/{id_}/webhook-attempts"
    for sort, wanted in (("-attempted_at", made[::-1]), ("attempted_at", made)):
        found = pages(near.caller, url, sort=sort, **{"page[size]": "10"})
        assert [one["id"] for page in found for one in page.data] == wanted
        back = near.caller.get(found[2].document["links"]["prev"])
        assert [one["id"] for one in back.data] == wanted[10:20]
    assert len(near.caller.get(url).data) == 20
    assert near.caller.get(f"/api/webhooks/{other}/webhook-attempts").data == []
    shown = near.caller.get(url, **{"fields[webhook-attempt]": "failure,retry_at"}).data[0]["attributes"]
    assert shown == {"failure": "The endpoint answered 500.", "retry_at": format_instant(NOW)}
    for name, value in (("sort", "id"), ("page[size]", "101"), ("filter", "equals(status,'failed')")):
        assert near.caller.get(url, **{name: value}).error["source"] == {"parameter": name}


def called(room: Room, id_: str) -> Answer:
    related: dict[str, Any] = {"webhook": {"data": {"type": "webhook", "id": id_}}}
    return room.caller("POST", "/api/webhook-tests", {"data": {"type": "webhook-test", "relationships": related}})
