"""Attributions of events through the official Python SDK: what its models accept, page by page, and what the public
description says of the resource; a change of the settings is felt at once."""

from __future__ import annotations

from typing import Any

import pytest
from klaviyo_api import KlaviyoAPI

from tests.contract.clients.conftest import Platform, bulk, person, until
from tests.contract.clients.description import faults, schemas
from tests.contract.clients.python_sdk import pages

BUYERS = 33
SETTINGS = "/api/attribution-settings/default"
FLOW = {"$message": "MSG002", "$flow": "FLOW01", "$variation": "VAR001"}


@pytest.fixture(scope="module")
def own(community: Platform) -> Platform:
    return community


def event(metric: str, hour: int, **properties: Any) -> dict[str, Any]:
    attributes = {
        "properties": properties,
        "time": f"2026-03-{1 + hour // 24:02d}T{hour % 24:02d}:00:00Z",
        "metric": {"data": {"type": "metric", "attributes": {"name": metric}}},
    }
    return {"type": "event", "attributes": attributes}


@pytest.fixture(scope="module")
def api(own: Platform) -> KlaviyoAPI:
    """Everybody clicks a mail; every third one also gets a text message; all buy."""
    listed = []
    for n in range(BUYERS):
        some = [event("Received Email", 0, **{"$message": "MSG001"}), event("Clicked Email", 2, **{"$message": "MSG001"})]
        if n % 3 == 0:
            some += [event("Received SMS", 10, **FLOW)]
        listed.append((person(n), [*some, event("Placed Order", 12, **{"$value": 10})]))
    status, _ = own.call("POST", "/api/event-bulk-create-jobs", bulk(listed))
    assert status == 202
    made = KlaviyoAPI(own.private_key, max_retries=1, test_host=own.url)
    until(lambda: len(orders(made, page_size=1000)[0].data) == BUYERS or None, "the orders")
    return made


def orders(api: KlaviyoAPI, **more: Any) -> list[Any]:
    metric = next((m.id for m in api.Metrics.get_metrics().data if m.attributes.name == "Placed Order"), "none")
    asked = {"include": ["attributions"], "filter": f'equals(metric_id,"{metric}")', "sort": "datetime", **more}
    return list(pages(api.Events.get_events, **asked))


def credited(found: list[Any]) -> list[list[dict[str, str]]]:
    """Of each event, the related ids of its attributions."""
    included = {one["id"]: one["relationships"] for page in found for one in page.included or []}
    return [
        [
            {name: related["data"]["id"] for name, related in included[one.id].items()}
            for one in event.relationships.attributions.data or []
        ]
        for page in found
        for event in page.data
    ]


def test_orders_over_three_pages_with_the_message_that_each_is_owed_to(api: KlaviyoAPI) -> None:
    found = orders(api, page_size=12)
    assert [len(page.data) for page in found] == [12, 12, 9]
    owed = [one for (one,) in credited(found)]
    flows = [one for one in owed if "flow" in one]
    assert len(flows) == BUYERS // 3
    assert {(one["flow"], one["flow-message"], one["flow-message-variation"]) for one in flows} == {
        ("FLOW01", "MSG002", "VAR001")
    }
    assert {one["campaign-message"] for one in owed if one not in flows} == {"MSG001"}
    assert {one["event"] for one in owed} == {event.id for page in found for event in page.data}


def test_one_order_and_the_touch_behind_it(api: KlaviyoAPI) -> None:
    first = orders(api, page_size=12)[0].data[0]
    one = api.Events.get_event(first.id, include=["attributions", "metric"])
    (attribution,) = [each for each in one.included if each["type"] == "attribution"]
    touch = api.Events.get_event(attribution["relationships"]["attributed-event"]["data"]["id"], include=["metric"])
    assert touch.included[0]["attributes"]["name"] in ("Clicked Email", "Received SMS")
    assert touch.data.attributes.timestamp < one.data.attributes.timestamp


def test_the_resource_is_as_described(api: KlaviyoAPI, own: Platform) -> None:
    _, document = own.call("GET", "/api/events?include=attributions&page[size]=1000")
    attributions = [one for one in document["included"] if one["type"] == "attribution"]
    assert len(attributions) >= BUYERS
    for one in attributions:
        assert faults(one, schemas()["AttributionResponseObjectResource"]) == []
    for one in document["data"]:
        assert faults(one, schemas()["EventResponseObjectResource"]) == []
    assert len({one["id"] for one in attributions}) == len(attributions)


def test_other_settings_make_other_attributions_at_once(api: KlaviyoAPI, own: Platform) -> None:
    def change(**attributes: Any) -> None:
        data = {"type": "attribution-settings", "id": "default", "attributes": attributes}
        status, document = own.call("PATCH", SETTINGS, {"data": data})
        assert status == 200, document

    change(windows={"sms_delivery": None})
    try:
        assert {one["campaign-message"] for (one,) in credited(orders(api))} == {"MSG001"}
        change(windows={"sms_delivery": 12}, model="linear")
        assert sorted(len(some) for some in credited(orders(api))) == [1] * 22 + [2] * 11
        change(windows={"sms_delivery": 1, "email_click": 11})
        assert credited(orders(api)) == [[]] * BUYERS
    finally:
        change(model="last_touch", windows={"sms_delivery": 12, "email_click": 120})


def test_without_being_asked_for_there_are_none(api: KlaviyoAPI) -> None:
    (page,) = list(pages(api.Events.get_events, filter="greater-than(timestamp,0)", page_size=1000))
    assert all(one.relationships.attributions is None for one in page.data)
