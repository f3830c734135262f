"""Actions and messages of flows over HTTP: read, put in, changed, taken out."""

from __future__ import annotations

from typing import Any

import pytest

from cdp.documents import templates
from cdp.documents.templates import Content
from cdp.ports import Table
from tests.unit.calls import BASE, Answer, pages
from tests.unit.messages.flows.conftest import ACCOUNT, Body, Room, chain, delay, email, experiment, split
from tests.unit.messages.flows.test_flow_triggers import NOW

DEFINITION = "/data/attributes/definition"


def actions_of(flow: Body) -> list[Body]:
    found: list[Body] = flow["attributes"]["definition"]["actions"]
    return found


def insert(room: Room, action: Body, anchor: Body | None = None, flow_id: str | None = None, **more: Any) -> Answer:
    """Put an action in. `anchor` is {id, …definition}."""
    data: Body = {"type": "flow-action", "attributes": {"definition": action, **more}}
    if anchor is not None:
        definition = {name: value for name, value in anchor.items() if name != "id"}
        named = {"type": "flow-action", "id": anchor["id"], "attributes": {"definition": definition}}
        data["attributes"]["anchor-action"] = {"data": named}
    if flow_id is not None:
        data["relationships"] = {"flow": {"data": {"type": "flow", "id": flow_id}}}
    return room("POST", "/api/flow-actions", {"data": data})


def change(room: Room, id_: str, definition: Any) -> Answer:
    body = {"data": {"type": "flow-action", "id": id_, "attributes": {"definition": definition}}}
    return room("PATCH", f"/api/flow-actions/{id_}", body)


def way(room: Room, flow_id: str) -> list[str]:
    """Ids of the actions as they follow each other from the entry."""
    whole = room.whole(flow_id)
    by_id = {one["id"]: one for one in whole["actions"]}
    found, at = [], whole["entry_action_id"]
    while at is not None:
        found.append(at)
        at = by_id[at].get("links", {}).get("next")
    return found


def test_an_action_and_its_message(room: Room, table: Table) -> None:
    template = templates.create(table, ACCOUNT, "Hello", "CODE", Content("<p>Hi</p>"), NOW)
    flow = room.made(**chain(delay("wait"), email("first", template_id=template.id)))
    _, action = actions_of(flow)
    message = action["data"]["message"]
    shown = room.get(f"/api/flow-actions/{action['id']}").data
    assert shown["attributes"]["definition"] == action
    assert shown["relationships"]["flow"]["data"] == {"type": "flow", "id": flow["id"]}
    assert shown["relationships"]["flow-messages"]["data"] == [{"type": "flow-message", "id": message["id"]}]
    assert shown["links"]["self"] == f"{BASE}/api/flow-actions/{action['id']}"
    at = f"/api/flow-messages/{message['id']}"
    found = room.get(at).data
    assert found["attributes"]["channel"] == "email"
    assert found["attributes"]["definition"] == message
    assert found["relationships"]["template"]["data"] == {"type": "template", "id": template.id}
    assert room.get(f"{at}/flow-action").data == shown
    assert room.get(f"{at}/relationships/flow-action").data == {"type": "flow-action", "id": action["id"]}
    assert room.get(f"{at}/template").data["attributes"]["html"] == "<p>Hi</p>"
    assert room.get(f"{at}/relationships/template").data == {"type": "template", "id": template.id}
    included = room.get(at, include="flow-action,template").document["included"]
    assert [one["type"] for one in included] == ["flow-action", "template"]
    included = room.get(f"/api/flow-actions/{action['id']}", include="flow,flow-messages").document["included"]
    assert [one["id"] for one in included] == [flow["id"], message["id"]]
    assert room.get(f"/api/flow-actions/{action['id']}/flow").data["attributes"]["name"] == "Welcome"
    assert room.get(f"/api/flow-actions/{action['id']}/relationships/flow").data["id"] == flow["id"]
    assert len({flow["id"], action["id"], message["id"], template.id}) == 4


def test_a_message_without_a_template_has_none(room: Room) -> None:
    (action,) = actions_of(room.made(**chain(email("first"))))
    at = f"/api/flow-messages/{action['data']['message']['id']}"
    assert room.get(f"{at}/template").data is None
    assert room.get(f"{at}/relationships/template").data is None
    assert room.get(at, include="template").document["included"] == []
    assert "data" not in room.get(at).data["relationships"]["template"]


def test_actions_over_three_pages_with_every_filter_and_order(room: Room) -> None:
    made = [delay(f"d{n}") if n % 3 else email(f"e{n}") for n in range(120)]
    flow = room.made(**chain(*made))
    actions = actions_of(flow)
    for kind in ("flow-actions", "relationships/flow-actions"):
        url = f"/api/flows/{flow['id']}/{kind}"
        for field, key in {
            "created": lambda a: a["id"],
            "updated": lambda a: a["id"],
            "id": lambda a: a["id"],
            "action_type": lambda a: (a["type"], a["id"]),
            "status": lambda a: (a["data"].get("status", "live"), a["id"]),
        }.items():
            for sign in ("", "-"):
                found = pages(room, url, sort=f"{sign}{field}")
                assert [len(page.data) for page in found] == [50, 50, 20]
                ids = [one["id"] for page in found for one in page.data]
                assert ids == [one["id"] for one in sorted(actions, key=key, reverse=bool(sign))], field
        emails = {one["id"] for one in actions if one["type"] == "send-email"}
        everything = {one["id"] for one in actions}
        for text, wanted in {
            f'any(id,["{actions[3]["id"]}","x"])': {actions[3]["id"]},
            'equals(action_type,"send-email")': emails,
            'equals(action_type,"SEND_EMAIL")': emails,
            'any(action_type,["time-delay","send-sms"])': everything - emails,
            'equals(status,"draft")': emails,
            "greater-than(created,2020-01-01)": everything,
            "less-or-equal(updated,2020-01-01)": set(),
            "greater-or-equal(updated,2020-01-01),less-than(created,2100-01-01)": everything,
            f"equals(created,{flow['attributes']['created']})": everything,
        }.items():
            ids_ = {one["id"] for page in pages(room, url, filter=text) for one in page.data}
            assert ids_ == wanted, text
    bad = room.get(f"/api/flows/{flow['id']}/flow-actions", filter='equals(action_type,"fly")')
    assert bad.error["source"] == {"parameter": "filter"}


def test_messages_over_three_pages_with_every_filter_and_order(room: Room) -> None:
    names = [f"Variation {n * 7 % 20:02d}" for n in range(20)]
    (action,) = actions_of(room.made(**chain(experiment("test", *names))))
    for kind in ("flow-messages", "relationships/flow-messages"):
        url = f"/api/flow-actions/{action['id']}/{kind}"
        everything = [one["id"] for one in room.get(url).data]
        assert len(everything) == 20
        for field in ("created", "id", "updated"):
            for sign in ("", "-"):
                found = pages(room, url, sort=f"{sign}{field}", **{"page[size]": "8"})
                assert [len(page.data) for page in found] == [8, 8, 4]
                ids = [one["id"] for page in found for one in page.data]
                assert ids == sorted(everything, reverse=bool(sign))
        for text, count in {
            f'any(id,["{everything[1]}"])': 1,
            'contains(name,"n 1")': 10,
            'starts-with(name,"Variation 0")': 10,
            'ends-with(name,"5")': 2,
            'equals(name,"Variation 13")': 1,
            "greater-than(created,2020-01-01)": 20,
            "less-than(updated,2020-01-01)": 0,
        }.items():
            assert len(room.get(url, filter=text).data) == count, text
    named = pages(room, f"/api/flow-actions/{action['id']}/flow-messages", sort="-name", **{"page[size]": "9"})
    found_names = [one["attributes"]["definition"]["name"] for page in named for one in page.data]
    assert found_names == sorted(names, reverse=True)


def test_a_changed_action_keeps_its_ids(room: Room) -> None:
    flow = room.made(**chain(email("a"), email("b"), email("c")))
    a, b, c = actions_of(flow)
    message = {"subject_line": "New", "template_id": "T"}
    new = {"type": "send-email", "links": {"next": c["id"]}, "data": {"message": message, "status": "live"}}
    changed = change(room, a["id"], new).data["attributes"]["definition"]
    assert changed["data"]["message"]["id"] == a["data"]["message"]["id"]
    assert changed["data"]["message"]["subject_line"] == "New"
    assert changed["data"]["status"] == "live"
    assert way(room, flow["id"]) == [a["id"], c["id"]]
    assert b["id"] in {one["id"] for one in room.whole(flow["id"])["actions"]}
    again = change(room, a["id"], {"type": "send-email", "data": {}}).data["attributes"]["definition"]
    assert again["data"] == {"status": "live"}
    assert room.get(f"/api/flow-messages/{a['data']['message']['id']}").status == 404


def test_a_changed_experiment_keeps_the_variations_that_it_names(room: Room) -> None:
    (old,) = actions_of(room.made(**chain(experiment("test", "A", "B"))))
    data = old["data"]
    (held,) = data["current_experiment"]["variations"]
    fresh = {"type": "send-email", "data": {"message": {"name": "C"}}}
    variations = {"current_experiment": {"variations": [fresh, held]}}
    made = change(room, old["id"], {**old, "data": {**data, **variations}}).data["attributes"]["definition"]
    first, second = made["data"]["current_experiment"]["variations"]
    assert (second, made["data"]["main_action"]) == (held, data["main_action"])
    assert first["data"]["message"]["name"] == "C"
    ids = [first["id"], first["data"]["message"]["id"], held["id"], held["data"]["message"]["id"]]
    assert len(set(ids)) == 4


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"type": "send-sms", "data": {"message": {"body": "x"}}}, "type"),
        ({"type": "send-email", "id": "other"}, "id"),
        ({"type": "send-email", "temporary_id": "t"}, "temporary_id"),
        ({"type": "send-email", "links": {"next": "nowhere"}}, "links/next"),
        ({"type": "send-email", "data": {"message": {"colour": 1}}}, "data/message/colour"),
        ("none", ""),
    ],
)
def test_a_fault_in_a_change_names_its_field(room: Room, given: Any, pointer: str) -> None:
    (action,) = actions_of(room.made(**chain(email("a"))))
    error = change(room, action["id"], given).error
    at = f"{DEFINITION}/{pointer}" if pointer else DEFINITION
    assert (error["status"], error["source"]) == (400, {"pointer": at})


def test_an_action_may_not_lead_back_to_itself(room: Room) -> None:
    a, b = actions_of(room.made(**chain(email("a"), email("b"))))
    error = change(room, b["id"], {**b, "links": {"next": a["id"]}}).error
    assert error["source"] == {"pointer": f"{DEFINITION}/links"}


def test_what_led_to_a_deleted_action_leads_to_what_followed_it(room: Room) -> None:
    flow = room.made(**chain(delay("a"), email("b"), delay("c")))
    a, b, c = [one["id"] for one in actions_of(flow)]
    assert room("DELETE", f"/api/flow-actions/{b}").status == 204
    assert way(room, flow["id"]) == [a, c]
    assert room.get(f"/api/flow-actions/{b}").status == 404
    assert room("DELETE", f"/api/flow-actions/{a}").status == 204
    assert way(room, flow["id"]) == [c]
    assert room("DELETE", f"/api/flow-actions/{c}").status == 204
    assert room.whole(flow["id"])["entry_action_id"] is None


def test_a_split_that_leads_on_cannot_be_deleted(room: Room) -> None:
    actions = [split("s", "y", "n"), email("y"), email("n")]
    flow = room.made(actions=actions, entry_action_id="s")
    s, y, n = [one["id"] for one in actions_of(flow)]
    assert room("DELETE", f"/api/flow-actions/{s}").error["code"] == "conflict"
    assert room("DELETE", f"/api/flow-actions/{y}").status == 204
    assert room.whole(flow["id"])["actions"][0]["links"] == {"next_if_true": None, "next_if_false": n}
    assert room("DELETE", f"/api/flow-actions/{s}").status == 204
    assert way(room, flow["id"]) == [n]


def test_put_in_behind_an_anchor(room: Room) -> None:
    flow = room.made(**chain(delay("a"), email("b")))
    a, b = actions_of(flow)
    answer = insert(room, email("t"), {"id": a["id"], "type": "time-delay", "links": {"next": "t"}})
    made = answer.data
    assert answer.status == 201
    assert answer.headers["location"] == f"{BASE}/api/flow-actions/{made['id']}"
    assert made["attributes"]["definition"]["data"]["status"] == "draft"
    assert "temporary_id" not in made["attributes"]["definition"]
    assert way(room, flow["id"]) == [a["id"], made["id"], b["id"]]
    last = insert(room, email("t"), {"id": b["id"], "type": "send-email", "links": {"next": "t"}}).data
    assert way(room, flow["id"]) == [a["id"], made["id"], b["id"], last["id"]]
    names = {one["data"]["message"]["name"] for one in room.whole(flow["id"])["actions"] if "message" in one["data"]}
    assert names == {"Email #1", "Email #2", "Email #3"}


def test_put_in_on_a_branch(room: Room) -> None:
    flow = room.made(actions=[split("s", None, "n"), email("n")], entry_action_id="s")
    s, n = actions_of(flow)
    anchor = {"id": s["id"], "type": "conditional-split"}
    made = insert(room, email("t"), {**anchor, "links": {"next_if_true": "t"}}).data["id"]
    other = insert(room, delay("t"), {**anchor, "links": {"next_if_false": "t"}}).data["id"]
    whole = {one["id"]: one for one in room.whole(flow["id"])["actions"]}
    assert whole[s["id"]]["links"] == {"next_if_true": made, "next_if_false": other}
    assert whole[other]["links"] == {"next": n["id"]}
    branches = [{"branch_id": "b1"}, {"branch_id": "b2", "is_else": True}]
    multi = {"type": "multi-branch-split", "temporary_id": "m", "data": {"name": "M", "branches": branches}}
    wide = insert(room, multi, {"id": other, "type": "time-delay", "links": {"next": "m"}}).data["id"]
    given = {"branches": [{"branch_id": "b2", "links": {"next": "t"}}]}
    inner = insert(room, email("t"), {"id": wide, "type": "multi-branch-split", "data": given}).data["id"]
    whole = {one["id"]: one for one in room.whole(flow["id"])["actions"]}
    links = [branch["links"]["next"] for branch in whole[wide]["data"]["branches"]]
    assert links == [n["id"], inner]
    assert whole[inner]["links"] == {"next": n["id"]}


def test_put_in_before_an_action_or_as_the_first(room: Room) -> None:
    flow_id = room.made()["id"]
    first = insert(room, email("t"), flow_id=flow_id).data["id"]
    before = insert(room, delay("t", first)).data["id"]
    between = insert(room, delay("t", first)).data["id"]
    assert way(room, flow_id) == [before, between, first]


def test_an_action_that_is_live_at_once_must_be_allowed(room: Room) -> None:
    flow = room.made(**chain(email("a")))
    body = {"data": {"type": "flow", "id": flow["id"], "attributes": {"status": "live"}}}
    room("PATCH", f"/api/flows/{flow['id']}", body)
    (a,) = actions_of(flow)
    error = insert(room, delay("t", a["id"])).error
    assert error["source"] == {"pointer": "/data/attributes/allow_live_action"}
    assert insert(room, delay("t", a["id"]), allow_live_action=True).status == 201
    assert insert(room, email("t", a["id"])).data["attributes"]["definition"]["data"]["status"] == "draft"


@pytest.mark.parametrize(
    ("action", "anchor", "flow", "status", "pointer"),
    [
        (email("t"), {}, False, 400, DEFINITION),
        (email("t", "A"), {"links": {"next": "t"}}, False, 400, DEFINITION),
        (email("t"), {"links": {"next": "t"}}, True, 400, DEFINITION),
        (email("t"), {}, True, 400, f"{DEFINITION}/links"),
        (split("t", None, None), {"links": {"next": "t"}}, False, 400, f"{DEFINITION}/type"),
        ({"type": "send-email"}, {"links": {"next": "t"}}, False, 400, f"{DEFINITION}/temporary_id"),
        ({**email("t"), "id": "x"}, {"links": {"next": "t"}}, False, 400, f"{DEFINITION}/id"),
        (email("t"), {"links": {"next": "u"}}, False, 400, "anchor"),
        (email("t"), {"links": {"next_if_true": "t"}}, False, 400, "anchor/links/next_if_true"),
        (email("t"), {"type": "send-sms", "links": {"next": "t"}}, False, 400, "anchor/type"),
        (email("t"), {"links": {"next": "t"}, "colour": 1}, False, 400, "anchor/colour"),
        (
            email("t"),
            {"id": "nobody", "links": {"next": "t"}},
            False,
            404,
            "/data/attributes/anchor-action/data/id",
        ),
        (email("t", "nobody"), {}, False, 404, f"{DEFINITION}/links/next"),
    ],
)
def test_a_fault_in_a_new_action_names_its_field(
    room: Room, action: Body, anchor: Body, flow: bool, status: int, pointer: str
) -> None:
    made = room.made(**chain(email("a")))
    (a,) = actions_of(made)
    if action.get("links", {}).get("next") == "A":
        action = {**action, "links": {"next": a["id"]}}
    named = {"id": a["id"], "type": "send-email", **anchor} if anchor else None
    error = insert(room, action, named, made["id"] if flow else None).error
    at = pointer.replace("anchor", "/data/attributes/anchor-action/data/attributes/definition", 1)
    wanted = at if pointer.startswith("anchor") else pointer
    assert (error["status"], error["source"]) == (status, {"pointer": wanted}), error
    assert len(room.whole(made["id"])["actions"]) == 1


def test_an_unknown_flow_has_no_first_action(room: Room) -> None:
    error = insert(room, email("t"), flow_id="nobody").error
    assert (error["status"], error["source"]) == (404, {"pointer": "/data/relationships/flow/data/id"})


def test_what_clients_of_older_revisions_read(room: Room) -> None:
    waiting = {**delay("d"), "data": {"value": 2, "unit": "hours", "secondary_value": 1}}
    waiting["data"]["delay_until_weekdays"] = ["friday", "monday"]
    message = {"name": "Hello", "preview_text": "Soon", "from_email": "tea@shop.example"}
    flow = room.made(**chain(waiting, email("e", **message), delay("w", days=3), split("s", None, None)))
    url = f"/api/flows/{flow['id']}/flow-actions"
    shown = room.get(url, sort="id", **{"fields[flow-action]": "action_type,status,settings"}).data
    days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    settings = [
        {"timezone": "profile", "days_of_week": ["monday", "friday"], "delay_seconds": 7260},
        {},
        {"timezone": "profile", "days_of_week": days, "delay_seconds": 3 * 86_400},
        {},
    ]
    types = ["TIME_DELAY", "SEND_EMAIL", "TIME_DELAY", "BOOLEAN_BRANCH"]
    statuses = ["live", "draft", "live", "live"]
    assert [one["attributes"] for one in shown] == [
        {"action_type": type_, "status": status, "settings": given}
        for type_, status, given in zip(types, statuses, settings, strict=True)
    ]
    (found,) = room.get(url, filter='equals(action_type,"BOOLEAN_BRANCH")').data
    assert found["id"] == shown[3]["id"]
    messages = room.get(f"/api/flow-actions/{shown[1]['id']}/flow-messages").data
    attributes = messages[0]["attributes"]
    assert attributes["name"] == "Hello"
    content = {"subject": "About e", "preview_text": "Soon", "from_email": "tea@shop.example"}
    assert attributes["content"] == content
