"""Subscriptions to what is back in stock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
import pytest

from functions.ingest.parse import check
from tests.unit.catalog.conftest import Room, cid


def subscription(profile: dict[str, Any], variant: str = "tea-s", channels: Any = ("EMAIL", "SMS")) -> dict[str, Any]:
    return {
        "data": {
            "type": "back-in-stock-subscription",
            "attributes": {"channels": list(channels), "profile": {"data": {"type": "profile", **profile}}},
            "relationships": {"variant": {"data": {"type": "catalog-variant", "id": cid(variant)}}},
        }
    }


PRIVATE, CLIENT = "/api/back-in-stock-subscriptions", "/client/back-in-stock-subscriptions"
ANN = {"attributes": {"email": "ann@shop.example"}}


@pytest.fixture
def stocked(room: Room) -> Room:
    room.item("tea", image_full_url="https://shop.example/tea.png")
    room.variant("tea-s", "tea", sku="TS")
    return room


@pytest.mark.parametrize("path", [PRIVATE, CLIENT])
def test_a_subscription_is_an_event(stocked: Room, path: str) -> None:
    query = {"company_id": stocked.caller.account_id} if path == CLIENT else {}
    answer = stocked.caller("POST", path, subscription(ANN), query=query)
    assert (answer.status, answer.document) == (202, None)
    (message,) = stocked.events()
    assert message.browser is (path == CLIENT)
    body = msgspec.json.decode(message.body)
    assert check("event", bytes(message.body), datetime.fromisoformat(message.received_at)).events == 1
    attributes = body["data"]["attributes"]
    assert attributes["metric"]["data"]["attributes"]["name"] == "Subscribed to Back in Stock"
    assert attributes["profile"]["data"] == {"type": "profile", "attributes": {"email": "ann@shop.example"}}
    assert attributes["properties"] == {
        "VariantId": "tea-s",
        "VariantName": "Title tea-s",
        "ProductID": "tea",
        "ProductName": "Title tea",
        "SKU": "TS",
        "Price": 4.5,
        "URL": "https://shop.example/v",
        "ImageURL": "https://shop.example/tea.png",
        "InventoryQuantity": 3,
        "Channels": ["EMAIL", "SMS"],
    }


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        (subscription({}), 400, "/data/attributes/profile/data/attributes"),
        (subscription({"attributes": {"email": "nobody"}}), 400, "/data/attributes/profile/data/attributes/email"),
        (subscription({"id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}), 400, "/data/attributes/profile/data/id"),
        (subscription({"attributes": {"id": "x"}}), 400, "/data/attributes/profile/data/attributes/id"),
        (subscription(ANN, "none"), 404, "/data/relationships/variant/data/id"),
        (subscription(ANN, channels=[]), 400, "/data/attributes/channels"),
        (subscription(ANN, channels=["FAX"]), 400, "/data/attributes/channels/0"),
    ],
)
def test_a_subscription_that_cannot_be(stocked: Room, body: dict[str, Any], status: int, pointer: str) -> None:
    error = stocked.caller("POST", PRIVATE, body).error
    assert (error["status"], error["source"]) == (status, {"pointer": pointer})
    assert stocked.events() == []
