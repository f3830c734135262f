"""GET /api/events[/{id}] with include=attributions: the messages that events are credited to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from cdp import connect
from cdp.attribution.settings import AttributionSettings, Windows
from cdp.documents import attribution_settings, campaigns, profiles
from cdp.documents.campaigns import Audience, Campaign, Message
from tests.unit.calls import BASE, Answer
from tests.unit.events.conftest import NOW, Shop

START = datetime(2026, 3, 30, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def tell(shop: Shop, *happened: tuple[str, int, dict[str, Any]]) -> None:
    """Events of one person: metric, hour, columns."""
    who = shop.person("ann@shop.example")
    shop.record(*(
        {"metric": shop.metric(name), "person": who, "at": START + hour * HOUR, **more} for name, hour, more in happened
    ))  # fmt: skip


def listed(shop: Shop, name: str = "Placed Order") -> Answer:
    query = {"filter": f'equals(metric_id,"{shop.metric(name).id}")', "include": "attributions", "sort": "datetime"}
    return shop.caller.get("/api/events", **query)


def credited(answer: Answer) -> list[list[Any]]:
    """Of each event, the relationships of its attributions by name."""
    included = {one["id"]: one for one in answer.document["included"] if one["type"] == "attribution"}
    return [
        [
            {name: value["data"]["id"] for name, value in included[data["id"]]["relationships"].items()}
            for data in event["relationships"]["attributions"]["data"]
        ]
        for event in answer.data
    ]


def event_ids(shop: Shop, name: str) -> list[str]:
    return [one["id"] for one in listed(shop, name).data]


MAIL = (("Received Email", 0, {"message": "m1"}), ("Clicked Email", 30, {"message": "m1"}))


def test_an_order_with_the_campaign_that_it_is_owed_to(shop: Shop) -> None:
    table = connect.table(shop.settings.table)
    message = Message("m1", "c-a", NOW, NOW)
    campaign = Campaign("CAMP01", "Spring", NOW, NOW, audiences=(Audience("c-a", NOW, NOW),), messages=(message,))
    assert campaigns.create(table, shop.account_id, campaign)
    tell(shop, *MAIL, ("Placed Order", 31, {"value": 5.0}), ("Placed Order", 600, {}))
    answer = listed(shop)
    first, _ = event_ids(shop, "Placed Order")
    (click,) = event_ids(shop, "Clicked Email")
    assert credited(answer) == [
        [{"event": first, "attributed-event": click, "campaign-message": "m1", "campaign": "CAMP01"}],
        [],
    ]
    (resource,) = answer.document["included"]
    assert resource["links"]["self"] == f"{BASE}/api/events/{first}?include=attributions"
    assert len(resource["id"]) == 32
    again = shop.caller.get(resource["links"]["self"])
    assert again.data["relationships"]["attributions"]["data"] == [{"type": "attribution", "id": resource["id"]}]
    assert again.document["included"] == [resource]


def test_a_flow_with_its_message_and_variation(shop: Shop) -> None:
    sent = {"message": "m2", "flow": "FLOW01", "variation": "v2"}
    tell(shop, ("Received SMS", 0, sent), ("Placed Order", 12, {}))
    ((credit,),) = credited(listed(shop))
    assert {name: credit[name] for name in credit if "event" not in name} == {
        "flow": "FLOW01", "flow-message": "m2", "flow-message-variation": "v2",
    }  # fmt: skip


def test_nothing_is_reckoned_unless_it_is_asked_for(shop: Shop) -> None:
    tell(shop, *MAIL, ("Placed Order", 31, {}))
    assert "attributions" not in shop.caller.get("/api/events").data[0]["relationships"]


def test_an_empty_page_has_none(shop: Shop) -> None:
    assert listed(shop).document["included"] == []


def test_a_change_of_the_settings_is_felt_at_once(shop: Shop) -> None:
    tell(shop, *MAIL, ("Placed Order", 31, {}))
    assert len(credited(listed(shop))[0]) == 1
    table = connect.table(shop.settings.table)
    shorter = AttributionSettings(windows=Windows(email_click=30, active_on_site=None))
    assert attribution_settings.STORED.change(table, shop.account_id, lambda _: shorter)
    assert credited(listed(shop)) == [[]]


def test_linear_credits_every_message(shop: Shop) -> None:
    more = (("Received Push", 1, {"message": "p1"}), ("Opened Push", 2, {"message": "p1"}))
    tell(shop, *MAIL, *more, ("Placed Order", 20, {}), ("Clicked Email", 4, {"message": "m1"}))
    table = connect.table(shop.settings.table)
    assert attribution_settings.STORED.change(table, shop.account_id, lambda _: AttributionSettings(model="linear"))
    (owed,) = credited(listed(shop))
    assert [one["campaign-message"] for one in owed] == ["m1", "p1"]


def test_a_late_event_counts(shop: Shop) -> None:
    tell(shop, ("Received Email", 0, {"message": "m1"}), ("Placed Order", 31, {}))
    assert credited(listed(shop)) == [[]]
    (ann,) = profiles.get_many(connect.table(shop.settings.table), shop.account_id, [1])
    assert ann is not None
    shop.record({"metric": shop.metric("Clicked Email"), "person": ann, "at": START + 5 * HOUR, "message": "m1"})
    assert len(credited(listed(shop))[0]) == 1
