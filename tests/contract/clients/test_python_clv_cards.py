"""What is predicted and what uses it, made through the official Python SDK, unmodified: segments of predicted gender and
channel affinity find people after a run, and the cards and the dashboard show what the SDK made (SPEC §6.6-§6.7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from klaviyo_api import KlaviyoAPI

from tests.contract.clients.conftest import Platform, bulk, until
from tests.contract.clients.test_python_campaigns import DETAILS, body
from tests.contract.clients.test_python_flows import email as send_email
from tests.contract.clients.test_python_flows import new as new_flow

NOW = datetime.now(UTC)
BUTTON = {
    "type": "button",
    "styles": {"text_styles": {"font_family": "Arial", "font_size": 16, "font_weight": 400, "text_color": "#000000"}},
    "properties": {"label": "Join"},
    "action": {"type": "next_step", "submit": True, "properties": {"list_id": "LiSt01"}},
}
Body = dict[str, Any]


def happened(metric: str, days_ago: float, **more: Any) -> Body:
    attributes = {
        "properties": {"$message": "letter"}, "time": (NOW - timedelta(days=days_ago)).isoformat(), **more,
        "metric": {"data": {"type": "metric", "attributes": {"name": metric}}},
    }  # fmt: skip
    return {"type": "event", "attributes": attributes}


def order(days_ago: float, value: float) -> Body:
    return happened("Placed Order", days_ago, value=value, properties={"OrderId": f"o{days_ago}"})


def segment(api: KlaviyoAPI, name: str, *conditions: Body) -> str:
    definition = {"condition_groups": [{"conditions": list(conditions)}]}
    made: str = api.Segments.create_segment(body("segment", {"name": name, "definition": definition})).data.id
    return made


def predicted(dimension: str, filter_: Body, **more: Any) -> Body:
    return {"type": "profile-predictive-analytics", "dimension": dimension, "filter": filter_, **more}


def equals(value: str) -> Body:
    return {"type": "string", "operator": "equals", "value": value}


ABOVE = {"type": "numeric", "operator": "greater-than", "value": 50}
SPENDING = predicted("historic_clv", ABOVE)


@pytest.fixture(scope="module")
def api(community: Platform) -> KlaviyoAPI:
    return KlaviyoAPI(community.private_key, max_retries=1, test_host=community.url)


@pytest.fixture(scope="module")
def people(community: Platform, api: KlaviyoAPI) -> dict[str, str]:
    """Ids of Anna, who clicks text messages and orders, and of Peter, who only receives letters."""
    log = {
        "anna@shop.example": [
            happened("Received Email", 9), happened("Received SMS", 8), happened("Clicked SMS", 7),
            *(order(days, 30 + days) for days in (5, 6, 7)),
        ],
        "peter@shop.example": [happened("Received Email", 9), order(4, 20)],
    }  # fmt: skip
    status, _ = community.call("POST", "/api/event-bulk-create-jobs", bulk(list(log.items())))
    assert status == 202
    for address, name in (("anna@shop.example", "Anna-Lena"), ("peter@shop.example", "Peter")):
        api.Profiles.create_or_update_profile(body("profile", {"email": address, "first_name": name}))
    until(lambda: len(api.Events.get_events().data) == 8, "all events are there")
    return {one.attributes.email.partition("@")[0]: one.id for one in api.Profiles.get_profiles().data}


@pytest.fixture(scope="module")
def refreshed(community: Platform, people: dict[str, str]) -> dict[str, str]:
    """After a run over all profiles, as every change of the settings starts one."""
    attributes = {"clv_eligibility": "relaxed"}
    status, _ = community.call("PATCH", "/api/clv-settings/default", body("clv-settings", attributes, "default"))
    assert status == 200

    def is_over() -> bool:
        card = community.call("GET", "/api/clv-dashboards/default")[1]["data"]["attributes"]
        return card["examples_chosen_at"] is not None and card["refreshed_at"] is not None and card["refresh"] is None

    until(is_over, "the run is over")
    return people


def test_ranked_channels_are_on_the_profile_and_what_is_for_segments_is_not(
    community: Platform, api: KlaviyoAPI, refreshed: dict[str, str]
) -> None:
    shown = {"additional_fields_profile": ["predictive_analytics"]}
    anna, peter = (api.Profiles.get_profile(refreshed[name], **shown).data.attributes for name in ("anna", "peter"))
    assert anna.predictive_analytics.ranked_channel_affinity == ["sms", "email", "push", "whatsapp"]
    assert peter.predictive_analytics.ranked_channel_affinity == ["email", "sms", "push", "whatsapp"]
    path = f"/api/profiles/{refreshed['anna']}?additional-fields%5Bprofile%5D=predictive_analytics"
    held = community.call("GET", path)[1]["data"]["attributes"]["predictive_analytics"]
    assert held["historic_clv"] == 108
    assert not {"predicted_gender", "channel_affinity_ranks"} & held.keys()


@pytest.mark.parametrize(("condition", "expected"), [
    (predicted("predicted_gender", equals("likely_female")), {"anna"}),
    (predicted("predicted_gender", {"type": "string", "operator": "not-equals", "value": "likely_female"}), {"peter"}),
    (predicted("channel_affinity", {"type": "numeric", "operator": "equals", "value": 1},
               measurement="priority", predicted_channel="sms"), {"anna"}),
    (predicted("channel_affinity", equals("high"), measurement="rank", predicted_channel="sms"), {"anna"}),
    (SPENDING, {"anna"}),
])  # fmt: skip
def test_segments_find_people_by_what_is_predicted(
    api: KlaviyoAPI, refreshed: dict[str, str], condition: Body, expected: set[str]
) -> None:
    id_ = segment(api, f"By {condition['dimension']}", condition)
    until(lambda: not api.Segments.get_segment(id_).data.attributes.is_processing, "the segment is evaluated")
    found = {one.id for one in api.Segments.get_profiles_for_segment(id_).data}
    named = {name for name, one in refreshed.items() if one in found}
    assert named == expected


def test_the_dashboard_shows_both_as_examples(community: Platform, refreshed: dict[str, str]) -> None:
    status, document = community.call("GET", "/api/clv-dashboards/default")
    assert status == 200
    card = document["data"]["attributes"]
    people = [one["profile"] for one in card["examples"]]
    assert [one and one["id"] for one in people] == [refreshed["anna"], None, refreshed["peter"], None, None]
    assert [one["value"] for one in people[0]["orders"]] == [35.0, 36.0, 37.0]
    assert (people[0]["historic_clv"], people[0]["historic_number_of_orders"]) == (108.0, 3)
    assert card["warnings"]
    assert (card["historic_window_days"], card["predicted_window_days"]) == (7, 365)


def test_the_cards_show_what_the_sdk_made(community: Platform, api: KlaviyoAPI) -> None:
    vip = segment(api, "VIP", predicted("total_clv", ABOVE))
    group = {"type": "profile-group-membership", "is_member": True, "group_ids": [vip]}
    nested = segment(api, "VIP, nested", group)
    campaign = _planned(api, nested)
    flow = api.Flows.create_flow(
        new_flow("VIP flow", send_email("a"), triggers=({"type": "segment", "id": vip},))
    ).data.id
    form = api.Forms.create_form(_form("VIP form", nested)).data.id
    rows = {card: _rows(community, card) for card in ("segment", "campaign", "flow", "form")}
    assert {vip, nested} <= rows["segment"].keys()
    assert [list(rows[card]) for card in ("campaign", "flow", "form")] == [[campaign], [flow], [form]]
    shown = rows["campaign"][campaign]["attributes"]
    assert shown == {
        "name": "VIP sale", "clv_attributes": ["total_clv"], "audience_names": ["VIP, nested"], "status": "Scheduled",
        "message_types": ["email"], "scheduled_at": "2040-01-01T10:00:00+00:00",
    }  # fmt: skip
    assert rows["flow"][flow]["attributes"]["message_types"] == ["email"]
    assert rows["form"][form]["attributes"]["form_type"] == "flyout"
    opened: dict[str, Callable[[str], Any]] = {"campaign": api.Campaigns.get_campaign, "flow": api.Flows.get_flow}
    for card, get in opened.items():
        assert all(get(id_).data.id == id_ for id_ in rows[card])


def _planned(api: KlaviyoAPI, group_id: str) -> str:
    attributes = {
        "definition": {"name": "VIP sale"},
        "audiences": [{"temporary_id": "a", "name": "VIP", "included": [group_id]}],
        "messages": [{"audience_temporary_id": "a", "name": "Letter", "variations": [{"definition": {"details": DETAILS}}]}],
    }
    made = api.Campaigns.create_campaign(body("campaign", attributes)).data
    schedule = {"strategy": "static", "send_time": "2040-01-01T10:00:00Z"}
    message = made.relationships.campaign_messages.data[0].id
    api.Campaigns.schedule_campaign(
        body("campaign-schedule", {"message_schedules": [{"message_id": message, **schedule}]}, campaign=("campaign", made.id))
    )
    id_: str = made.id
    return id_


def _form(name: str, group_id: str) -> Body:
    rule = {"type": "lists_and_segments", "properties": {"allow_list": [group_id], "deny_list": []}}
    steps = [{"columns": [{"rows": [{"blocks": [BUTTON]}]}]}]
    version = {"steps": steps, "triggers": [rule], "type": "flyout"}
    return body("form", {"name": name, "status": "draft", "ab_test": False, "definition": {"versions": [version]}})


def _rows(platform: Platform, card: str) -> dict[str, Any]:
    status, document = platform.call("GET", f"/api/clv-{card}-usages")
    assert status == 200
    assert document["links"]["create"].endswith(f"/api/{card}s")
    return {row["id"]: row for row in document["data"]}
