"""Create, change, import one profile: identifiers, null and absence, patches, conflicts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.calls import BASE
from tests.unit.profiles.conftest import Room, body


def test_create_answers_the_whole_profile(room: Room) -> None:
    answer = room.create(
        email=" Anna@Shop.Example ",
        phone_number="+33 6 12 34 56 78",
        first_name="Anna",
        location={"city": "Lyon", "latitude": 45.7},
        properties={"size": "M", "tags": ["a"]},
    )
    assert answer.status == 201
    shown = answer.data["attributes"]
    assert (shown["email"], shown["phone_number"]) == ("anna@shop.example", "+33612345678")
    assert shown["location"]["city"] == "Lyon"
    assert shown["location"]["zip"] is None
    assert shown["properties"] == {"size": "M", "tags": ["a"]}
    assert shown["created"] == shown["updated"]
    assert shown["created"].endswith("+00:00")
    assert "subscriptions" not in shown
    assert answer.headers["location"] == answer.data["links"]["self"]
    assert answer.data["links"]["self"] == f"{BASE}/api/profiles/{answer.data['id']}"
    assert room.caller.get(f"/api/profiles/{answer.data['id']}").data == answer.data


def test_a_taken_identifier_is_409_with_its_owner(room: Room) -> None:
    owner = room.id_of(email="anna@shop.example", external_id="7")
    for attributes in ({"email": "ANNA@shop.example"}, {"external_id": "7", "email": "new@shop.example"}):
        error = room.create(**attributes).error
        assert (error["status"], error["code"]) == (409, "duplicate_profile")
        assert error["meta"]["duplicate_profile_id"] == owner
    assert len(room.caller.get("/api/profiles").data) == 1


def test_patch_to_a_taken_identifier_is_409_and_changes_nothing(room: Room) -> None:
    owner = room.id_of(email="anna@shop.example")
    other = room.id_of(email="bert@shop.example")
    changed = body(other, email="anna@shop.example", first_name="Bert")
    error = room.caller("PATCH", f"/api/profiles/{other}", changed).error
    assert (error["status"], error["meta"]["duplicate_profile_id"]) == (409, owner)
    assert room.caller.get(f"/api/profiles/{other}").data["attributes"]["first_name"] is None


def test_null_clears_and_absence_leaves(room: Room) -> None:
    id_ = room.id_of(email="anna@shop.example", external_id="7", first_name="Anna", last_name="Berg")
    for method, url in (("PATCH", f"/api/profiles/{id_}"), ("POST", "/api/profile-import")):
        changed = room.caller(method, url, body(id_, first_name=None, email=None)).data["attributes"]
        assert (changed["first_name"], changed["last_name"]) == (None, "Berg")
        assert (changed["email"], changed["external_id"]) == (None, "7")
        room.caller("PATCH", f"/api/profiles/{id_}", body(first_name="Anna", email="anna@shop.example"))
    assert room.caller("POST", "/api/profile-import", body(email=None, external_id="7")).status == 200
    assert room.create(email="anna@shop.example").status == 201  # the cleared address is free again


def test_import_creates_then_changes(room: Room) -> None:
    first = room.caller("POST", "/api/profile-import", body(external_id="7", first_name="Anna"))
    again = room.caller("POST", "/api/profile-import", body(external_id="7", email="anna@shop.example"))
    assert (first.status, again.status) == (201, 200)
    assert again.data["id"] == first.data["id"]
    assert again.data["attributes"]["first_name"] == "Anna"
    assert again.data["attributes"]["email"] == "anna@shop.example"


def test_import_leaves_an_identifier_of_somebody_else_there(room: Room) -> None:
    anna = room.id_of(email="anna@shop.example")
    bert = room.id_of(external_id="7")
    answer = room.caller("POST", "/api/profile-import", body(external_id="7", email="anna@shop.example"))
    assert answer.data["id"] == bert
    assert answer.data["attributes"]["email"] is None
    assert room.caller.get("/api/profiles", filter='equals(email,"anna@shop.example")').data[0]["id"] == anna


def test_patch_properties(room: Room) -> None:
    id_ = room.id_of(email="a@shop.example", properties={"skus": ["1"], "old": 1, "note": "x"})
    meta = {"patch_properties": {"append": {"skus": "2"}, "unset": ["old"]}}
    changed = room.caller("PATCH", f"/api/profiles/{id_}", body(id_, meta)).data["attributes"]["properties"]
    assert changed == {"skus": ["1", "2"], "note": "x"}
    meta = {"patch_properties": {"unappend": {"skus": "1"}, "unset": "note"}}
    changed = room.caller("PATCH", f"/api/profiles/{id_}", body(id_, meta)).data["attributes"]["properties"]
    assert changed == {"skus": ["2"]}


def test_patch_identifiers_adds_and_takes_away_addresses(room: Room) -> None:
    id_ = room.id_of(email="a@shop.example")
    meta = {"patch_identifiers": {"append": {"email": ["b@shop.example", "C@shop.example"]}}}
    assert room.caller("POST", "/api/profile-import", body(id_, meta)).status == 200
    for email in ("a", "b", "c"):
        found = room.caller.get("/api/profiles", filter=f'equals(email,"{email}@shop.example")').data
        assert [one["id"] for one in found] == [id_]
        assert found[0]["attributes"]["email"] == "a@shop.example"
    assert room.create(email="b@shop.example").error["meta"]["duplicate_profile_id"] == id_
    meta = {"patch_identifiers": {"unappend": {"email": "b@shop.example"}}}
    assert room.caller("PATCH", f"/api/profiles/{id_}", body(id_, meta)).status == 200
    assert room.create(email="b@shop.example").status == 201


def test_a_further_address_can_become_the_first(room: Room) -> None:
    id_ = room.id_of(external_id="7")
    meta = {"patch_identifiers": {"append": {"email": "a@shop.example"}}}
    assert room.caller("PATCH", f"/api/profiles/{id_}", body(id_, meta)).data["attributes"]["email"] is None
    changed = room.caller("PATCH", f"/api/profiles/{id_}", body(id_, email="a@shop.example")).data
    assert changed["attributes"]["email"] == "a@shop.example"
    assert room.caller.get(f"/api/profiles/{id_}").data == changed


def test_a_browser_learns_nothing(room: Room) -> None:
    account = room.caller.account_id
    answer = room.caller("POST", f"/client/profiles?company_id={account}", body(email="a@shop.example"))
    assert (answer.status, answer.document) == (202, None)
    assert len(room.caller.get("/api/profiles").data) == 1
    assert room.caller("POST", "/client/profiles", body(email="a@b.example")).error["source"] == {
        "parameter": "company_id"
    }
    assert room.caller("POST", "/client/profiles?company_id=nobody", body(email="a@b.example")).status == 400


DEEP: Any = "x"
for _ in range(11):
    DEEP = {"in": DEEP}


@pytest.mark.parametrize(
    ("sent", "status", "pointer"),
    [
        (b"{", 400, "/"),
        (b"", 400, "/"),
        (b'{"data":{"type":"profile","attributes":{"email":"\xff"}}}', 400, "/"),
        (b"[" * 100_000, 400, "/"),
        (b"[1]", 400, "/"),
        (
            b'{"data":{"type":"profile","attributes":{"email":"a@b.cc","properties":{"x":-1E+400}}}}',
            400,
            "/data/attributes/properties",
        ),
        ({}, 400, "/data"),
        ({"data": {"attributes": {"email": "a@b.cc"}}}, 400, "/data/type"),
        ({"data": {"type": "list", "attributes": {}}}, 400, "/data/type"),
        (body(), 400, "/data/attributes"),
        (body(first_name="Anna"), 400, "/data/attributes"),
        (body(email="nobody"), 400, "/data/attributes/email"),
        (body(email=5), 400, "/data/attributes/email"),
        (body(phone_number="12"), 400, "/data/attributes/phone_number"),
        (body(external_id="x" * 300), 400, "/data/attributes/external_id"),
        (body(email="a@b.cc", first_name="x" * 256), 400, "/data/attributes/first_name"),
        (body(email="a@b.cc", first_name=["x"]), 400, "/data/attributes/first_name"),
        (body(email="a@b.cc", location="Paris"), 400, "/data/attributes/location"),
        (body(email="a@b.cc", properties=[1]), 400, "/data/attributes/properties"),
        (body(email="a@b.cc", properties={"x": DEEP}), 400, "/data/attributes/properties/x" + "/in" * 9),
        (body(email="a@b.cc", properties={"x": [0] * 4001}), 400, "/data/attributes/properties/x"),
        (body(email="a@b.cc", properties={"x": "y" * 100_000}), 413, None),
    ],
)
def test_bad_bodies_are_refused_at_the_field_and_write_nothing(
    room: Room, sent: object, status: int, pointer: str | None
) -> None:
    for url in ("/api/profiles", "/api/profile-import"):
        error = room.caller("POST", url, sent).error
        assert error["status"] == status
        assert error["source"] == ({"pointer": pointer} if pointer else {})
    assert room.caller.get("/api/profiles").data == []


def test_media_types(room: Room) -> None:
    for media in ("application/json", "application/vnd.api+json; charset=utf-8"):
        sent = body(email=f"{len(media)}@shop.example")
        assert room.caller("POST", "/api/profiles", sent, headers={"content-type": media}).status == 201
    answer = room.caller("POST", "/api/profiles", body(), headers={"content-type": "text/plain"})
    assert (answer.error["status"], answer.error["code"]) == (415, "unsupported_media_type")


def test_unknown_and_foreign_profiles_are_404(room: Room) -> None:
    for id_ in ("x", "0" * 26, "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"):
        assert room.caller.get(f"/api/profiles/{id_}").error["code"] == "not_found"
        assert room.caller("PATCH", f"/api/profiles/{id_}", body(id_)).status == 404
        assert room.caller.get(f"/api/profiles/{id_}/lists").status == 404
    assert room.caller("POST", "/api/profile-import", body("x", first_name="A")).error["source"] == {
        "pointer": "/data/id"
    }


def test_the_ids_of_path_and_body_must_agree(room: Room) -> None:
    one, other = room.id_of(email="a@shop.example"), room.id_of(email="b@shop.example")
    error = room.caller("PATCH", f"/api/profiles/{one}", body(other)).error
    assert (error["status"], error["source"]) == (400, {"pointer": "/data/id"})


def test_a_browser_can_neither_probe_nor_take_away(room: Room) -> None:
    anna = room.id_of(email="anna@shop.example", phone_number="+15005550006", first_name="Anna")
    url = f"/client/profiles?company_id={room.account_id}"
    steal = {"patch_identifiers": {"append": {"email": "anna@shop.example"}}}
    take = {"patch_identifiers": {"unappend": {"email": "anna@shop.example"}}}
    for sent in (
        body(email="bert@shop.example", meta=steal),
        body(email="anna@shop.example", meta=take),
        body(email="anna@shop.example", phone_number=None),
        body(email="anna@shop.example", phone_number="+15005550007"),
        body(email="nobody@shop.example"),
    ):
        answer = room.caller("POST", url, sent)
        assert (answer.status, answer.document) == (202, None)
    shown = room.shown(anna)
    assert (shown["email"], shown["phone_number"]) == ("anna@shop.example", "+15005550006")
    found = room.caller.get("/api/profiles", filter='equals(email,"anna@shop.example")').data
    assert [one["id"] for one in found] == [anna]


@pytest.mark.parametrize(("old", "new"), [(True, 1), (0, False), ([True], [1]), ({"a": 0}, {"a": False})])
def test_a_value_of_another_type_is_another_value(room: Room, old: object, new: object) -> None:
    id_ = room.id_of(email="anna@shop.example", properties={"flag": old})
    room.caller("PATCH", f"/api/profiles/{id_}", body(id_, properties={"flag": new}))
    shown = room.shown(id_)["properties"]["flag"]
    assert (shown, repr(shown)) == (new, repr(new))
