"""Deliveries as other people's receivers see them: Standard Webhooks' own library, and Klaviyo's guide in Node."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tests.contract.clients.conftest import Platform, bulk, order, person, until
from tests.contract.clients.node_sdk import NODE
from tests.e2e.embedded.endpoints import Arrival, Endpoints, endpoints

SECRET, NEWER = "ein Geheimnis für Empfänger", "a secret that is newer"
TOPIC = "event:api.placed_order"


@pytest.fixture(scope="module")
def receiver() -> Iterator[Endpoints]:
    with endpoints() as found:
        yield found


@pytest.fixture(scope="module")
def webhook(community: Platform, receiver: Endpoints) -> str:
    """Its id; it has received the first order."""
    _order(community, 0)
    until(lambda: community.call("GET", f"/api/webhook-topics/{TOPIC}")[0] == 200, "the topic")
    attributes = {"name": "Till", "endpoint_url": receiver.url("/in"), "secret_key": SECRET}
    topics = {"webhook-topics": {"data": [{"type": "webhook-topic", "id": TOPIC}]}}
    document = {"data": {"type": "webhook", "attributes": attributes, "relationships": topics}}
    status, made = community.call("POST", "/api/webhooks", document)
    assert status == 201, made
    _arrival(community, receiver, 1)
    id_: str = made["data"]["id"]
    return id_


def _order(platform: Platform, no: int) -> None:
    status, _ = platform.call("POST", "/api/event-bulk-create-jobs", bulk([(person(0), [order(no)])]))
    assert status == 202


def _arrival(platform: Platform, receiver: Endpoints, no: int) -> Arrival:
    """The delivery of the order with this number, which is made now."""

    def found() -> Arrival | None:
        return next((one for one in receiver.arrivals if any(e.unique_id == f"o{no}" for e in one.entries)), None)

    _order(platform, no)
    return until(found, f"order {no}")


def _standard_secret(text: str) -> str:
    """As docs/webhooks.md says how to make it."""
    return "whsec_" + base64.b64encode(text.encode()).decode()


def test_the_library_of_standard_webhooks_accepts_deliveries(
    community: Platform, receiver: Endpoints, webhook: str
) -> None:
    arrival = _arrival(community, receiver, 2)
    body = Webhook(_standard_secret(SECRET)).verify(arrival.body, arrival.headers)
    assert body["meta"]["klaviyo_webhook_id"] == webhook
    assert body["meta"]["klaviyo_account_id"] == community.account_id
    with pytest.raises(WebhookVerificationError):
        Webhook(_standard_secret(NEWER)).verify(arrival.body, arrival.headers)


def test_klaviyos_guide_accepts_deliveries_and_nothing_else(
    community: Platform, receiver: Endpoints, webhook: str
) -> None:
    arrival = _arrival(community, receiver, 3)
    assert arrival.headers["klaviyo-webhook-id"] == webhook
    later = {**arrival.headers, "klaviyo-timestamp": "Tue, 14 Apr 2026 03:50:12 GMT"}
    cases = [(arrival.headers, arrival.body), (arrival.headers, arrival.body + b" "), (later, arrival.body)]
    assert _verified_by_node(SECRET, cases) == [True, False, False]
    assert _verified_by_node(NEWER, cases[:1]) == [False]


def _verified_by_node(secret: str, deliveries: list[tuple[dict[str, str], bytes]]) -> list[bool]:
    given = [{"headers": headers, "body": base64.b64encode(body).decode()} for headers, body in deliveries]
    script = Path(__file__).with_name("node") / "verify_webhook.js"
    asked = json.dumps({"secret": secret, "deliveries": given})
    ran = subprocess.run([NODE, script], input=asked, capture_output=True, text=True, timeout=60, check=True)
    answer: list[bool] = json.loads(ran.stdout)
    return answer


def test_the_payload_is_what_get_event_answers(community: Platform, receiver: Endpoints, webhook: str) -> None:
    arrival = _arrival(community, receiver, 4)
    (entry,) = json.loads(arrival.body)["data"]
    id_ = entry["payload"]["data"]["id"]
    status, document = community.call("GET", f"/api/events/{id_}?include=profile,metric")
    assert status == 200
    assert entry["topic"] == TOPIC
    assert entry["external_id"] == document["data"]["attributes"]["uuid"]
    assert entry["payload"]["data"] == document["data"]
    assert _by_id(entry["payload"]["included"]) == _by_id(document["included"])


def _by_id(included: list[dict[str, Any]]) -> dict[tuple[str, str], Any]:
    return {(one["type"], one["id"]): one for one in included}


def test_during_a_rotation_both_secrets_verify(community: Platform, receiver: Endpoints, webhook: str) -> None:
    change = {"data": {"type": "webhook", "id": webhook, "attributes": {"secret_key": NEWER}}}
    assert community.call("PATCH", f"/api/webhooks/{webhook}", change)[0] == 200
    arrival = _arrival(community, receiver, 5)
    for secret in (SECRET, NEWER):
        Webhook(_standard_secret(secret)).verify(arrival.body, arrival.headers)
    assert _verified_by_node(NEWER, [(arrival.headers, arrival.body)]) == [True]
    assert _verified_by_node(SECRET, [(arrival.headers, arrival.body)]) == [False]
