"""Campaigns as revision 2026-10-15 has them, and one document in both shapes."""

from __future__ import annotations

from typing import Any

import pytest

from cdp.ports import Table
from tests.unit.messages.campaigns.conftest import (
    AUDIENCE,
    CAMPAIGN,
    DEFINITION,
    EMAIL,
    MESSAGE,
    SMS,
    VARIATION,
    Room,
    change,
    document,
    group,
    ids,
    tag,
    variations_of,
)


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
