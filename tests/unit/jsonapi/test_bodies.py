"""The envelope of request bodies: what is read, and where faults point to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.errors import Rejected
from cdp.jsonapi.bodies import Body, Changed, Copy, New, Resource, ToMany, ToOne, ToOneOrNone, checked_name
from cdp.jsonapi.front import Request
from cdp.spec import HttpRoute


class Given(msgspec.Struct, frozen=True):
    name: str
    size: int | None = None


class Links(msgspec.Struct, frozen=True):
    owner: ToOne[Literal["person"]]
    parts: ToMany[Literal["part"]] | None = None
    shop: ToOneOrNone[Literal["shop"]] = ToOneOrNone()


class Linked(New[Given], frozen=True, kw_only=True):
    relationships: Links


class Job(Resource, frozen=True, kw_only=True):
    id: str


NEW, CHANGED = Body("thing", New[Given]), Body("thing", Changed[Given])
LINKED, JOB = Body("thing", Linked), Body(("start", "stop"), Job)
PERSON = {"data": {"type": "person", "id": "p"}}


def request(document: object, id_: str | None = None) -> Request:
    body = document if isinstance(document, bytes) else msgspec.json.encode(document)
    path = {} if id_ is None else {"id": id_}
    return Request(HttpRoute("PATCH", "/api/things/{id}"), "ABC234", path, "", body, {}, "", datetime.now(UTC))


def test_attributes_are_typed_and_unknown_names_are_passed_over() -> None:
    data = NEW.read(request({"data": {"type": "thing", "attributes": {"name": "a", "x": 1}, "x": 2}, "meta": {}}))
    assert (data.attributes, data.id) == (Given("a"), None)


def test_relationships() -> None:
    parts = {"data": [{"type": "part", "id": "1"}, {"type": "part", "id": "2"}]}
    sent = {"type": "thing", "attributes": {"name": "a"}, "relationships": {"owner": PERSON, "parts": parts}}
    links = LINKED.read(request({"data": sent})).relationships
    assert (links.owner.id, links.shop.id) == ("p", None)
    assert links.parts is not None
    assert links.parts.ids == ["1", "2"]


@pytest.mark.parametrize("shop", [{}, {"data": None}, {"data": {"type": "shop", "id": "s"}}])
def test_a_relationship_may_be_empty(shop: dict[str, dict[str, str] | None]) -> None:
    sent = {"type": "thing", "attributes": {"name": "a"}, "relationships": {"owner": PERSON, "shop": shop}}
    assert LINKED.read(request({"data": sent})).relationships.shop.id == ("s" if shop.get("data") else None)


def test_either_type_will_do() -> None:
    assert [JOB.read(request({"data": {"type": kind, "id": "7"}})).type for kind in ("start", "stop")] == ["start", "stop"]


def test_the_id_is_that_of_the_path_if_it_names_one() -> None:
    body = {"data": {"type": "thing", "id": "1", "attributes": {"name": "a"}}}
    assert CHANGED.read(request(body, "1")).id == CHANGED.read(request(body)).id == "1"
    for kind in (CHANGED, NEW):
        with pytest.raises(Rejected) as caught:
            kind.read(request(body, "2"))
        assert caught.value.field == "/data/id"


@pytest.mark.parametrize(
    ("kind", "document", "pointer"),
    [
        (NEW, b"", "/"),
        (NEW, b"{", "/"),
        (NEW, [], "/"),
        (NEW, {}, "/data"),
        (NEW, {"data": None}, "/data"),
        (NEW, {"data": {}}, "/data/type"),
        (NEW, {"data": {"attributes": {"name": 1}}}, "/data/type"),
        (NEW, {"data": {"type": None, "attributes": {"name": "a"}}}, "/data/type"),
        (NEW, {"data": {"type": "other", "attributes": {"name": "a"}}}, "/data/type"),
        (NEW, {"data": {"attributes": {}, "type": "other"}}, "/data/type"),
        (NEW, {"data": {"type": "thing"}}, "/data/attributes"),
        (NEW, {"data": {"type": "thing", "attributes": {}}}, "/data/attributes/name"),
        (NEW, {"data": {"type": "thing", "attributes": {"name": "a", "size": "b"}}}, "/data/attributes/size"),
        (NEW, {"data": {"type": "thing", "id": 1, "attributes": {"name": "a"}}}, "/data/id"),
        (CHANGED, {"data": {"type": "thing", "attributes": {"name": "a"}}}, "/data/id"),
        (LINKED, {"data": {"type": "thing", "attributes": {"name": "a"}}}, "/data/relationships"),
        (JOB, {"data": {"type": "thing", "id": "1"}}, "/data/type"),
        (
            LINKED,
            {"data": {"type": "thing", "attributes": {"name": "a"}, "relationships": {"owner": {"data": {"type": "x"}}}}},
            "/data/relationships/owner/data/type",
        ),
    ],
)
def test_a_fault_points_to_its_place(kind: Body[Resource], document: object, pointer: str) -> None:
    with pytest.raises(Rejected) as caught:
        kind.read(request(document))
    assert (caught.value.status, caught.value.field) == (400, pointer)


def test_a_nested_body_is_refused() -> None:
    with pytest.raises(Rejected, match="nested too deeply"):
        NEW.read(request(b'{"data":{"more":' + b"[" * 100_000))


JUNK: st.SearchStrategy[object] = st.sampled_from([None, 1, "other", [], {}, {"type": "thing"}])
SENT = st.fixed_dictionaries(
    {},
    optional={
        "type": st.just("thing") | JUNK,
        "id": st.just("1") | JUNK,
        "attributes": st.fixed_dictionaries({}, optional={"name": st.just("a") | JUNK, "more": JUNK}) | JUNK,
        "more": JUNK,
    },
)


@settings(max_examples=200)
@given(st.fixed_dictionaries({}, optional={"data": SENT | JUNK}) | JUNK)
def test_what_is_read_is_what_the_envelope_allows(document: object) -> None:
    try:
        NEW.read(request(document))
        read = True
    except Rejected:
        read = False
    assert read == allowed(document)


def allowed(document: object) -> bool:
    data = document.get("data") if isinstance(document, dict) else None
    if not isinstance(data, dict) or data.get("type") != "thing":
        return False
    attributes = data.get("attributes")
    named = isinstance(attributes, dict) and isinstance(attributes.get("name"), str)
    return named and isinstance(data.get("id"), str | None)


@pytest.mark.parametrize("name", ["", "  ", "\t\n", "a" * 256, " " + "a" * 256 + " ", "a\x1fb", "a\nb"])
def test_a_name_has_a_length_and_can_be_read(name: str) -> None:
    with pytest.raises(Rejected) as caught:
        checked_name(name, "/here")
    assert caught.value.field == "/here"


def test_blanks_around_a_name_are_no_part_of_it() -> None:
    assert checked_name("  a b ") == "a b"
    assert checked_name(" " + "a" * 255 + " ") == "a" * 255


def test_a_copy_may_have_a_name() -> None:
    body = Body("thing", Copy)
    assert body.read(request({"data": {"type": "thing", "id": "1"}})).attributes.name is None
    named = {"data": {"type": "thing", "id": "1", "attributes": {"name": "b"}}}
    assert body.read(request(named)).attributes.name == "b"
