"""Webhooks of the running platform: neighbours that hang or refuse, an endpoint that is gone and comes back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from infra.embedded.process import Platform, free_port
from tests.e2e.embedded.conftest import Shop, event, open_shop, single
from tests.e2e.embedded.endpoints import Endpoints, endpoints
from tests.e2e.embedded.waiting import wait_for
from tests.e2e.embedded.webhook_calls import create_webhook

SECRET = "a secret of this test"
TOPIC = "event:api.placed_order"
NEIGHBOURS, EVENTS = 12, 15


@pytest.fixture
def shop(platform: Platform) -> Iterator[Shop]:
    """An account of its own."""
    with open_shop(platform) as opened:
        _send(opened, "first")
        wait_for(lambda: opened.metric_id("Placed Order") is not None)
        yield opened


@pytest.fixture
def receiver() -> Iterator[Endpoints]:
    with endpoints() as found:
        yield found


def test_one_that_hangs_and_one_that_refuses_delay_nobody(shop: Shop, receiver: Endpoints) -> None:
    """While the one hangs, all others get everything; what it has missed it gets when it is well again."""
    receiver.answers["/hangs"] = None
    hangs = create_webhook(shop, receiver.url("/hangs"), TOPIC, SECRET)
    refuses = create_webhook(shop, f"http://127.0.0.1:{free_port()}/refuses", TOPIC, SECRET)
    for no in range(NEIGHBOURS):
        create_webhook(shop, receiver.url(f"/{no}"), TOPIC, SECRET)
    ids = [f"e{no:02d}" for no in range(EVENTS)]
    _send(shop, ids[0])
    wait_for(lambda: len(receiver.at("/hangs")) == 1)
    for id_ in ids[1:]:
        _send(shop, id_)
    for no in range(NEIGHBOURS):
        wait_for(lambda: len(_received(receiver, f"/{no}")) == EVENTS)  # noqa: B023  called at once
        assert _received(receiver, f"/{no}") == ids
    wait_for(lambda: all(_status(shop, id_)["state"] == "failing" for id_ in (hangs, refuses)))
    assert len(receiver.at("/hangs")) == 1
    assert _status(shop, hangs)["next_attempt_at"] is not None
    del receiver.answers["/hangs"]
    _patch(shop, hangs, endpoint_url=receiver.url("/is-well"))
    wait_for(lambda: len(_received(receiver, "/is-well")) == EVENTS)
    assert _received(receiver, "/is-well") == ids
    assert _status(shop, hangs)["state"] == "ok"


def test_an_endpoint_that_was_gone_gets_its_dead_letters(shop: Shop, receiver: Endpoints) -> None:
    receiver.answers["/in"] = b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"
    id_ = create_webhook(shop, receiver.url("/in"), TOPIC, SECRET)
    _send(shop, "e1")
    wait_for(lambda: _status(shop, id_)["state"] == "disabled")
    assert _status(shop, id_)["disabled_because"] == "gone"
    del receiver.answers["/in"]
    _patch(shop, id_, enabled=True)
    wait_for(lambda: len(_get(shop, f"/api/webhooks/{id_}/webhook-dead-letters")["data"]) == 1)
    related = {"webhook": {"data": {"type": "webhook", "id": id_}}}
    asked = {"data": {"type": "webhook-replay", "attributes": {"all": True}, "relationships": related}}
    answer = shop.http.post("/api/webhook-replays", json=asked)
    assert answer.status_code == 202, answer.text
    _send(shop, "e2")
    wait_for(lambda: "e2" in _received(receiver, "/in")[1:])
    assert _received(receiver, "/in") == ["e1", "e1", "e2"]
    attempts = _get(shop, f"/api/webhooks/{id_}/webhook-attempts")["data"]
    assert [one["attributes"]["response_status"] for one in attempts][-1] == 410


def _send(shop: Shop, id_: str) -> None:
    assert shop.http.post("/api/events", json=single(event(id_, "c0"))).status_code == 202


def _received(receiver: Endpoints, path: str) -> list[str]:
    return [entry.unique_id for arrival in receiver.at(path) for entry in arrival.entries]


def _status(shop: Shop, id_: str) -> dict[str, Any]:
    asked = f"/api/webhooks/{id_}?additional-fields[webhook]=delivery_status"
    found: dict[str, Any] = _get(shop, asked)["data"]["attributes"]["delivery_status"]
    return found


def _get(shop: Shop, path: str) -> dict[str, Any]:
    answer = shop.http.get(path)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def _patch(shop: Shop, id_: str, **attributes: Any) -> None:
    document = {"data": {"type": "webhook", "id": id_, "attributes": attributes}}
    answer = shop.http.patch(f"/api/webhooks/{id_}", json=document)
    assert answer.status_code == 200, answer.text


