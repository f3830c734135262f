"""Audiences, messages and variations by themselves, as revision 2026-10-15 has them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.messages.campaigns.conftest import (
    AUDIENCE,
    CAMPAIGN,
    DEFINITION,
    MESSAGE,
    SMS,
    VARIATION,
    Room,
    change,
    document,
    ids,
    variations_of,
)


def test_audiences_are_made_changed_cloned_and_deleted(room: Room) -> None:
    made = room.create_newer()
    other = room.create_newer().data["id"]
    id_ = made.data["id"]
    body = document("campaign-audience", {"definition": {"name": "More", "priority": 2}}, campaign=("campaign", id_))
    added = room.newer("POST", "/api/campaign-audiences", body)
    assert added.status == 201
    audience = added.data["id"]
    listed = room.newer.get(f"{CAMPAIGN.format(id_)}/campaign-audiences").data
    assert [one["id"] for one in listed] == [*ids(made, "campaign-audiences"), audience]
    related = room.newer.get(f"{CAMPAIGN.format(id_)}/relationships/campaign-audiences").data
    assert [one["id"] for one in related] == [one["id"] for one in listed]
    changed = change(room, AUDIENCE, "campaign-audience", audience, included=["LIST09"], priority=None)
    assert changed.data["attributes"]["definition"] == {
        "name": "More",
        "included": ["LIST09"],
        "excluded": [],
        "priority": None,
    }
    assert room.newer.get(f"{AUDIENCE.format(audience)}/campaign").data["id"] == id_
    assert room.newer.get(f"{AUDIENCE.format(audience)}/relationships/campaign").data["id"] == id_
    assert room.newer.get(f"{AUDIENCE.format(audience)}/campaign-messages").data == []
    clone = room.newer(
        "POST",
        "/api/campaign-audience-clone",
        document("campaign-audience-clone", {"name": "Copy"}, audience, campaign=("campaign", other)),
    )
    assert clone.status == 201
    assert clone.data["relationships"]["campaign"]["data"]["id"] == other
    assert clone.data["attributes"]["definition"]["included"] == ["LIST09"]
    here = room.newer("POST", "/api/campaign-audience-clone", document("campaign-audience-clone", {}, audience))
    assert here.data["relationships"]["campaign"]["data"]["id"] == id_
    assert room.newer("DELETE", AUDIENCE.format(audience)).status == 204
    assert room.newer.get(AUDIENCE.format(audience)).status == 404
    (used,) = ids(made, "campaign-audiences")
    assert room.newer("DELETE", AUDIENCE.format(used)).error["code"] == "conflict"
    for wrong, status, pointer in (
        (document("campaign-audience", {"definition": {}}), 400, "/data/relationships"),
        (document("campaign-audience", {}, campaign=("campaign", "x")), 404, "/data/relationships/campaign/data/id"),
        (document("campaign-audience", {}, campaign=("list", id_)), 400, "/data/relationships/campaign/data/type"),
    ):
        refused = room.newer("POST", "/api/campaign-audiences", wrong)
        assert (refused.status, refused.error["source"]) == (status, {"pointer": pointer})


def test_messages_are_made_changed_cloned_and_deleted(room: Room) -> None:
    made = room.create_newer()
    (audience,) = ids(made, "campaign-audiences")
    of = ("campaign-audience", audience)
    variations = [{"definition": {"name": "SMS", "details": SMS}}]
    given = {"definition": {"name": "Reminder"}, "variations": variations}
    body = document("campaign-message", given, campaign_audience=of, campaign=("campaign", made.data["id"]))
    added = room.newer("POST", "/api/campaign-messages", body)
    assert added.status == 201
    id_ = added.data["id"]
    room.pass_time(minutes=1)
    definition = {
        "tracking_options": {"is_tracking_opens": False},
        "send_options": {
            "send_time": "2026-09-01T08:00:00Z",
            "send_strategy": "throttled",
            "recipient_percentage": 20,
            "throttle_unit": "hour",
            "throttling_type": "throttle-for-flows",
            "is_ignoring_unsubscribes": True,
        },
        "ab_test": {"winner_metric": "opens_unique", "winner_percentage": 60, "winner_wait_hours": 4},
    }
    changed = change(room, MESSAGE, "campaign-message", id_, **definition).data["attributes"]
    assert changed["updated"] == "2026-07-01T12:01:00+00:00"
    shown = changed["definition"]
    assert (shown["name"], shown["status"], shown["ab_test"]) == ("Reminder", "draft", definition["ab_test"])
    assert shown["tracking_options"]["is_tracking_opens"] is False
    assert shown["send_options"] == {
        **definition["send_options"],  # type: ignore[dict-item]
        "send_time": "2026-09-01T08:00:00+00:00",
        "send_times": None,
    }
    assert change(room, MESSAGE, "campaign-message", id_, ab_test=None).data["attributes"]["definition"]["ab_test"] is None
    assert room.newer.get(f"{MESSAGE.format(id_)}/campaign-audience").data["id"] == audience
    assert room.newer.get(f"{MESSAGE.format(id_)}/relationships/campaign-audience").data["id"] == audience
    assert room.newer.get(f"{MESSAGE.format(id_)}/relationships/campaign").data["id"] == made.data["id"]
    assert room.newer.get(f"{MESSAGE.format(id_)}/tags").data == []
    clone = room.newer(
        "POST",
        "/api/campaign-message-clone",
        document("campaign-message", {"name": "Copy"}, id_, campaign_audience=of),
    )
    assert clone.status == 201
    assert clone.data["attributes"]["definition"]["name"] == "Copy"
    copies = variations_of(room, clone.data["id"])
    assert [one["attributes"]["definition"] for one in copies] == [{"name": "SMS", "details": SMS}]
    assert copies[0]["id"] != variations_of(room, id_)[0]["id"]
    assert room.newer("DELETE", MESSAGE.format(id_)).status == 204
    assert room.newer.get(MESSAGE.format(id_)).status == 404
    assert len(room.newer.get(f"{CAMPAIGN.format(made.data['id'])}/campaign-messages").data) == 2


@pytest.mark.parametrize(
    ("definition", "pointer"),
    [
        ({"status": "lost"}, "/status"),
        ({"status": "scheduled"}, "/status"),
        ({"status": "sent", "send_options": {"send_time": "2030-01-01"}}, "/status"),
        ({"label": "x"}, "/label"),
        ({"tracking_options": {"is_tracking_opens": 1}}, "/tracking_options/is_tracking_opens"),
        ({"send_options": {"send_time": "soon"}}, "/send_options/send_time"),
        ({"send_options": {"send_strategy": "pigeon"}}, "/send_options/send_strategy"),
        ({"send_options": {"recipient_percentage": 101}}, "/send_options/recipient_percentage"),
        ({"ab_test": {"winner_metric": "luck"}}, "/ab_test/winner_metric"),
    ],
)
def test_a_bad_definition_of_a_message_names_its_field(room: Room, definition: dict[str, Any], pointer: str) -> None:
    (id_,) = ids(room.create_newer(), "campaign-messages")
    before = room.newer.get(MESSAGE.format(id_)).data
    answer = change(room, MESSAGE, "campaign-message", id_, **definition)
    assert (answer.status, answer.error["source"]) == (400, {"pointer": DEFINITION + pointer})
    assert room.newer.get(MESSAGE.format(id_)).data == before


def test_variations_are_made_changed_and_deleted(room: Room) -> None:
    (message,) = ids(room.create_newer(), "campaign-messages")
    of = ("campaign-message", message)
    body = document("campaign-variation", {"definition": {"name": "B"}}, campaign_message=of)
    added = room.newer("POST", "/api/campaign-variations", body)
    assert added.status == 201
    id_ = added.data["id"]
    assert [one["id"] for one in variations_of(room, message)][1] == id_
    related = room.newer.get(f"{MESSAGE.format(message)}/relationships/campaign-variations").data
    assert [one["id"] for one in related][1] == id_
    details = {"channel": "sms", "content": {"body": "Hello"}}
    changed = change(room, VARIATION, "campaign-variation", id_, details=details)
    assert changed.data["attributes"]["definition"] == {"name": "B", "details": details}
    one = VARIATION.format(id_)
    assert room.newer.get(f"{one}/campaign-message").data["id"] == message
    assert room.newer.get(f"{one}/relationships/campaign-message").data == {"type": "campaign-message", "id": message}
    for nothing in ("image", "translation"):
        assert room.newer.get(f"{one}/{nothing}").data is None
        assert room.newer.get(f"{one}/relationships/{nothing}").data is None
    included = room.newer.get(one, include="campaign-message,image,translation").document["included"]
    assert [found["id"] for found in included] == [message]
    wrong = change(room, VARIATION, "campaign-variation", id_, details={"channel": 5})
    assert wrong.error["source"] == {"pointer": f"{DEFINITION}/details/channel"}
    assert room.newer("DELETE", one).status == 204
    assert room.newer.get(one).status == 404
    lost = document("campaign-variation", {"definition": {}}, campaign_message=("campaign-message", "x"))
    refused = room.newer("POST", "/api/campaign-variations", lost)
    assert (refused.status, refused.error["source"]["pointer"]) == (404, "/data/relationships/campaign-message/data/id")
