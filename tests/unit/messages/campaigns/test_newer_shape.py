"""Campaigns as revision 2026-10-15 has them, and one document in both shapes."""

from __future__ import annotations

from typing import Any

import pytest

from cdp.ports import Table
from tests.unit.calls import Answer
from tests.unit.messages.campaigns.conftest import EMAIL, SMS, Room, document, group, ids, tag

CAMPAIGN, MESSAGE = "/api/campaigns/{}", "/api/campaign-messages/{}"
AUDIENCE, VARIATION = "/api/campaign-audiences/{}", "/api/campaign-variations/{}"
DEFINITION = "/data/attributes/definition"


def change(room: Room, path: str, type_: str, id_: str, **definition: Any) -> Answer:
    return room.newer("PATCH", path.format(id_), document(type_, {"definition": definition}, id_))


def variations_of(room: Room, message_id: str) -> list[Any]:
    found: list[Any] = room.newer.get(f"{MESSAGE.format(message_id)}/campaign-variations").data
    return found


def test_a_campaign_with_everything_in_it(room: Room) -> None:
    settings = {"send_timezone": "Europe/Paris", "send_strategy": "static", "exit_condition_enabled": True}
    audiences = [
        {"temporary_id": "all", "name": "All", "included": ["LIST01"], "excluded": ["SEGM01"]},
        {"temporary_id": "vip", "included": ["SEGM02"]},
    ]
    details = {"channel": "email", "content": {"subject": "Hello"}, "anything": {"goes": True}}
    messages: list[dict[str, Any]] = [
        {
            "audience_temporary_id": "vip",
            "name": "First",
            "is_add_utm": True,
            "throttling_type": "NONE",
            "variations": [{"definition": {"name": "A", "details": details}}, {"definition": {"name": "B"}}],
        },
        {"audience_temporary_id": "all"},
    ]
    made = room.create_newer(
        audiences, messages, builder="canvas", color="ff5733", description="Why", send_settings=settings
    )
    assert made.status == 201
    shown = made.data["attributes"]
    assert shown["created_at"] == shown["updated_at"] == "2026-07-01T12:00:00+00:00"
    definition = shown["definition"]
    assert (definition["name"], definition["builder"], definition["color"]) == ("Omni", "canvas", "ff5733")
    assert (definition["archived"], definition["description"]) == (False, "Why")
    assert definition["send_settings"]["send_timezone"] == "Europe/Paris"
    assert definition["send_settings"]["exit_condition_enabled"] is True
    everyone, vip = (room.newer.get(AUDIENCE.format(id_)).data for id_ in ids(made, "campaign-audiences"))
    assert everyone["attributes"]["definition"] == {
        "name": "All",
        "included": ["LIST01"],
        "excluded": ["SEGM01"],
        "priority": None,
    }
    first, second = (room.newer.get(MESSAGE.format(id_)) for id_ in ids(made, "campaign-messages"))
    assert first.data["relationships"]["campaign-audience"]["data"]["id"] == vip["id"]
    assert second.data["relationships"]["campaign-audience"]["data"]["id"] == everyone["id"]
    definition = first.data["attributes"]["definition"]
    assert (definition["name"], definition["status"]) == ("First", "draft")
    assert definition["tracking_options"]["is_add_utm"] is True
    assert definition["send_options"]["throttling_type"] == "none"
    (a, b), (plain,) = (variations_of(room, one.data["id"]) for one in (first, second))
    assert a["attributes"]["definition"] == {"name": "A", "details": details}
    assert b["attributes"]["definition"] == {"name": "B", "details": {}}
    assert plain["attributes"]["definition"] == {"name": None, "details": {}}
    assert room.newer.get(CAMPAIGN.format(made.data["id"])).data == made.data


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"definition": {"name": ""}}, "definition/name"),
        ({"definition": {"colour": "red"}}, "definition/colour"),
        ({"definition": {"color": "red"}}, "definition/color"),
        ({"definition": {"builder": "hammer"}}, "definition/builder"),
        ({"definition": {"archived": "no"}}, "definition/archived"),
        ({"definition": {"send_settings": {"send_timezone": "Mars/Olympus"}}}, "definition/send_settings/send_timezone"),
        (
            {"definition": {"send_settings": {"send_strategy": "timezone", "send_timezone": "Europe/Paris"}}},
            "definition/send_settings/send_timezone",
        ),
        ({}, "definition"),
        ({"definition": {}, "audiences": [{"included": []}]}, "audiences/0/temporary_id"),
        ({"definition": {}, "audiences": [{"temporary_id": "a"}] * 2}, "audiences/1/temporary_id"),
        ({"definition": {}, "audiences": [{"temporary_id": "a", "included": [""]}]}, "audiences/0/included/0"),
        ({"definition": {}, "audiences": [{"temporary_id": f"{n}"} for n in range(21)]}, "audiences"),
        ({"definition": {}, "messages": [{"audience_temporary_id": "z"}]}, "messages/0/audience_temporary_id"),
        (
            {
                "definition": {},
                "audiences": [{"temporary_id": "a"}],
                "messages": [
                    {"audience_temporary_id": "a", "variations": [{"definition": {"details": {"channel": "fax"}}}]}
                ],
            },
            "messages/0/variations/0/definition/details/channel",
        ),
    ],
)  # fmt: skip
def test_bad_input_names_its_field(room: Room, body: dict[str, Any], pointer: str) -> None:
    error = room.newer("POST", "/api/campaigns", document("campaign", body)).error
    assert (error["status"], error["source"]) == (400, {"pointer": f"/data/attributes/{pointer}"})
    assert room.newer.get("/api/campaigns").data == []


def test_what_a_change_does_not_name_stays(room: Room) -> None:
    made = room.create_newer(color="ff5733", send_settings={"send_timezone": "Europe/Paris"})
    id_ = made.data["id"]
    room.pass_time(minutes=1)
    changed = change(room, CAMPAIGN, "campaign", id_, archived=True, color=None, send_settings={})
    definition = changed.data["attributes"]["definition"]
    assert (definition["name"], definition["archived"], definition["color"]) == ("Omni", True, None)
    assert definition["send_settings"]["send_timezone"] == "Europe/Paris"
    assert changed.data["attributes"]["updated_at"] == "2026-07-01T12:01:00+00:00"
    room.pass_time(minutes=1)
    same = change(room, CAMPAIGN, "campaign", id_, archived=True)
    assert same.data["attributes"]["updated_at"] == "2026-07-01T12:01:00+00:00"
    assert change(room, CAMPAIGN, "campaign", id_, x=1).error["source"] == {"pointer": f"{DEFINITION}/x"}
    wrong = room.newer("PATCH", CAMPAIGN.format(id_), document("campaign", {"definition": {}}, "other"))
    assert wrong.error["source"] == {"pointer": "/data/id"}


def test_a_campaign_is_made_with_tags(room: Room, table: Table) -> None:
    either, other = group(table, "g1", exclusive=True), group(table, "g2")
    red, blue, green = tag(table, "red", either), tag(table, "blue", either), tag(table, "green", other)

    def body(*borne: str) -> dict[str, Any]:
        made = document("campaign", {"definition": {"name": "Tagged"}})
        made["data"]["relationships"] = {"tags": {"data": [{"type": "tag", "id": id_} for id_ in borne]}}
        return made

    made = room.newer("POST", "/api/campaigns", body(red, green))
    assert sorted(ids(made, "tags")) == sorted([red, green])
    assert room.newer("POST", "/api/campaigns", body(red, blue)).error["code"] == "conflict"
    missing = room.newer("POST", "/api/campaigns", body(red, "nobody"))
    assert (missing.status, missing.error["source"]) == (404, {"pointer": "/data/relationships/tags/data/1/id"})
    assert len(room.newer.get("/api/campaigns").data) == 1


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


def test_one_document_serves_both_shapes(room: Room) -> None:
    strategy = {"method": "throttled", "datetime": "2026-08-01T10:00:00Z", "throttle_percentage": 25}
    made = room.create("Both", EMAIL, send_strategy=strategy, send_options={"use_smart_sending": False})
    id_ = made.data["id"]
    later = room.newer.get(CAMPAIGN.format(id_), include="campaign-audiences,campaign-messages,tags")
    assert later.data["attributes"]["definition"]["name"] == "Both"
    audience, message = later.document["included"]
    assert audience["attributes"]["definition"]["included"] == ["LIST01"]
    options = message["attributes"]["definition"]["send_options"]
    assert (options["send_strategy"], options["recipient_percentage"]) == ("throttled", 25)
    assert options["throttling_type"] == "none"
    (variation,) = variations_of(room, message["id"])
    details = variation["attributes"]["definition"]["details"]
    assert details == {"channel": "email", "content": EMAIL["content"]}
    content = {"subject": "Later", "layout": {"rows": 3}}
    change(room, VARIATION, "campaign-variation", variation["id"], details={"channel": "email", "content": content})
    earlier = room.older.get(MESSAGE.format(message["id"])).data["attributes"]["definition"]
    assert (earlier["label"], earlier["content"]["subject"]) == ("Letter", "Later")
    assert "layout" not in earlier["content"]
    change(room, MESSAGE, "campaign-message", message["id"], name="Renamed")
    assert room.older.get(MESSAGE.format(message["id"])).data["attributes"]["definition"]["label"] == "Renamed"


def test_an_omnichannel_campaign_in_the_earlier_shape(room: Room) -> None:
    audiences = [
        {"temporary_id": "a", "included": ["LIST01", "LIST02"], "excluded": ["SEGM01", "SEGM02"]},
        {"temporary_id": "b", "included": ["LIST02", "LIST03"], "excluded": ["SEGM02"]},
    ]
    sms = [{"definition": {"details": SMS}}]
    messages: list[dict[str, Any]] = [{"audience_temporary_id": "a"}, {"audience_temporary_id": "b", "variations": sms}]
    id_ = room.create_newer(audiences, messages).data["id"]
    shown = room.older.get(CAMPAIGN.format(id_)).data["attributes"]
    assert shown["audiences"] == {"included": ["LIST01", "LIST02", "LIST03"], "excluded": ["SEGM02"]}
    for channel in ("email", "sms"):
        found = room.older.get("/api/campaigns", filter=f"equals(messages.channel,'{channel}')").data
        assert [one["id"] for one in found] == [id_]
    assert room.older.get("/api/campaigns", filter="equals(messages.channel,'mobile_push')").data == []
    refused = room.older("PATCH", CAMPAIGN.format(id_), document("campaign", {"audiences": {"included": []}}, id_))
    assert refused.error["source"] == {"pointer": "/data/attributes/audiences"}


@pytest.mark.parametrize("revision", ["", "2024-10-15", "2026-07-15.pre", "latest"])
def test_any_other_revision_gets_the_earlier_shape(room: Room, revision: str) -> None:
    id_ = room.create().data["id"]
    shown = room.older("GET", CAMPAIGN.format(id_), headers={"revision": revision}).data
    assert "definition" not in shown["attributes"]
    later = room.older("GET", CAMPAIGN.format(id_), headers={"revision": "2026-10-15.pre"}).data
    assert "definition" in later["attributes"]
