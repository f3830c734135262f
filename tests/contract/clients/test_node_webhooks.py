"""Webhooks and their topics through the official Node SDK, unmodified. `make node-clients` installs it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.clients.conftest import Platform
from tests.contract.clients.node_sdk import run

OPENED, SENT = "event:klaviyo.opened_email", "event:klaviyo.sent_sms"


@pytest.fixture(scope="module")
def results(community: Platform) -> dict[str, Any]:
    return run("webhooks.js", community)


def test_no_call_failed_that_should_not(results: dict[str, Any]) -> None:
    failed = {name: one["failed"] for name, one in results.items() if isinstance(one, dict) and "failed" in one}
    assert {name: (one["status"], one["errors"][0]["source"].get("pointer")) for name, one in failed.items()} == {
        "error secret": (400, "/data/attributes/secret_key"),
        "error address": (400, "/data/attributes/endpoint_url"),
        "error topic": (400, "/data/relationships/webhook-topics/data/1/id"),
        "error gone": (404, None),
    }


def test_a_webhook_from_beginning_to_end(results: dict[str, Any]) -> None:
    shown = ["Node", "For the till", "https://hooks.shop.example", True, True, [OPENED, SENT]]
    assert results["created"] == shown
    assert results["one"] == [{"name": "Node"}, [OPENED, SENT]]
    assert results["listed"] is True
    assert results["updated"] == ["Desk", False, [SENT]]
    assert results["deleted"] == 204


def test_topics(results: dict[str, Any]) -> None:
    assert {OPENED, SENT, "system:monitor_alert"} <= set(results["topics"])
    assert results["topic"] == SENT
