"""Templates through the official Python SDK, unmodified: every operation on templates, listings over three pages, each
filter and sort (SPEC §1.5, §2.4)."""

from __future__ import annotations

from typing import Any

import pytest
from klaviyo_api import KlaviyoAPI
from openapi_client.exceptions import ApiException

from tests.contract.clients.conftest import Platform
from tests.contract.clients.python_sdk import ids, pages

MADE = 23
SORTS = [f"{sign}{field}" for field in ("created", "id", "name", "updated") for sign in ("", "-")]
DEFINITION = {"body": {"properties": {}, "styles": {"width": 600}, "sections": []}, "styles": []}


def template(id_: str | None = None, **attributes: Any) -> dict[str, Any]:
    data: dict[str, Any] = {"type": "template", "attributes": attributes}
    return {"data": data if id_ is None else {**data, "id": id_}}


def code(name: str, html: str = "<p>Hello {{ first_name|default:'friend' }}</p>", **more: Any) -> dict[str, Any]:
    return template(name=name, editor_type="CODE", html=html, **more)


@pytest.fixture(scope="module")
def api(shop: Platform) -> KlaviyoAPI:
    return KlaviyoAPI(shop.private_key, max_retries=1, test_host=shop.url)


@pytest.fixture(scope="module")
def made(api: KlaviyoAPI) -> list[Any]:
    names = [f"SDK template {n * 5 % MADE:02d}" for n in range(MADE)]
    return [api.Templates.create_template(code(name)).data for name in names]


def test_a_template_from_beginning_to_end(api: KlaviyoAPI) -> None:
    made = api.Templates.create_template(code("Welcome", text="Hello")).data
    assert (made.attributes.name, made.attributes.editor_type, made.attributes.text) == ("Welcome", "CODE", "Hello")
    assert api.Templates.get_template(made.id).data.attributes.to_dict() == made.attributes.to_dict()
    changed = api.Templates.update_template(made.id, template(made.id, name="Hi", amp="<html></html>")).data.attributes
    assert (changed.name, changed.amp, changed.html) == ("Hi", "<html></html>", made.attributes.html)
    assert changed.updated >= made.attributes.updated
    clone = api.Templates.clone_template(template(made.id, name="Copy")).data
    assert (clone.attributes.name, clone.attributes.html) == ("Copy", made.attributes.html)
    rendered = api.Templates.render_template(template(made.id, context={"first_name": "Ann & Bo"})).data
    assert (rendered.attributes.html, rendered.attributes.text) == ("<p>Hello Ann &amp; Bo</p>", "Hello")
    assert api.Templates.render_template(template(made.id, context={})).data.attributes.html == "<p>Hello friend</p>"
    for id_ in (made.id, clone.id):
        assert api.Templates.delete_template(id_) is None
    with pytest.raises(ApiException) as missing:
        api.Templates.get_template(made.id)
    assert missing.value.status == 404


def test_a_template_made_by_drag_and_drop(api: KlaviyoAPI) -> None:
    new = template(name="Dragged", editor_type="SYSTEM_DRAGGABLE", definition=DEFINITION)
    made = api.Templates.create_template(new, additional_fields_template=["definition"]).data
    assert (made.attributes.definition.body.styles.width, made.attributes.definition.styles) == (600, [])
    assert (made.attributes.html, made.attributes.editor_type) == ("", "SYSTEM_DRAGGABLE")
    assert api.Templates.get_template(made.id).data.attributes.definition is None
    whole = api.Templates.get_template(made.id, additional_fields_template=["definition"]).data
    assert whole.attributes.definition.to_dict() == made.attributes.definition.to_dict()
    with pytest.raises(ApiException) as wrong:
        api.Templates.update_template(made.id, template(made.id, html="<p></p>"))
    assert wrong.value.status == 400
    api.Templates.delete_template(made.id)


@pytest.mark.parametrize("sort", SORTS)
def test_templates_over_three_pages_in_every_order(api: KlaviyoAPI, made: list[Any], sort: str) -> None:
    found = list(pages(api.Templates.get_templates, sort=sort))
    assert len(found) >= 3
    assert len(set(ids(found))) == len(ids(found)) >= MADE
    keys = [getattr(one, "id", None) if sort.endswith("id") else getattr(one.attributes, sort.lstrip("-"))
            for page in found for one in page.data]  # fmt: skip
    assert keys == sorted(keys, reverse=sort.startswith("-"))


def test_filters(api: KlaviyoAPI, made: list[Any]) -> None:
    mine = {one.id for one in made}

    def found(text: str) -> set[str]:
        return set(ids(pages(api.Templates.get_templates, filter=text))) & mine

    first, second = made[:2]
    day, later, created = "2020-01-01T00:00:00Z", "2100-01-01T00:00:00Z", first.attributes.created.isoformat()
    assert found(f'equals(id,"{first.id}")') == {first.id}
    assert found(f'any(id,["{first.id}","{second.id}"])') == {first.id, second.id}
    assert found(f'equals(name,"{first.attributes.name}")') == {first.id}
    assert found(f'any(name,["{first.attributes.name}","{second.attributes.name}"])') == {first.id, second.id}
    assert len(found("contains(name,'template 1')")) == 10
    for field in ("created", "updated"):
        assert first.id in found(f"equals({field},{created})")
        assert found(f"equals({field},{day})") == set()
        for past, future in (("greater-than", "less-than"), ("greater-or-equal", "less-or-equal")):
            assert found(f"{past}({field},{day})") == found(f"{future}({field},{later})") == mine
            assert found(f"{past}({field},{later})") == found(f"{future}({field},{day})") == set()
    sparse = api.Templates.get_template(first.id, fields_template=["name"])
    assert sparse["data"]["attributes"] == {"name": first.attributes.name}


def test_universal_content(api: KlaviyoAPI) -> None:
    def content(id_: str | None = None, **attributes: Any) -> dict[str, Any]:
        data: dict[str, Any] = {"type": "template-universal-content", "attributes": attributes}
        return {"data": data if id_ is None else {**data, "id": id_}}

    block = {"content_type": "block", "type": "text", "data": {"content": "<p>Hello</p>"}}
    made = [api.Templates.create_universal_content(content(name=f"u{n}", definition=block)).data for n in range(5)]
    first = made[0].id
    assert api.Templates.get_universal_content(first).data.attributes.definition == block
    assert api.Templates.update_universal_content(first, content(first, name="x")).data.attributes.name == "x"
    copy = api.Templates.clone_universal_content(content(first, id=first, name="copy")).data
    for sort in SORTS:
        found = list(pages(api.Templates.get_all_universal_content, sort=sort, page_size=2))
        assert len(found) >= 3
        assert {copy.id, *(one.id for one in made)} <= set(ids(found))
    assert ids([api.Templates.get_all_universal_content(filter="equals(name,'u3')")]) == [made[3].id]
    for one in (copy, *made):
        assert api.Templates.delete_universal_content(one.id) is None
