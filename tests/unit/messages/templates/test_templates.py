from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from functions.messages.handler import http
from functions.messages.settings import Settings
from functions.messages.spec import SPEC
from tests.unit.calls import Answer, Caller, pages

ONE = "/api/templates/{}"
DEFINITION = {"body": {"properties": {}, "styles": {}, "sections": []}, "styles": []}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(table=f"sqlite://{tmp_path}/documents.db", limits="memory:", rate_limit_factor=0)


@pytest.fixture
def call(settings: Settings) -> Caller:
    return Caller(http(settings), SPEC)


def body(id_: str | None = None, **attributes: Any) -> dict[str, Any]:
    data: dict[str, Any] = {"type": "template", "attributes": attributes}
    return {"data": data if id_ is None else {**data, "id": id_}}


def create(call: Caller, name: str = "Welcome", **attributes: Any) -> Answer:
    given = {"name": name, "editor_type": "CODE", "html": "<p>Hello {{ first_name }}</p>", **attributes}
    return call("POST", "/api/templates", body(**given))


def dragged(call: Caller, **attributes: Any) -> Answer:
    given = {"name": "Drag", "editor_type": "SYSTEM_DRAGGABLE", "definition": DEFINITION, **attributes}
    return call("POST", "/api/templates", body(**given))


def test_a_template_is_made_read_changed_and_deleted(call: Caller) -> None:
    made = create(call, text="Hello", amp="<html amp4email></html>")
    assert made.status == 201
    id_ = made.data["id"]
    assert made.headers["location"].endswith(ONE.format(id_))
    attributes = made.data["attributes"]
    assert attributes["name"] == "Welcome"
    assert attributes["html"] == "<p>Hello {{ first_name }}</p>"
    assert (attributes["text"], attributes["amp"]) == ("Hello", "<html amp4email></html>")
    assert attributes["screenshot_url"] is None
    assert call.get(ONE.format(id_)).data == made.data
    changed = call("PATCH", ONE.format(id_), body(id_, name=" Hi ", text=None))
    assert changed.status == 200
    assert changed.data["attributes"]["name"] == "Hi"
    assert changed.data["attributes"]["text"] is None
    assert changed.data["attributes"]["html"] == attributes["html"]
    assert call.get(ONE.format(id_)).data == changed.data
    assert call("DELETE", ONE.format(id_)).status == 204
    assert call.get(ONE.format(id_)).error["code"] == "not_found"
    assert call("DELETE", ONE.format(id_)).status == 404


def test_a_definition_is_shown_on_demand(call: Caller) -> None:
    id_ = dragged(call, text="plain").data["id"]
    assert "definition" not in call.get(ONE.format(id_)).data["attributes"]
    shown = call.get(ONE.format(id_), **{"additional-fields[template]": "definition"}).data["attributes"]
    assert shown["definition"] == DEFINITION
    assert shown["html"] == ""
    sparse = call.get(
        ONE.format(id_), **{"additional-fields[template]": "definition", "fields[template]": "name"}
    )
    assert sparse.data["attributes"] == {"name": "Drag", "definition": DEFINITION}
    new = {**DEFINITION, "styles": [{"type": "base-style"}]}
    call("PATCH", ONE.format(id_), body(id_, definition=new))
    shown = call.get(ONE.format(id_), **{"additional-fields[template]": "definition"}).data["attributes"]
    assert shown["definition"] == new


@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"name": 5}, "name"),
        ({"editor_type": "SIMPLE"}, "editor_type"),
        ({"html": None}, "html"),
        ({"html": ["no"]}, "html"),
        ({"definition": DEFINITION}, "definition"),
        ({"editor_type": "SYSTEM_DRAGGABLE", "html": None}, "definition"),
        ({"editor_type": "SYSTEM_DRAGGABLE", "definition": DEFINITION}, "html"),
        ({"editor_type": "SYSTEM_DRAGGABLE", "html": None, "amp": "x", "definition": DEFINITION}, "amp"),
    ],
)
def test_bad_input_names_its_field(call: Caller, attributes: dict[str, Any], pointer: str) -> None:
    error = create(call, **attributes).error
    assert (error["status"], error["source"]) == (400, {"pointer": f"/data/attributes/{pointer}"})


@pytest.mark.parametrize(
    ("definition", "pointer"),
    [
        ({"styles": []}, "/body"),
        ({**DEFINITION, "styles": {}}, "/styles"),
        ({**DEFINITION, "colour": "red"}, "/colour"),
        ({"styles": [], "body": {"properties": {}, "styles": {}, "rows": []}}, "/body/rows"),
        ({"styles": [], "body": {"properties": {}}}, "/body/styles"),
    ],
)
def test_a_definition_has_its_outline(call: Caller, definition: dict[str, Any], pointer: str) -> None:
    error = dragged(call, definition=definition).error
    assert error["source"] == {"pointer": f"/data/attributes/definition{pointer}"}


def test_a_change_must_fit_the_template(call: Caller) -> None:
    id_ = create(call).data["id"]
    assert call("PATCH", ONE.format(id_), body("other")).error["source"] == {"pointer": "/data/id"}
    refused = call("PATCH", ONE.format(id_), body(id_, definition=DEFINITION))
    assert refused.error["source"] == {"pointer": "/data/attributes/definition"}
    assert call("PATCH", ONE.format("nobody"), body("nobody", name="x")).status == 404


def test_lists_are_sorted_filtered_and_paged(call: Caller) -> None:
    names = [f"Letter {i:02d}" for i in range(25)]
    ids = {name: create(call, name).data["id"] for name in names}
    for sort, key in (("name", lambda one: one["attributes"]["name"]), ("id", lambda one: one["id"])):
        for sign in ("", "-"):
            answers = pages(call, "/api/templates", sort=sign + sort)
            assert [len(answer.data) for answer in answers] == [10, 10, 5]
            found = [one for answer in answers for one in answer.data]
            assert found == sorted(found, key=key, reverse=bool(sign))
            assert answers[1].document["links"]["prev"]
    for sort in ("created", "-created", "updated", "-updated"):
        found = [one["id"] for answer in pages(call, "/api/templates", sort=sort) for one in answer.data]
        assert sorted(found) == sorted(ids.values())

    def names_of(text: str) -> list[str]:
        answers = pages(call, "/api/templates", filter=text)
        return sorted(one["attributes"]["name"] for answer in answers for one in answer.data)

    assert names_of(f'equals(id,"{ids["Letter 03"]}")') == ["Letter 03"]
    assert names_of(f'any(id,["{ids["Letter 03"]}","{ids["Letter 09"]}"])') == ["Letter 03", "Letter 09"]
    assert names_of("equals(name,'Letter 04')") == ["Letter 04"]
    assert names_of("any(name,['Letter 04','Letter 05','none'])") == ["Letter 04", "Letter 05"]
    assert names_of("contains(name,'r 1')") == names[10:20]
    created = call.get(ONE.format(ids["Letter 00"])).data["attributes"]["created"]
    for field in ("created", "updated"):
        assert "Letter 00" in names_of(f"equals({field},{created})")
        assert names_of(f"greater-or-equal({field},{created})") == names
        assert names_of(f"less-than({field},{created})") == []
        assert names_of(f"greater-than({field},2100-01-01)") == []
        assert names_of(f"less-or-equal({field},2100-01-01)") == names
        assert names_of(f"equals({field},2001-01-01T00:00:00Z)") == []


def test_asking_wrongly_is_refused(call: Caller) -> None:
    assert call.get("/api/templates", filter="equals(html,'x')").error["source"] == {"parameter": "filter"}
    assert call.get("/api/templates", sort="html").error["source"] == {"parameter": "sort"}
    assert call.get("/api/templates", **{"page[size]": "11"}).error["source"] == {"parameter": "page[size]"}
    wrong = call.get("/api/templates", **{"additional-fields[template]": "amp"})
    assert wrong.error["source"] == {"parameter": "additional-fields[template]"}


def test_what_a_template_holds_is_bounded(call: Caller) -> None:
    id_ = create(call, text="x" * 200_000).data["id"]
    grown = call("PATCH", ONE.format(id_), body(id_, amp="x" * 200_000))
    assert (grown.status, grown.error["source"]) == (413, {"pointer": "/data/attributes"})
    assert call("PATCH", ONE.format(id_), body(id_, amp="x" * 200_000, text=None)).status == 200


def test_a_clone_has_a_name_of_its_own(call: Caller) -> None:
    id_ = create(call, text="plain").data["id"]
    clone = call("POST", "/api/template-clone", body(id_, name="Second"))
    assert clone.status == 201
    assert clone.data["id"] != id_
    assert clone.data["attributes"]["name"] == "Second"
    assert clone.data["attributes"]["text"] == "plain"
    unnamed = call("POST", "/api/template-clone", {"data": {"type": "template", "id": id_}})
    assert unnamed.data["attributes"]["name"] == "Welcome (clone)"
    gone = call("POST", "/api/template-clone", body("nobody"))
    assert (gone.status, gone.error["source"]) == (404, {"pointer": "/data/id"})


def test_a_template_is_rendered_with_a_context(call: Caller) -> None:
    id_ = create(call, text="Hi {{ first_name }}").data["id"]
    answer = call("POST", "/api/template-render", body(id_, context={"first_name": "A & B"}))
    assert answer.status == 201
    assert answer.data["attributes"]["html"] == "<p>Hello A &amp; B</p>"
    assert answer.data["attributes"]["text"] == "Hi A & B"
    assert call.get(ONE.format(id_)).data["attributes"]["text"] == "Hi {{ first_name }}"
    tagged = create(call, html="{% if x %}x{% endif %}").data["id"]
    refused = call("POST", "/api/template-render", body(tagged, context={}))
    assert (refused.status, refused.error["source"]) == (400, {"pointer": "/data/id"})
    missing = call("POST", "/api/template-render", body(id_))
    assert missing.error["source"] == {"pointer": "/data/attributes/context"}


UNIVERSAL = "/api/template-universal-content"
BLOCK = {"content_type": "block", "type": "text", "data": {"content": "<p>Hello</p>"}}
SECTION = {"content_type": "section", "type": "section", "data": {}, "rows": []}


def universal(id_: str | None = None, **attributes: Any) -> dict[str, Any]:
    data: dict[str, Any] = {"type": "template-universal-content", "attributes": attributes}
    return {"data": data if id_ is None else {**data, "id": id_}}


def test_universal_content_from_its_creation_to_its_end(call: Caller) -> None:
    made = call("POST", UNIVERSAL, universal(name="Footer", definition=BLOCK))
    assert (made.status, made.data["attributes"]["definition"]) == (201, BLOCK)
    id_ = made.data["id"]
    assert call.get(f"{UNIVERSAL}/{id_}").data == made.data
    changed = call("PATCH", f"{UNIVERSAL}/{id_}", universal(id_, name="Foot", definition=SECTION)).data["attributes"]
    assert (changed["name"], changed["definition"]) == ("Foot", SECTION)
    clone = call("POST", f"{UNIVERSAL}-clone", universal(id_, name="Second"))
    assert (clone.status, clone.data["attributes"]["definition"]) == (201, SECTION)
    assert call("DELETE", f"{UNIVERSAL}/{id_}").status == 204
    assert call.get(f"{UNIVERSAL}/{id_}").status == 404
    gone = call("POST", f"{UNIVERSAL}-clone", universal(id_))
    assert (gone.status, gone.error["source"]) == (404, {"pointer": "/data/id"})


def test_universal_content_is_listed(call: Caller) -> None:
    for n in range(7):
        call("POST", UNIVERSAL, universal(name=f"Block {n}", definition=BLOCK))
    call("POST", UNIVERSAL, universal(name="Section", definition=SECTION))

    def names(**query: str) -> list[str]:
        answers = pages(call, UNIVERSAL, **query)
        return [one["attributes"]["name"] for answer in answers for one in answer.data]

    for sort in ("created", "id", "name", "updated"):
        forth = names(sort=sort, **{"page[size]": "3"})
        assert len(forth) == 8
        assert forth == names(sort=f"-{sort}", **{"page[size]": "3"})[::-1]
    assert names(filter="equals(definition.content_type,'section')") == ["Section"]
    assert len(names(filter="equals(definition.type,'text')")) == 7
    assert names(filter="any(name,['Block 1','Block 2'])", sort="name") == ["Block 1", "Block 2"]
    assert names(filter="less-than(created,2020-01-01)") == names(filter="greater-than(updated,2100-01-01)") == []


@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({"name": ""}, "name"),
        ({"definition": None}, "definition"),
        ({"definition": {**BLOCK, "content_type": "page"}}, "definition/content_type"),
        ({"definition": {**BLOCK, "type": None}}, "definition/type"),
        ({"definition": {**BLOCK, "data": []}}, "definition/data"),
        ({"definition": {**BLOCK, "colour": "red"}}, "definition/colour"),
    ],
)
def test_bad_universal_content_names_its_field(call: Caller, attributes: dict[str, Any], pointer: str) -> None:
    error = call("POST", UNIVERSAL, universal(**{"name": "x", "definition": BLOCK, **attributes})).error
    assert error["source"] == {"pointer": f"/data/attributes/{pointer}"}


def test_accounts_are_apart(settings: Settings, call: Caller) -> None:
    id_ = create(call).data["id"]
    other = Caller(http(settings), SPEC, "XYZ789")
    assert other.get(ONE.format(id_)).status == 404
    assert other.get("/api/templates").data == []
    assert other("DELETE", ONE.format(id_)).status == 404
