"""Lists over HTTP: create, read, change, delete; their errors name the field."""

from __future__ import annotations

import pytest

from cdp.documents import daily, lists, memberships, tags
from cdp.jsonapi.times import parse_instant
from functions.lists.operations import PER_DAY
from tests.unit.calls import BASE
from tests.unit.lists.conftest import ACCOUNT, NOW, Room, body


def test_a_new_list_is_shown_and_found(room: Room) -> None:
    answer = room.create("  Newsletter ", opt_in_process="double_opt_in")
    assert answer.status == 201
    made = answer.data
    assert (made["type"], made["attributes"]["name"]) == ("list", "Newsletter")
    assert made["attributes"]["opt_in_process"] == "double_opt_in"
    assert made["attributes"]["created"] == made["attributes"]["updated"]
    assert parse_instant(made["attributes"]["created"]) is not None
    assert made["links"]["self"] == f"{BASE}/api/lists/{made['id']}" == answer.headers["location"]
    assert made["relationships"]["tags"]["data"] == []
    assert room.caller.get(f"/api/lists/{made['id']}").data == made


def test_single_opt_in_is_the_default(room: Room) -> None:
    assert room.create("News").data["attributes"]["opt_in_process"] == "single_opt_in"
    assert room.create("More", opt_in_process=None).data["attributes"]["opt_in_process"] == "single_opt_in"


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        ({}, "/data"),
        ({"data": {"type": "list", "attributes": {}}}, "/data/attributes/name"),
        ({"data": {"type": "segment", "attributes": {"name": "x"}}}, "/data/type"),
        (body(name=" "), "/data/attributes/name"),
        (body(name=7), "/data/attributes/name"),
        (body(name="x" * 256), "/data/attributes/name"),
        (body(name="x", opt_in_process="triple"), "/data/attributes/opt_in_process"),
    ],
)
def test_a_bad_body_names_the_field(room: Room, sent: object, pointer: str) -> None:
    answer = room.caller("POST", "/api/lists", sent)
    assert (answer.status, answer.error["source"]) == (400, {"pointer": pointer})


def test_a_change_keeps_what_it_does_not_name(room: Room) -> None:
    id_ = room.id_of("Old")
    old = lists.get(room.table, ACCOUNT, id_)
    assert old is not None
    room.caller("PATCH", f"/api/lists/{id_}", body(id_, name="New"))
    answer = room.caller("PATCH", f"/api/lists/{id_}", body(id_, opt_in_process="double_opt_in", name=None))
    new = lists.get(room.table, ACCOUNT, id_)
    assert new is not None
    assert (new.name, new.opt_in_process, new.created) == ("New", "double_opt_in", old.created)
    assert new.updated > old.updated
    assert answer.data["attributes"]["name"] == "New"
    assert [one["id"] for one in room.caller.get("/api/lists", filter='equals(name,"New")').data] == [id_]
    assert room.caller.get("/api/lists", filter='equals(name,"Old")').data == []


def test_a_change_that_changes_nothing_is_no_update(room: Room) -> None:
    id_ = room.id_of("Same")
    before = lists.get(room.table, ACCOUNT, id_)
    room.caller("PATCH", f"/api/lists/{id_}", body(id_, name="Same"))
    assert lists.get(room.table, ACCOUNT, id_) == before


def test_the_id_in_the_body_must_be_that_of_the_path(room: Room) -> None:
    answer = room.caller("PATCH", f"/api/lists/{room.id_of('A')}", body("B", name="C"))
    assert (answer.status, answer.error["source"]["pointer"]) == (400, "/data/id")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("GET", "/profiles"),
        ("GET", "/relationships/profiles"),
        ("POST", "/relationships/profiles"),
        ("DELETE", "/relationships/profiles"),
        ("GET", "/tags"),
        ("GET", "/relationships/tags"),
        ("GET", "/flow-triggers"),
        ("GET", "/relationships/flow-triggers"),
    ],
)
def test_an_unknown_list_is_not_found(room: Room, method: str, path: str) -> None:
    sent = body("Nobody", name="x") if not path else {"data": []}
    answer = room.caller(method, f"/api/lists/Nobody{path}", sent if method != "GET" else None)
    assert (answer.status, answer.error["code"]) == (404, "not_found")


def test_a_list_of_another_account_is_not_found(room: Room) -> None:
    id_ = room.id_of("Mine")
    room.caller.account_id = "XYZ789"
    assert room.caller.get(f"/api/lists/{id_}").status == 404
    assert room.caller.get("/api/lists").data == []


def test_a_deleted_list_is_gone_with_its_members_and_tags(room: Room) -> None:
    id_, people = room.id_of("Gone"), room.people(3)
    room.add(id_, people)
    group = tags.default_group(room.table, ACCOUNT, NOW)
    tag = tags.Tag("t", "summer", group.id, NOW, NOW)
    room.table.write([[tags.TAGS.put(ACCOUNT, tag, 0)]])
    assert tags.attach(room.table, ACCOUNT, "list", id_, tag, group)
    room.heard()

    assert room.caller("DELETE", f"/api/lists/{id_}").status == 204
    assert room.caller.get(f"/api/lists/{id_}").status == 404
    room.drain()
    assert memberships.page(room.table, ACCOUNT, id_) == []
    assert memberships.count(room.table, ACCOUNT, id_) == 0
    assert tags.resources(room.table, ACCOUNT, "list", tag.id) == []
    (heard,) = room.heard()
    assert (heard.group_id, heard.joined, len(heard.profiles)) == (id_, False, 3)  # type: ignore[union-attr]


def test_a_deletion_that_stopped_halfway_is_finished_by_the_inbox(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    id_ = room.id_of("Halfway")
    room.add(id_, room.people(2))
    with monkeypatch.context() as broken:
        broken.setattr(lists, "remove", _crash)
        assert room.caller("DELETE", f"/api/lists/{id_}").status == 500
    assert room.caller.get(f"/api/lists/{id_}").status == 200
    room.drain()
    assert room.caller.get(f"/api/lists/{id_}").status == 404
    assert memberships.page(room.table, ACCOUNT, id_) == []


def _crash(*_: object) -> bool:
    raise RuntimeError("the process ends here")


def test_more_lists_than_a_day_may_bring_are_refused(limited: Room) -> None:
    for i in range(5):
        assert limited.create(f"list {i}").status == 201
    (newest, *_) = limited.caller.get("/api/lists", sort="-created").data
    now = parse_instant(newest["attributes"]["created"])
    assert now is not None
    for _ in range(PER_DAY - 5):
        daily.count(limited.table, ACCOUNT, "lists", now, PER_DAY)
    refused = limited.create("one more")
    assert (refused.status, refused.error["code"]) == (429, "throttled")
    assert 0 < int(refused.headers["retry-after"]) <= 86_400


def test_a_list_that_starts_no_flow_says_so(room: Room) -> None:
    id_ = room.id_of("A")
    assert room.caller.get(f"/api/lists/{id_}/flow-triggers").data == []
    assert room.caller.get(f"/api/lists/{id_}/relationships/flow-triggers").data == []
    assert room.caller.get(f"/api/lists/{id_}", include="flow-triggers").document["included"] == []


def test_scopes_are_asked_for(room: Room) -> None:
    room.caller.scopes = "lists:read"
    assert room.caller.get("/api/lists").status == 200
    assert room.create("x").status == 403
