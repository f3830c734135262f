"""Calls of the webhooks API."""

from __future__ import annotations

from tests.e2e.embedded.conftest import Shop


def create_webhook(shop: Shop, url: str, topic: str, secret: str) -> str:
    """Its id."""
    attributes = {"name": url, "endpoint_url": url, "secret_key": secret}
    topics = {"webhook-topics": {"data": [{"type": "webhook-topic", "id": topic}]}}
    document = {"data": {"type": "webhook", "attributes": attributes, "relationships": topics}}
    answer = shop.http.post("/api/webhooks", json=document)
    assert answer.status_code == 201, answer.text
    id_: str = answer.json()["data"]["id"]
    return id_
