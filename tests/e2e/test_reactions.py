"""The deployed rooms of reactions: an event reaches a webhook's lane, a monitor is evaluated, the sandbox stays shut
without a tenant. The emulator knows no tenancy, so functions run in tests/e2e/test_packages.py, from their own package."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from cdp.events import Scheduled, encode
from tests.e2e.conftest import PREFIX, Account, Deployment
from tests.e2e.test_audiences import get
from tests.e2e.test_deployment import _inbox, call, event, until

UNHEARD = "https://nobody.hooks.example.com/events"  # a name that leads nowhere: RFC 2606


@pytest.fixture(scope="module")
def shop(deployment: Deployment) -> Account:
    """An account of this file's own, with an order."""
    options = ("--name", "Reacts", "--timezone", "Europe/Paris", "--currency", "EUR", "--stack", PREFIX)
    made = json.loads(deployment.emulator.run("infra.aws.account", *options))
    account = Account(made["account_id"], made["private_key"])
    order(deployment, account, "o-1")
    until(deployment, lambda: get(deployment, account, "/api/metrics"))
    return account


def order(deployment: Deployment, account: Account, name: str) -> None:
    status, document = call(deployment, "POST", "/api/events", account.key, event("ada@shop.example", name, 20))
    assert status == 202, document


@pytest.mark.usefixtures("aws")
def test_an_event_reaches_the_lane_of_a_webhook(deployment: Deployment, shop: Account) -> None:
    body = {"data": {
        "type": "webhook",
        "attributes": {"name": "Stock", "endpoint_url": UNHEARD, "secret_key": "sixteen characters"},
        "relationships": {"webhook-topics": {"data": [{"type": "webhook-topic", "id": "event:api.placed_order"}]}},
    }}  # fmt: skip
    status, document = call(deployment, "POST", "/api/webhooks", shop.key, body)
    assert status == 201, document
    id_ = document["data"]["id"]
    order(deployment, shop, "o-2")
    (attempt, *_) = until(deployment, lambda: get(deployment, shop, f"/api/webhooks/{id_}/webhook-attempts"))
    assert attempt["attributes"]["failure"], attempt
    assert _inbox("webhooks").dead_letters() == _inbox("deliveries").dead_letters() == []
    assert call(deployment, "DELETE", f"/api/webhooks/{id_}", shop.key)[0] == 204


@pytest.mark.usefixtures("aws")
def test_a_monitor_opens_an_alert(deployment: Deployment, shop: Account) -> None:
    metric = get(deployment, shop, "/api/metrics")[0]["id"]
    condition = {
        "metric": "total_events", "relation": "greater-or-equal", "value": 0, "value_type": "absolute",
        "aggregation": "sum", "period": "previous_day",
    }  # fmt: skip
    body: dict[str, Any] = {"data": {
        "type": "monitor",
        "attributes": {"name": "Orders", "monitor_type": "metric", "conditions": [condition]},
        "relationships": {"metric": {"data": {"type": "metric", "id": metric}}},
    }}  # fmt: skip
    status, document = call(deployment, "POST", "/api/monitors", shop.key, body)
    assert status == 201, document
    at = "2026-03-03T09:00:00+00:00"
    _inbox("monitors").send([encode(Scheduled(job="monitors", account_id=shop.id, as_of=at))])
    (alert,) = until(deployment, lambda: get(deployment, shop, "/api/monitor-alerts"))
    assert alert["relationships"]["monitor"]["data"]["id"] == document["data"]["id"]
    assert _inbox("monitors").dead_letters() == []


def test_the_sandbox_refuses_code_of_nobody(deployment: Deployment, shop: Account) -> None:
    metric = get(deployment, shop, "/api/metrics")[0]["id"]
    attributes = {"name": "Any", "runtime": "python", "code": "def handler(event, context): pass", "trigger": {"metric_id": metric}}
    headers = {"authorization": f"Klaviyo-API-Key {shop.key}", "content-type": "application/vnd.api+json"}
    body = {"data": {"type": "function", "attributes": attributes}}
    answer = httpx.post(f"{deployment.url}/api/functions", json=body, headers=headers, timeout=60)
    assert answer.status_code == 503, answer.text
    assert "without a tenant" in answer.json()["errors"][0]["detail"]
