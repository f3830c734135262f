"""Forms over HTTP: made, read, listed, changed, published, deleted; their versions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from cdp.documents import forms
from cdp.documents.forms import MAX_VERSIONS, Form, Version
from cdp.ports import Table
from tests.unit.calls import BASE, pages
from tests.unit.messages.forms.conftest import ACCOUNT, Room, new_form, version


def test_a_form_gets_ids_and_is_shown_as_it_was_made(room: Room) -> None:
    answer = room.create(" Sign up ", version(type="full_screen"), version(name="B", type="banner"), ab_test=True)
    form = answer.data
    assert answer.status == 201
    assert answer.headers["location"] == form["links"]["self"] == f"{BASE}/api/forms/{form['id']}"
    shown = form["attributes"]
    assert (shown["name"], shown["status"], shown["ab_test"]) == ("Sign up", "draft", True)
    first, second = shown["definition"]["versions"]
    assert (first["name"], second["name"]) == ("Version 1", "B")
    assert (first["status"], type(first["id"])) == ("draft", int)
    assert first["steps"] == version()["steps"]
    linked = form["relationships"]["form-versions"]["data"]
    assert linked == [{"type": "form-version", "id": str(one["id"])} for one in (first, second)]
    assert room.get(f"/api/forms/{form['id']}").data == form
    (row,) = room.get("/api/forms").data
    assert "definition" not in row["attributes"]
    assert row["relationships"] == form["relationships"]
    version_ = room.get(f"/api/form-versions/{first['id']}").data
    assert version_["attributes"] == {
        "form_type": "full_page",
        "variation_name": "Version 1",
        "ab_test": {"variation_name": "Version 1"},
        "status": "draft",
        "created_at": shown["created_at"],
        "updated_at": shown["created_at"],
    }


def test_a_version_leads_to_its_form(room: Room) -> None:
    form, other = room.made("One"), room.made("Two")
    (one,) = form["attributes"]["definition"]["versions"]
    at = f"/api/form-versions/{one['id']}"
    assert room.get(at).data["relationships"]["form"]["data"] == {"type": "form", "id": form["id"]}
    assert room.get(f"{at}/relationships/form").data == {"type": "form", "id": form["id"]}
    assert room.get(f"{at}/form").data["attributes"]["name"] == "One"
    document = room.get(at, include="form", **{"fields[form]": "name"}).document
    assert [found["attributes"] for found in document["included"]] == [{"name": "One"}]
    assert "ab_test" not in room.get(at).data["attributes"]
    for unknown in ("999", "x", "1" * 30):
        assert room.get(f"/api/form-versions/{unknown}").status == 404
    assert Room(room.handler, room.spec, "XYZ789").get(at).status == 404
    assert one["id"] != other["attributes"]["definition"]["versions"][0]["id"]


def test_versions_over_three_pages_with_every_filter_and_order(room: Room, table: Table) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    kinds = ("banner", "embed", "flyout", "full_page", "popup")
    versions = tuple(
        Version(
            str(1000 + n),
            kinds[n % 5],  # type: ignore[arg-type]
            f"V{n}",
            ("draft", "live")[n % 2],
            at + timedelta(days=n),
            at + timedelta(days=50 - n),
        )
        for n in range(MAX_VERSIONS)
    )
    form = Form("Form01", "F", "draft", False, at, at, versions)
    assert forms.save(table, ACCOUNT, form, {"versions": []})
    for kind in ("form-versions", "relationships/form-versions"):
        url = f"/api/forms/Form01/{kind}"
        for sort, reverse in (("created_at", False), ("-created_at", True), ("updated_at", True)):
            found = pages(room, url, sort=sort, **{"page[size]": "3"})
            assert [len(page.data) for page in found] == [3, 3, 3, 1]
            wanted = sorted((one.id for one in versions), reverse=reverse)
            assert [one["id"] for page in found for one in page.data] == wanted
        filters: dict[str, Callable[[Version], bool]] = {
            'equals(form_type,"popup")': lambda v: v.form_type == "popup",
            'any(form_type,["popup","embed"])': lambda v: v.form_type in ("popup", "embed"),
            'equals(status,"live")': lambda v: v.status == "live",
            "greater-than(created_at,2026-01-03)": lambda v: v.created > at + timedelta(days=2),
            "greater-or-equal(created_at,2026-01-03)": lambda v: v.created >= at + timedelta(days=2),
            "less-than(updated_at,2026-02-15)": lambda v: v.updated < at + timedelta(days=45),
            "less-or-equal(updated_at,2026-02-15)": lambda v: v.updated <= at + timedelta(days=45),
        }
        for text, holds in filters.items():
            ids = {one["id"] for one in room.get(url, filter=text).data}
            assert ids == {one.id for one in versions if holds(one)} != set(), text
    assert room.get("/api/forms/Form01/form-versions", sort="name").error["source"] == {"parameter": "sort"}


def test_what_is_changed_and_what_stays(room: Room) -> None:
    form = room.made("Old", version(name="A"), version(name="B"))
    id_, (a, b) = form["id"], form["attributes"]["definition"]["versions"]
    assert room.change(id_, name=" New ").data["attributes"]["name"] == "New"
    definition = {"versions": [{**b, "type": "embed"}, version(name="C")]}
    changed = room.change(id_, definition=definition).data["attributes"]
    assert changed["name"] == "New"
    kept, fresh = changed["definition"]["versions"]
    assert (kept["id"], kept["type"]) == (b["id"], "embed")
    assert fresh["id"] not in (a["id"], b["id"])
    assert room.get(f"/api/form-versions/{a['id']}").status == 404
    assert room.get(f"/api/form-versions/{fresh['id']}").data["attributes"]["variation_name"] == "C"
    assert room.change(id_).data["attributes"] == changed


@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({"name": None}, "/data/attributes/name"),
        ({"name": ""}, "/data/attributes/name"),
        ({"definition": {"versions": []}}, "/data/attributes/definition/versions"),
        ({"definition": None}, "/data/attributes/definition"),
        ({"definition": {"versions": [version(id=7)]}}, "/data/attributes/definition/versions/0/id"),
    ],
)
def test_a_fault_in_a_change_names_its_field(room: Room, attributes: Any, pointer: str) -> None:
    error = room.change(room.made()["id"], **attributes).error
    assert (error["status"], error["source"]) == (400, {"pointer": pointer})


def _versions(room: Room, id_: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = room.get(f"/api/forms/{id_}").data["attributes"]["definition"]["versions"]
    return found


def test_a_form_is_published_and_taken_back(room: Room) -> None:
    form = room.made()
    id_ = form["id"]
    (one,) = form["attributes"]["definition"]["versions"]
    answer = room.publish(id_)
    assert (answer.status, answer.data["attributes"]["status"]) == (202, "complete")
    assert answer.data["relationships"]["form"]["data"] == {"type": "form", "id": id_}
    assert room.get(f"/api/forms/{id_}").data["attributes"]["status"] == "live"
    assert _versions(room, id_) == [{**one, "status": "live"}]
    assert room.get(f"/api/form-versions/{one['id']}").data["attributes"]["status"] == "live"
    assert room.publish(id_).status == 202
    assert room.change(id_, name="Other").data["attributes"]["status"] == "live"
    assert room.publish(id_, "form-unpublish-job").status == 202
    assert room.get(f"/api/forms/{id_}").data["attributes"]["status"] == "draft"
    assert _versions(room, id_) == [one]


def test_a_live_version_stays_as_it_is_until_a_draft_takes_its_place(room: Room) -> None:
    id_ = room.made()["id"]
    room.publish(id_)
    (live,) = _versions(room, id_)
    at = "/data/attributes/definition/versions"
    for versions, pointer in (
        ([{**live, "name": "Other"}], f"{at}/0"),
        ([{**live, "status": "draft"}], f"{at}/0"),
        ([version()], at),
    ):
        error = room.change(id_, definition={"versions": versions}).error
        assert (error["status"], error["source"]) == (409, {"pointer": pointer})
    error = room.change(id_, definition={"versions": [live, version(status="live")]}).error
    assert (error["status"], error["source"]) == (400, {"pointer": f"{at}/1/status"})
    error = room.change(id_, definition={"versions": [live, live]}).error
    assert (error["status"], error["source"]) == (400, {"pointer": f"{at}/1/id"})
    changed = room.change(id_, definition={"versions": [live, version(name="Next")]}).data["attributes"]
    assert changed["status"] == "live"
    assert [one["status"] for one in changed["definition"]["versions"]] == ["live", "draft"]
    room.publish(id_)
    assert [one["status"] for one in _versions(room, id_)] == ["draft", "live"]


def test_what_cannot_be_published(room: Room) -> None:
    at = {"pointer": "/data/relationships/form/data/id"}
    missing = room.publish("nobody").error
    assert (missing["status"], missing["source"]) == (404, at)
    tried = room.publish(room.made("x", version(), version(), ab_test=True)["id"]).error
    assert (tried["status"], tried["source"]) == (409, at)
    wrong = room("POST", "/api/form-publish-jobs", {"data": {"type": "form"}}).error
    assert wrong["source"] == {"pointer": "/data/type"}


def test_a_deleted_form_is_gone_with_its_versions(room: Room, table: Table) -> None:
    form = room.made("x", *(version() for _ in range(MAX_VERSIONS)))
    ids = [one["id"] for one in form["attributes"]["definition"]["versions"]]
    assert room("DELETE", f"/api/forms/{form['id']}").status == 204
    assert room.get(f"/api/forms/{form['id']}").status == 404
    assert {room.get(f"/api/form-versions/{id_}").status for id_ in ids} == {404}
    assert room("DELETE", f"/api/forms/{form['id']}").status == 404
    assert forms.all_of(table, ACCOUNT) == []


@pytest.fixture
def many(table: Table) -> list[Form]:
    found = []
    for n in range(65):
        at = datetime(2026, 1, 1 + n % 4, n % 5, tzinfo=UTC)
        form = Form(
            id=forms.new_id(table, ACCOUNT),
            name=f"Form {n * 7 % 65:02d}",
            status=("draft", "live")[n % 2],
            ab_test=n % 3 == 0,
            created=at,
            updated=at + timedelta(days=40 - n % 7),
        )
        assert forms.save(table, ACCOUNT, form, {"versions": []})
        found.append(form)
    return found


@pytest.mark.parametrize("sort", ["created_at", "-created_at", "updated_at", "-updated_at"])
def test_every_order_over_three_pages(room: Room, many: list[Form], sort: str) -> None:
    found = pages(room, "/api/forms", sort=sort)
    assert [len(page.data) for page in found] == [20, 20, 20, 5]
    field = sort.removeprefix("-").removesuffix("_at")
    wanted = sorted(many, key=lambda one: (getattr(one, field), one.id), reverse=sort.startswith("-"))
    assert [one["id"] for page in found for one in page.data] == [one.id for one in wanted]


def test_every_filter(room: Room, many: list[Form]) -> None:
    day = datetime(2026, 1, 2, tzinfo=UTC)
    later = datetime(2026, 2, 8, tzinfo=UTC)
    one, two = many[3], many[40]
    wanted: dict[str, Callable[[Form], bool]] = {
        f'equals(id,"{one.id}")': lambda f: f.id == one.id,
        f'any(id,["{one.id}","{two.id}","x"])': lambda f: f.id in (one.id, two.id),
        f'equals(name,"{one.name}")': lambda f: f.name == one.name,
        f'any(name,["{one.name}","{two.name}"])': lambda f: f.name in (one.name, two.name),
        'contains(name,"3")': lambda f: "3" in f.name,
        "equals(ab_test,true)": lambda f: f.ab_test,
        "equals(ab_test,false),equals(status,'live')": lambda f: not f.ab_test and f.status == "live",
        'equals(status,"draft")': lambda f: f.status == "draft",
        "greater-than(created_at,2026-01-02)": lambda f: f.created > day,
        "greater-or-equal(created_at,2026-01-02)": lambda f: f.created >= day,
        "less-than(created_at,2026-01-02)": lambda f: f.created < day,
        "less-or-equal(created_at,2026-01-02)": lambda f: f.created <= day,
        "greater-than(updated_at,2026-02-08)": lambda f: f.updated > later,
        "less-or-equal(updated_at,2026-02-08)": lambda f: f.updated <= later,
    }
    for text, holds in wanted.items():
        found = {row["id"] for page in pages(room, "/api/forms", filter=text) for row in page.data}
        assert found == {form.id for form in many if holds(form)} != set(), text


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"filter": 'contains(id,"x")'}, "filter"),
        ({"filter": 'equals(status,"paused")'}, "filter"),
        ({"filter": "equals(created,2026-01-01)"}, "filter"),
        ({"sort": "name"}, "sort"),
        ({"page[size]": "101"}, "page[size]"),
    ],
)
def test_a_query_that_is_not_understood_names_its_parameter(
    room: Room, query: dict[str, str], parameter: str
) -> None:
    assert room.get("/api/forms", **query).error["source"] == {"parameter": parameter}


def _block(**block: Any) -> dict[str, Any]:
    return version(block)


BLOCKS = "versions/0/steps/0/columns/0/rows/0/blocks/0"


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        (version(colour=1), "versions/0/colour"),
        (version(id=1), "versions/0/id"),
        (version(type="poster"), "versions/0/type"),
        (version(status="live"), "versions/0/status"),
        ({"name": "x"}, "versions/0/steps"),
        (version(triggers=[{"type": "moon"}]), "versions/0/triggers/0/type"),
        (
            version(triggers=[{"type": "location", "properties": {"allow_list": ["Mars"]}}]),
            "versions/0/triggers/0/properties/allow_list/0",
        ),
        (
            version(triggers=[{"type": "delay", "properties": {"seconds": "5"}}]),
            "versions/0/triggers/0/properties/seconds",
        ),
        (version(styles={"width": "wide"}), "versions/0/styles/width"),
        (version(teasers=[{"location": "top_left"}]), "versions/0/teasers/0/content"),
        (_block(type="sound"), f"{BLOCKS}/type"),
        (_block(type="text", properties={}), f"{BLOCKS}/properties/property_name"),
        (_block(type="image", properties={"image": {"src": 1}}), f"{BLOCKS}/properties/image/src"),
        (
            _block(type="button", properties={"label": "x"}, action={"type": "redirect", "submit": True}),
            f"{BLOCKS}/action/properties",
        ),
        (
            _block(type="button", properties={"label": "x"}, action={"type": "go_to_inbox", "properties": {}}),
            f"{BLOCKS}/action/properties",
        ),
    ],
)
def test_a_fault_in_a_definition_names_its_field(room: Room, given: Any, pointer: str) -> None:
    answer = room.create("x", given)
    assert (answer.status, answer.error["source"]) == (
        400,
        {"pointer": f"/data/attributes/definition/{pointer}"},
    )
    assert room.get("/api/forms").data == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (new_form("x"), "/data/attributes/definition/versions"),
        (new_form(" ", version()), "/data/attributes/name"),
        (new_form("x", version(), status="live"), "/data/attributes/status"),
        (new_form("x", version(), ab_test="yes"), "/data/attributes/ab_test"),
        (new_form("x", *(version() for _ in range(MAX_VERSIONS + 1))), "/data/attributes/definition/versions"),
        ({"data": {"type": "form", "attributes": {"name": "x"}}}, "/data/attributes/definition"),
    ],
)
def test_a_fault_in_a_new_form_names_its_field(room: Room, body: Any, pointer: str) -> None:
    error = room("POST", "/api/forms", body).error
    assert (error["status"], error["source"]) == (400, {"pointer": pointer})


def test_somebody_who_was_slower_changes_nothing(room: Room, table: Table) -> None:
    old = forms.whole(table, ACCOUNT, room.made()["id"])
    assert old is not None
    assert forms.save(table, ACCOUNT, replace(old.form, name="fast"), old.definition, old)
    assert not forms.save(table, ACCOUNT, replace(old.form, name="slow"), old.definition, old)
    assert not forms.remove(table, ACCOUNT, old)
    assert [one.name for one in forms.all_of(table, ACCOUNT)] == ["fast"]
