"""Listings: every filter, both orders, pages."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.calls import pages
from tests.unit.catalog.conftest import Room, cid, ends, new_category, new_item, new_variant

MANY = 23


@pytest.fixture
def full(room: Room) -> Room:
    """23 items in three categories, each with a variant; the first has 23."""
    room.worked("category", "create", [new_category(f"c{n}") for n in range(3)])
    items = [
        new_item(f"i{n:02d}", f"c{n % 2}", *(["c2"] if n % 5 == 0 else []), published=n % 3 != 0) for n in range(MANY)
    ]
    for item in items:  # one by one: each with a moment of its own
        assert room.post("items", item).status == 201
    variants = [new_variant(f"v{n:02d}", f"i{n:02d}", sku=f"S{n % 4}", published=n % 2 == 0) for n in range(MANY)]
    assert room.worked("variant", "create", variants)["completed_count"] == MANY
    more = [new_variant(f"w{n:02d}", "i00", sku="S0") for n in range(MANY)]
    assert room.worked("variant", "create", more)["completed_count"] == MANY
    return room


def the(prefix: str, *numbers: int) -> list[str]:
    return [f"{prefix}{n:02d}" for n in numbers]


@pytest.mark.parametrize("size", ["1", "7", "22", "23", "100"])
@pytest.mark.parametrize("sort", ["created", "-created"])
def test_pages_of_items_forth_and_back(full: Room, size: str, sort: str) -> None:
    found = pages(full.caller, "/api/catalog-items", **{"page[size]": size, "sort": sort})
    ids = [one["attributes"]["external_id"] for page in found for one in page.data]
    assert ids == sorted(the("i", *range(MANY)), reverse=sort.startswith("-"))
    assert len(found) == -(-MANY // int(size))
    back = [found[-1]]
    while back[-1].document["links"]["prev"]:
        back.append(full.caller.get(back[-1].document["links"]["prev"]))
    assert [page.data for page in reversed(back)] == [page.data for page in found]


FILTERS: list[tuple[str, str, list[str]]] = [
    ("items", f"any(ids,['{cid('i03')}','{cid('i01')}','{cid('none')}'])", the("i", 1, 3)),
    ("items", f"any(ids,['{cid('i03')}']),equals(published,true)", []),
    ("items", f"equals(category.id,'{cid('c0')}')", the("i", *range(0, MANY, 2))),
    ("items", f"equals(category.id,'{cid('none')}')", []),
    ("items", f"equals(category.id,'{cid('c0')}'),equals(category.id,'{cid('c2')}')", the("i", 0, 10, 20)),
    ("items", f"equals(category.id,'{cid('c2')}'),equals(published,false)", the("i", 0, 15)),
    ("items", f"equals(category.id,'{cid('c1')}'),contains(title,'i2')", the("i", 21)),
    ("items", f"any(ids,['{cid('i05')}','{cid('i04')}']),equals(category.id,'{cid('c2')}')", the("i", 5)),
    ("items", "contains(title,'e i1')", the("i", *range(10, 20))),
    ("items", "contains(title,'nothing')", []),
    ("items", "equals(published,false)", the("i", *range(0, MANY, 3))),
    ("items", "equals(published,true),contains(title,'i0')", the("i", 1, 2, 4, 5, 7, 8)),
    ("variants", f"any(ids,['{cid('v03')}','{cid('i01')}'])", the("v", 3)),
    ("variants", f"equals(item.id,'{cid('i04')}')", the("v", 4)),
    ("variants", f"equals(item.id,'{cid('i00')}')", [*the("v", 0), *the("w", *range(MANY))]),
    ("variants", f"equals(item.id,'{cid('i00')}'),equals(published,true),contains(title,'w1')", the("w", *range(10, 20))),
    ("variants", "equals(sku,'S3')", the("v", *range(3, MANY, 4))),
    ("variants", f"equals(sku,'S0'),equals(item.id,'{cid('i04')}')", the("v", 4)),
    ("variants", "equals(sku,'S1'),equals(published,true)", []),
    ("variants", "equals(published,false)", the("v", *range(1, MANY, 2))),
    ("variants", "contains(title,'v0'),equals(sku,'S1')", the("v", 1, 5, 9)),
    ("categories", f"any(ids,['{cid('c2')}'])", ["c2"]),
    ("categories", f"equals(item.id,'{cid('i05')}')", ["c1", "c2"]),
    ("categories", f"equals(item.id,'{cid('i05')}'),contains(name,'c2')", ["c2"]),
    ("categories", f"equals(item.id,'{cid('i05')}'),equals(item.id,'{cid('i00')}')", ["c2"]),
    ("categories", "contains(name,'c1')", ["c1"]),
]


def test_filters(full: Room) -> None:
    for size in ("2", "100"):
        for path, text, expected in FILTERS:
            query = {"filter": text, "page[size]": size}
            assert full.ids(path, **query) == expected, text
            assert full.ids(path, **query, sort="-created") == expected[::-1], text


def test_what_belongs_to_another_thing(full: Room) -> None:
    for path in ("categories/{}/items", "categories/{}/relationships/items"):
        assert full.ids(path.format(cid("c2")), **{"page[size]": "2"}) == the("i", 0, 5, 10, 15, 20)
        assert full.ids(path.format(cid("c2")), filter="equals(published,false)") == the("i", 0, 15)
        assert full.ids(path.format(cid("c2")), filter=f"equals(category.id,'{cid('c1')}')") == the("i", 5, 15)
    for path in ("items/{}/variants", "items/{}/relationships/variants"):
        assert full.ids(path.format(cid("i00")), **{"page[size]": "5", "sort": "-created"}) == [
            *the("w", *range(MANY - 1, -1, -1)), "v00",
        ]  # fmt: skip
        assert full.ids(path.format(cid("i01")), filter=f"equals(item.id,'{cid('i00')}')") == []
    for path in ("items/{}/categories", "items/{}/relationships/categories"):
        assert full.ids(path.format(cid("i10"))) == ["c0", "c2"]
        assert full.ids(path.format(cid("i10")), **{"page[size]": "1", "sort": "-created"}) == ["c2", "c0"]
    for path in (f"categories/{cid('x')}/items", f"items/{cid('x')}/variants", f"items/{cid('x')}/relationships/categories"):
        assert full.caller.get(f"/api/catalog-{path}").error["code"] == "not_found"


def test_variants_are_included(full: Room) -> None:
    page = full.caller.get("/api/catalog-items", include="variants", filter="contains(title,'i0')")
    named = {one["id"] for item in page.data for one in item["relationships"]["variants"]["data"]}
    assert {one["id"] for one in page.document["included"]} == named == {
        *map(cid, the("v", *range(10))), *map(cid, the("w", *range(MANY)))
    }  # fmt: skip
    assert "included" not in full.caller.get("/api/catalog-items").document


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"filter": "equals(title,'x')"}, "filter"),
        ({"filter": "any(ids,['x'])"}, "filter"),
        ({"filter": "equals(category.id,'$shop:::$default:::c')"}, "filter"),
        ({"filter": "equals(published,'maybe')"}, "filter"),
        ({"sort": "title"}, "sort"),
        ({"include": "categories"}, "include"),
        ({"page[size]": "101"}, "page[size]"),
        ({"page[cursor]": "x"}, "page[cursor]"),
    ],
)
def test_what_a_listing_does_not_know(room: Room, query: dict[str, str], parameter: str) -> None:
    error = room.caller.get("/api/catalog-items", **query).error
    assert (error["status"], error["source"]) == (400, {"parameter": parameter})


def test_what_comes_meanwhile_moves_no_page(room: Room) -> None:
    for n in range(4):
        room.item(f"i{n}")
    first = room.caller.get("/api/catalog-items", **{"page[size]": "2"})
    room.delete("items", "i0")
    room.item("i4")
    second = room.caller.get(first.document["links"]["next"])
    assert [one["attributes"]["external_id"] for one in second.data] == ["i2", "i3"]


def test_links_are_added_replaced_and_removed(room: Room) -> None:
    room.worked("item", "create", [new_item(f"i{n:02d}") for n in range(60)])
    for n in range(3):
        room.category(f"c{n}")
    of_item, of_category = f"items/{cid('i00')}/relationships/categories", f"categories/{cid('c1')}/relationships/items"
    everything = the("i", *range(60))
    assert room.links("POST", of_category, ends("item", *everything, "i00")).status == 204
    assert room.links("POST", of_category, ends("item", "i01")).status == 204
    assert room.ids(f"categories/{cid('c1')}/items") == everything
    assert room.links("POST", of_item, ends("category", "c0", "c2")).status == 204
    assert sorted(room.ids(f"items/{cid('i00')}/categories")) == ["c0", "c1", "c2"]
    assert room.links("PATCH", of_item, ends("category", "c2", "c1")).status == 204
    assert room.ids(f"items/{cid('i00')}/categories") == ["c1", "c2"]
    assert room.ids(f"categories/{cid('c0')}/items") == []
    assert room.links("DELETE", of_category, ends("item", *everything[:50], "i59")).status == 204
    assert room.ids(f"categories/{cid('c1')}/items") == everything[50:59]
    assert room.links("PATCH", of_category, ends("item", "i00", "i58")).status == 204
    assert room.ids(f"categories/{cid('c1')}/items") == ["i00", "i58"]
    assert room.links("PATCH", of_category, ends("item")).status == 204
    assert room.ids(f"categories/{cid('c1')}/items") == []


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_links_to_what_is_not_there(room: Room, method: str) -> None:
    room.item("tea", *[])
    room.category("hot", "tea")
    path = f"categories/{cid('hot')}/relationships/items"
    error = room.links(method, path, ends("item", "tea", "none")).error
    assert (error["status"], error["source"]) == (404, {"pointer": "/data/1/id"})
    error = room.links(method, path, ends("category", "hot")).error
    assert (error["status"], error["source"]) == (400, {"pointer": "/data/0/type"})
    error = room.links(method, path, {"data": [{"type": "catalog-item", "id": "tea"}]}).error
    assert (error["status"], error["source"]) == (400, {"pointer": "/data/0/id"})
    assert room.links(method, f"categories/{cid('none')}/relationships/items", ends("item", "tea")).status == 404
    assert room.ids(f"categories/{cid('hot')}/items") == ["tea"]


def test_relationships_in_bodies(room: Room) -> None:
    room.worked("category", "create", [new_category(f"c{n:02d}") for n in range(30)])
    thirty = the("c", *range(30))
    assert room.item("tea", *thirty).status == 201
    assert room.ids(f"items/{cid('tea')}/categories") == thirty
    change: dict[str, Any] = {"type": "catalog-item", "id": cid("tea"), "attributes": {}}
    room.patch("items", change)
    assert room.ids(f"items/{cid('tea')}/categories") == thirty
    room.patch("items", {**change, "relationships": {"categories": ends("category", "c03", "c01")}})
    assert room.ids(f"items/{cid('tea')}/categories") == ["c01", "c03"]
    room.patch("items", {**change, "relationships": {"categories": ends("category")}})
    assert room.ids(f"items/{cid('tea')}/categories") == []
