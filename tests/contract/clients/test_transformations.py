"""Data transformations and usage on the running platform, over plain HTTP and through the official SDK."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from klaviyo_api import KlaviyoAPI

from tests.contract.clients.conftest import Platform, profile

VISIBLE_S = 60


@pytest.fixture(scope="module")
def shop(community: Platform) -> Platform:
    """Transformations would change what other tests see."""
    return community


def wait_for(found: Callable[[], bool]) -> None:
    until = time.monotonic() + VISIBLE_S
    while not found():
        assert time.monotonic() < until
        time.sleep(0.1)


def data(type_: str, **attributes: Any) -> dict[str, Any]:
    return {"data": {"type": type_, "attributes": attributes}}


def created(shop: Platform, **attributes: Any) -> str:
    status, document = shop.call("POST", "/api/data-transformations", data("data-transformation", **attributes))
    assert status == 201, document
    id_: str = document["data"]["id"]
    return id_


def test_events_bring_transformed_properties(shop: Platform) -> None:
    rule = {"operator": "equals", "values": ["gold", "or"], "replacement": "Gold"}
    created(shop, name="Tiers", method="standardize", property="tier", rules=[rule])
    event = {
        "properties": {},
        "metric": {"data": {"type": "metric", "attributes": {"name": "Seen"}}},
        "profile": {"data": profile(email="event@shop.example", properties={"tier": " OR "})},
    }
    assert shop.call("POST", "/api/events", data("event", **event))[0] == 202
    path = "/api/profiles?filter=equals(email,'event@shop.example')"
    wait_for(lambda: bool(shop.call("GET", path)[1]["data"]))
    (found,) = shop.call("GET", path)[1]["data"]
    assert found["attributes"]["properties"] == {"tier": " OR ", "tier_transformed": "Gold"}


def test_previews_and_listing(shop: Platform) -> None:
    definition = {"method": "standardize", "property": "Country", "options": {"table": "country_names"}}
    body = data("data-transformation-preview", definition=definition, values=["deutschland", "U.S.", "Elbonia"])
    status, document = shop.call("POST", "/api/data-transformation-previews", body)
    assert status == 200
    assert [pair["after"] for pair in document["data"]["attributes"]["results"]] == [
        "Germany", "United States", "Elbonia",
    ]  # fmt: skip
    for i in range(5):
        created(shop, name=f"Listed {i}", method="format", property=f"listed{i}", options={"delete_quotes": True})
    path = "/api/data-transformations?sort=-name&page%5Bsize%5D=2&filter=starts-with(name,'Listed')"
    names: list[list[str]] = []
    while path:
        _, document = shop.call("GET", path)
        names.append([one["attributes"]["name"] for one in document["data"]])
        path = document["links"]["next"]
    assert names == [["Listed 4", "Listed 3"], ["Listed 2", "Listed 1"], ["Listed 0"]]


def test_usage_through_the_sdk(shop: Platform) -> None:
    api = KlaviyoAPI(shop.private_key, max_retries=1, test_host=shop.url)
    listed = api.Billing.list_billing_usage().data
    assert [one.id for one in listed] == ["active_profiles", "total_profiles", "events", "custom_metrics"]
    for one in listed:
        again = api.Billing.get_billing_usage(one.id).data
        assert (again.id, again.attributes.unit) == (one.id, one.attributes.unit)
        assert again.attributes.period_start < again.attributes.as_of < again.attributes.period_end
        assert again.attributes.usage_used <= again.attributes.usage_max
    wait_for(lambda: api.Billing.get_billing_usage("events").data.attributes.usage_used >= 1)
