"""Documents: fieldsets, relationships, included, links."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from cdp.jsonapi.cursors import Cursor
from cdp.jsonapi.documents import Resources, collection, identifier, single, sparse
from cdp.jsonapi.paging import Page


@dataclass
class Asked:
    raw_query: str = ""
    raw_path: str = "/api/things"
    base_url: str = "http://127.0.0.1:8080"


def test_a_resource_has_links_and_related_data() -> None:
    make = Resources(Asked(), "thing", "things", relationships=("owner", "parts")).make
    assert make("a b", {"x": 1}, {"owner": identifier("profile", "P")}) == {
        "type": "thing",
        "id": "a b",
        "attributes": {"x": 1},
        "relationships": {
            "owner": {
                "data": {"type": "profile", "id": "P"},
                "links": {
                    "self": "http://127.0.0.1:8080/api/things/a%20b/relationships/owner",
                    "related": "http://127.0.0.1:8080/api/things/a%20b/owner",
                },
            },
            "parts": {
                "links": {
                    "self": "http://127.0.0.1:8080/api/things/a%20b/relationships/parts",
                    "related": "http://127.0.0.1:8080/api/things/a%20b/parts",
                }
            },
        },
        "links": {"self": "http://127.0.0.1:8080/api/things/a%20b"},
    }


def test_sparse_fieldsets() -> None:
    attributes = {"a": 1, "b": {"c": 2, "d": {"e": 3, "f": 4}}, "g": [1]}
    assert sparse(attributes, None) == attributes
    assert sparse(attributes, frozenset()) == {}
    assert sparse(attributes, frozenset({"a", "unknown", "g.h"})) == {"a": 1}
    assert sparse(attributes, frozenset({"b.d.e", "g"})) == {"b": {"d": {"e": 3}}, "g": [1]}
    assert sparse(attributes, frozenset({"b", "b.c"})) == {"b": attributes["b"]}


def test_links_of_a_page_keep_the_query_and_change_the_cursor() -> None:
    asked = Asked("filter=equals(a,%22b+c%22)&page%5Bcursor%5D=old&page[size]=3")
    following, previous = Cursor("id", (1,)), Cursor("id", (2,), backward=True)
    links = collection(asked, [], Page([], following, previous))["links"]
    assert isinstance(links, dict)
    assert links["self"] == f"http://127.0.0.1:8080/api/things?{asked.raw_query}"
    for name, cursor in (("next", following), ("prev", previous)):
        query = parse_qs(urlsplit(links[name]).query)
        assert query == {
            "filter": ['equals(a,"b c")'],
            "page[size]": ["3"],
            "page[cursor]": [cursor.encode()],
        }
    assert "page%5Bcursor%5D" not in links["first"]


def test_the_ends_of_a_collection_are_null() -> None:
    links = collection(Asked(), [])["links"]
    assert links == {
        "self": "http://127.0.0.1:8080/api/things",
        "first": "http://127.0.0.1:8080/api/things",
        "next": None,
        "prev": None,
    }


@given(st.lists(st.sampled_from("abc")))
def test_included_holds_each_resource_once(ids: list[str]) -> None:
    included = single(Asked(), None, [{"type": "t", "id": id_} for id_ in ids])["included"]
    assert isinstance(included, list)
    assert sorted(one["id"] for one in included) == sorted(set(ids))
