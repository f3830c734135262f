"""Campaigns as revisions before 2026-10-15 have them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.messages.campaigns.conftest import EMAIL, PUSH, SMS, Room, document, ids

ONE, MESSAGE = "/api/campaigns/{}", "/api/campaign-messages/{}"
AT = "/data/attributes"
STATIC = {"method": "static", "datetime": "2026-08-01T10:00:00+02:00"}


def test_a_campaign_is_made_read_changed_and_deleted(room: Room) -> None:
    made = room.create("Summer sale")
    assert made.status == 201
    id_ = made.data["id"]
    assert made.headers["location"].endswith(ONE.format(id_))
    assert made.data["attributes"] == {
        "name": "Summer sale",
        "status": "Draft",
        "archived": False,
        "audiences": {"included": ["LIST01"], "excluded": ["SEGM01"]},
        "send_options": {"use_smart_sending": True},
        "tracking_options": {
            "add_tracking_params": None,
            "custom_tracking_params": [],
            "is_tracking_clicks": None,
            "is_tracking_opens": None,
        },
        "send_strategy": {"method": "immediate"},
        "created_at": "2026-07-01T12:00:00+00:00",
        "scheduled_at": None,
        "updated_at": "2026-07-01T12:00:00+00:00",
        "send_time": None,
    }
    assert room.older.get(ONE.format(id_)).data == made.data
    room.pass_time(minutes=1)
    params = [{"type": "dynamic", "name": "utm_campaign", "value": "campaign_name"}]
    change = {
        "name": " Winter sale ",
        "audiences": {"included": ["LIST02", "LIST02", "LIST03"]},
        "send_options": {"use_smart_sending": False},
        "tracking_options": {"add_tracking_params": True, "custom_tracking_params": params, "is_tracking_opens": False},
        "send_strategy": {**STATIC, "options": {"is_local": True, "send_past_recipients_immediately": True}},
    }
    changed = room.older("PATCH", ONE.format(id_), document("campaign", change, id_))
    assert changed.status == 200
    shown = changed.data["attributes"]
    assert shown["name"] == "Winter sale"
    assert shown["audiences"] == {"included": ["LIST02", "LIST03"], "excluded": ["SEGM01"]}
    assert shown["send_options"] == {"use_smart_sending": False}
    assert shown["tracking_options"] == {
        "add_tracking_params": True,
        "custom_tracking_params": params,
        "is_tracking_clicks": None,
        "is_tracking_opens": False,
    }
    assert shown["send_strategy"] == {
        "method": "static",
        "datetime": "2026-08-01T08:00:00+00:00",
        "options": {"is_local": True, "send_past_recipients_immediately": True},
    }
    assert shown["updated_at"] == "2026-07-01T12:01:00+00:00"
    assert room.older.get(ONE.format(id_)).data == changed.data
    (message,) = ids(changed, "campaign-messages")
    assert room.older("DELETE", ONE.format(id_)).status == 204
    for gone in (ONE.format(id_), MESSAGE.format(message), f"{MESSAGE.format(message)}/campaign"):
        assert room.older.get(gone).error["code"] == "not_found"
    assert room.older("DELETE", ONE.format(id_)).status == 404


@pytest.mark.parametrize(
    "strategy",
    [
        {"method": "immediate"},
        {"method": "static", "datetime": "2026-08-01T10:00:00+00:00", "options": {"is_local": False}},
        {"method": "throttled", "datetime": "2026-08-01T10:00:00+00:00", "throttle_percentage": 25},
        {"method": "smart_send_time", "date": "2026-08-01"},
    ],
)
def test_a_strategy_is_shown_as_it_was_given(room: Room, strategy: dict[str, Any]) -> None:
    assert room.create(send_strategy=strategy).data["attributes"]["send_strategy"] == strategy


@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"name": None}, "name"),
        ({"audiences": None}, "audiences"),
        ({"audiences": {"excluded": []}}, "audiences/included"),
        ({"audiences": {"included": ["a", ""]}}, "audiences/included/1"),
        ({"audiences": {"included": [], "excluded": [5]}}, "audiences/excluded/0"),
        ({"campaign-messages": {"data": []}}, "campaign-messages/data"),
        ({"campaign-messages": None}, "campaign-messages"),
        ({"send_strategy": {}}, "send_strategy/method"),
        ({"send_strategy": {"method": "soon"}}, "send_strategy/method"),
        ({"send_strategy": {"method": "static"}}, "send_strategy/datetime"),
        ({"send_strategy": {"method": "static", "datetime": "soon"}}, "send_strategy/datetime"),
        ({"send_strategy": {"method": "smart_send_time", "date": "1st of May"}}, "send_strategy/date"),
        (
            {"send_strategy": {"method": "throttled", "datetime": "2026-08-01", "throttle_percentage": 3}},
            "send_strategy/throttle_percentage",
        ),
        ({"send_options": {"use_smart_sending": "yes"}}, "send_options/use_smart_sending"),
        ({"tracking_options": {"custom_tracking_params": [{"type": "x"}]}}, "tracking_options/custom_tracking_params/0/type"),
    ],
)  # fmt: skip
def test_bad_input_names_its_field(room: Room, attributes: dict[str, Any], pointer: str) -> None:
    name = attributes.pop("name", "Sale")
    error = room.create(name, **attributes).error
    assert (error["status"], error["source"]) == (400, {"pointer": f"{AT}/{pointer}"})


@pytest.mark.parametrize(
    ("definition", "pointer"),
    [
        ({}, "/channel"),
        ({"channel": "fax"}, "/channel"),
        ({"channel": "email", "subject": "x"}, "/subject"),
        ({"channel": "email", "content": {"subject": 5}}, "/content/subject"),
        ({"channel": "email", "content": {"title": "x"}}, "/content/title"),
        ({"channel": "sms", "render_options": {"shorten_links": 1}}, "/render_options/shorten_links"),
        ({"channel": "mobile_push"}, "/content"),
        ({"channel": "mobile_push", "content": {"body": "x"}, "options": {"badge": {}}}, "/options/badge/display"),
        ({"channel": "mobile_push", "notification_type": "silent", "content": {"body": "x"}}, "/content"),
        ({"channel": "mobile_push", "notification_type": "loud"}, "/notification_type"),
    ],
)
def test_a_bad_definition_names_its_field(room: Room, definition: dict[str, Any], pointer: str) -> None:
    at = f"{AT}/campaign-messages/data/1/attributes/definition"
    assert room.create("Sale", EMAIL, definition).error["source"] == {"pointer": at + pointer}
    assert room.older.get("/api/campaigns", filter="equals(messages.channel,'email')").data == []


def test_messages_have_a_definition_per_channel(room: Room) -> None:
    made = room.create("Sale", EMAIL, SMS, PUSH)
    answer = room.older.get(ONE.format(made.data["id"]), include="campaign-messages")
    email, sms, push = (one["attributes"]["definition"] for one in answer.document["included"])
    nothing = dict.fromkeys(("preview_text", "from_label", "reply_to_email", "cc_email", "bcc_email"))
    assert email == {**EMAIL, "content": {**nothing, **EMAIL["content"]}}  # type: ignore[dict-item]
    assert sms == {**SMS, "content": {"body": "Hello", "media_url": None}}
    assert push["notification_type"] == "standard"
    assert push["content"] == {"title": None, "body": "Hello", "dynamic_image": None, "action_buttons": []}
    assert push["kv_pairs"] == {"k": "v"}
    listed = room.older.get(f"{ONE.format(made.data['id'])}/campaign-messages", include="campaign")
    assert [one["id"] for one in listed.data] == ids(made, "campaign-messages")
    assert [one["id"] for one in listed.document["included"]] == [made.data["id"]]
    related = room.older.get(f"{ONE.format(made.data['id'])}/relationships/campaign-messages").data
    assert [one["id"] for one in related] == ids(made, "campaign-messages")


def test_a_message_is_read_and_changed(room: Room) -> None:
    made = room.create()
    (id_,) = ids(made, "campaign-messages")
    message = room.older.get(MESSAGE.format(id_))
    assert message.data["attributes"]["send_times"] == []
    assert message.data["relationships"]["campaign"]["data"] == {"type": "campaign", "id": made.data["id"]}
    assert message.data["relationships"]["template"].keys() == {"links"}
    room.pass_time(minutes=1)
    given = {"definition": {"channel": "email", "label": "Second", "content": {"subject": None, "cc_email": "c@x.example"}}}
    changed = room.older("PATCH", MESSAGE.format(id_), document("campaign-message", given, id_)).data["attributes"]
    assert changed["definition"]["label"] == "Second"
    assert changed["definition"]["content"]["subject"] is None
    assert changed["definition"]["content"]["from_email"] == "shop@shop.example"
    assert changed["definition"]["content"]["cc_email"] == "c@x.example"
    assert changed["updated_at"] == "2026-07-01T12:01:00+00:00"
    assert room.older.get(ONE.format(made.data["id"])).data["attributes"]["updated_at"] == changed["updated_at"]
    for body, pointer in (
        (document("campaign-message", {"definition": SMS}, id_), f"{AT}/definition/channel"),
        (document("campaign-message", {"definition": EMAIL}, "other"), "/data/id"),
        (document("campaign-message", {"definition": {"channel": "email", "x": 1}}, id_), f"{AT}/definition/x"),
    ):
        assert room.older("PATCH", MESSAGE.format(id_), body).error["source"] == {"pointer": pointer}
    assert room.older("PATCH", MESSAGE.format(id_), document("campaign-message", {}, id_)).status == 200


def test_a_message_refers_to_a_template(room: Room) -> None:
    (id_,) = ids(room.create(), "campaign-messages")
    template = room.template()
    body = document("campaign-message", id_=id_, template=("template", template))
    assigned = room.older("POST", "/api/campaign-message-assign-template", body)
    assert assigned.status == 200
    assert (assigned.data["attributes"]["label"], assigned.data["attributes"]["channel"]) == ("Letter", "email")
    assert assigned.data["relationships"]["template"]["data"]["id"] == template
    one = MESSAGE.format(id_)
    assert room.older.get(f"{one}/template").data["id"] == template
    assert room.older.get(f"{one}/relationships/template").data == {"type": "template", "id": template}
    included = room.older.get(one, include="template,campaign,image").document["included"]
    assert {one["type"] for one in included} == {"template", "campaign"}
    room.older("DELETE", f"/api/templates/{template}")
    assert room.older.get(f"{one}/template").data is None
    assert room.older.get(f"{one}/relationships/template").data is None
    unknown = document("campaign-message", id_=id_, template=("template", "nobody"))
    refused = room.older("POST", "/api/campaign-message-assign-template", unknown)
    assert (refused.status, refused.error["source"]) == (404, {"pointer": "/data/relationships/template/data/id"})
    wrong = document("campaign-message", id_="nobody", template=("template", room.template()))
    refused = room.older("POST", "/api/campaign-message-assign-template", wrong)
    assert (refused.status, refused.error["source"]) == (404, {"pointer": "/data/id"})


def test_there_are_no_images(room: Room) -> None:
    (id_,) = ids(room.create(), "campaign-messages")
    one = MESSAGE.format(id_)
    assert room.older.get(f"{one}/image").data is None
    assert room.older.get(f"{one}/relationships/image").data is None
    refused = room.older("PATCH", f"{one}/relationships/image", document("image", id_="7"))
    assert (refused.status, refused.error["source"]) == (404, {"pointer": "/data/id"})


def test_a_clone_is_a_draft_of_its_own(room: Room) -> None:
    made = room.create("Sale", EMAIL, SMS, send_strategy={"method": "immediate"})
    room.older("POST", "/api/campaign-send-jobs", document("campaign-send-job", id_=made.data["id"]))
    clone = room.older("POST", "/api/campaign-clone", document("campaign", {"new_name": "Again"}, made.data["id"]))
    assert clone.status == 201
    assert (clone.data["attributes"]["name"], clone.data["attributes"]["status"]) == ("Again", "Draft")
    assert not {clone.data["id"], *ids(clone, "campaign-messages")} & {made.data["id"], *ids(made, "campaign-messages")}
    assert clone.data["attributes"]["audiences"] == made.data["attributes"]["audiences"]
    unnamed = room.older("POST", "/api/campaign-clone", document("campaign", {}, made.data["id"]))
    assert unnamed.data["attributes"]["name"] == "Sale (clone)"
    gone = room.older("POST", "/api/campaign-clone", document("campaign", {}, "nobody"))
    assert (gone.status, gone.error["source"]) == (404, {"pointer": "/data/id"})
    bad = room.older("POST", "/api/campaign-clone", document("campaign", {"new_name": " "}, made.data["id"]))
    assert bad.error["source"] == {"pointer": f"{AT}/new_name"}
