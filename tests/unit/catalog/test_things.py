"""Items, variants and categories over HTTP: make, read, change, delete."""

from __future__ import annotations

from typing import Any

import pytest

from cdp.documents import catalog
from tests.unit.calls import BASE
from tests.unit.catalog.conftest import Room, changed, cid, new_category, new_item, new_variant


def test_an_item_is_made_shown_changed_and_deleted(room: Room) -> None:
    made = room.item("tea", price=4, images=["https://shop.example/1.png"], custom_metadata={"Top": {"a": [1]}})
    assert made.status == 201
    assert made.headers["location"] == f"{BASE}/api/catalog-items/{cid('tea')}"
    shown = made.data
    assert shown["id"] == cid("tea")
    attributes = shown["attributes"]
    assert attributes.pop("created") == attributes.pop("updated")
    assert attributes == {
        "external_id": "tea",
        "title": "Title tea",
        "description": "",
        "price": 4,
        "url": "https://shop.example/p",
        "image_full_url": None,
        "image_thumbnail_url": None,
        "images": ["https://shop.example/1.png"],
        "custom_metadata": {"Top": {"a": [1]}},
        "published": True,
    }
    assert shown["relationships"]["variants"]["data"] == []
    answer = room.patch("items", changed("item", "tea", title="Green tea", price=None, published=False, url=None))
    assert answer.status == 200
    after = room.caller.get(f"/api/catalog-items/{cid('tea')}").data
    assert after == answer.data
    assert (after["attributes"]["title"], after["attributes"]["price"]) == ("Green tea", None)
    assert after["attributes"]["published"] is False
    assert after["attributes"]["url"] == "https://shop.example/p"  # an item always has one
    assert after["attributes"]["images"] == ["https://shop.example/1.png"]
    assert room.delete("items", "tea").status == 204
    assert room.caller.get(f"/api/catalog-items/{cid('tea')}").error["code"] == "not_found"
    assert room.delete("items", "tea").status == 404
    assert room.ids("items") == []


def test_a_variant_belongs_to_an_item_and_says_whether_it_can_be_sold(room: Room) -> None:
    room.item("tea")
    made = room.variant("tea-s", "tea", inventory_policy=1, inventory_quantity=0)
    assert made.status == 201
    assert made.data["relationships"]["item"] == {"data": {"type": "catalog-item", "id": cid("tea")}}
    assert made.data["attributes"]["inventory_policy"] == 1
    item = catalog.item(room.table, room.caller.account_id, "tea")
    assert item is not None
    assert not catalog.available(item)
    room.patch("variants", changed("variant", "tea-s", inventory_quantity=1))
    item = catalog.item(room.table, room.caller.account_id, "tea")
    assert item is not None
    assert catalog.available(item)
    shown = room.caller.get(f"/api/catalog-items/{cid('tea')}", include="variants")
    assert shown.data["relationships"]["variants"]["data"] == [{"type": "catalog-variant", "id": cid("tea-s")}]
    assert [one["id"] for one in shown.document["included"]] == [cid("tea-s")]
    assert room.delete("variants", "tea-s").status == 204
    assert catalog.item(room.table, room.caller.account_id, "tea").variants == {}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("stock", "can"),
    [
        ([], True),
        ([(1, 0)], False),
        ([(1, -2), (1, 0)], False),
        ([(1, 0), (1, 1)], True),
        ([(0, 0)], True),
        ([(1, 0), (2, -1)], True),
    ],
)
def test_an_item_is_available_unless_all_its_variants_are_hidden_and_out_of_stock(
    room: Room, stock: list[tuple[int, int]], can: bool
) -> None:
    room.item("tea")
    for n, (policy, quantity) in enumerate(stock):
        room.variant(f"v{n}", "tea", inventory_policy=policy, inventory_quantity=quantity)
    item = catalog.item(room.table, room.caller.account_id, "tea")
    assert item is not None
    assert catalog.available(item) is can
    room.patch("items", changed("item", "tea", published=False))
    assert not catalog.available(next(catalog.all_items(room.table, room.caller.account_id)))


def test_with_an_item_its_variants_and_its_places_go(room: Room) -> None:
    room.category("hot")
    room.item("tea", "hot")
    room.item("soup", "hot")
    for n in range(30):
        room.variant(f"tea-{n}", "tea")
    room.variant("soup-1", "soup")
    room.delete("items", "tea")
    assert room.ids("variants") == ["soup-1"]
    assert room.ids(f"categories/{cid('hot')}/items") == ["soup"]
    room.item("tea")  # another one of that name
    assert room.ids(f"items/{cid('tea')}/variants") == []
    assert room.ids(f"items/{cid('tea')}/categories") == []


def test_a_category_that_is_made_again_begins_empty(room: Room) -> None:
    room.item("tea")
    room.category("hot", "tea")
    assert room.ids(f"items/{cid('tea')}/categories") == ["hot"]
    assert room.delete("categories", "hot").status == 204
    assert room.ids(f"items/{cid('tea')}/categories") == []
    room.category("hot")
    assert room.ids(f"categories/{cid('hot')}/items") == []
    assert catalog.category_ids(room.table, room.caller.account_id, catalog.CatalogItem("tea", "", "", "", *2 * [_made(room)])) == []


def _made(room: Room) -> Any:
    item = catalog.item(room.table, room.caller.account_id, "tea")
    assert item is not None
    return item.created


@pytest.mark.parametrize(
    ("resource", "field"),
    [
        (new_item("a", title=None), "/data/attributes/title"),
        (new_item("a", title=" "), "/data/attributes/title"),
        (new_item("a", url=""), "/data/attributes/url"),
        (new_item("a", price="4"), "/data/attributes/price"),
        (new_item("a", price=-1), "/data/attributes/price"),
        (new_item("a", images="x"), "/data/attributes/images"),
        (new_item("a", images=[1]), "/data/attributes/images/0"),
        (new_item("a", custom_metadata=[1]), "/data/attributes/custom_metadata"),
        (new_item("a", custom_metadata={"a": "x" * 100_001}), "/data/attributes/custom_metadata"),
        (new_item("a", published="yes"), "/data/attributes/published"),
        (new_item("a", integration_type="shopify"), "/data/attributes/integration_type"),
        (new_item("a", catalog_type="other"), "/data/attributes/catalog_type"),
        (new_item("", ), "/data/attributes/external_id"),
        (new_item("x" * 256), "/data/attributes/external_id"),
        (new_item("a\n"), "/data/attributes/external_id"),
        ({**new_item("a"), "type": "catalog-variant"}, "/data/type"),
        ({"type": "catalog-item", "attributes": {"external_id": "a", "title": "A", "url": "u"}}, "/data/attributes/description"),
        (new_item("a", description="x" * 300_000), "/data/attributes"),
        ({**new_item("a"), "relationships": {"categories": {"data": [{"type": "catalog-category", "id": "tea"}]}}},
         "/data/relationships/categories/data/0/id"),
    ],
)  # fmt: skip
def test_an_item_that_cannot_be(room: Room, resource: dict[str, Any], field: str) -> None:
    error = room.post("items", resource).error
    assert (error["status"], error["source"]) == (400, {"pointer": field}), error
    assert room.ids("items") == []


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"inventory_policy": 3}, "/data/attributes/inventory_policy"),
        ({"inventory_quantity": None}, "/data/attributes/inventory_quantity"),
        ({"price": None}, "/data/attributes/price"),
        ({"sku": 3}, "/data/attributes/sku"),
        ({"sku": "a\tb"}, "/data/attributes/sku"),
    ],
)
def test_a_variant_that_cannot_be(room: Room, given: dict[str, Any], field: str) -> None:
    room.item("tea")
    error = room.variant("v", "tea", **given).error
    assert (error["status"], error["source"]) == (400, {"pointer": field}), error


def test_what_must_exist(room: Room) -> None:
    error = room.variant("v", "tea").error
    assert (error["status"], error["source"]) == (404, {"pointer": "/data/relationships/item/data/id"})
    error = room.item("tea", "hot").error
    assert (error["status"], error["source"]) == (404, {"pointer": "/data/relationships/categories/data/0/id"})
    error = room.category("hot", "tea").error
    assert (error["status"], error["source"]) == (404, {"pointer": "/data/relationships/items/data/0/id"})
    for resource, collection in (("item", "items"), ("variant", "variants"), ("category", "categories")):
        assert room.patch(collection, changed(resource, "none")).status == 404
        assert room.caller.get(f"/api/catalog-{collection}/{cid('none')}").status == 404
    assert room.ids("items") == room.ids("categories") == []


def test_an_id_is_taken_once_in_a_kind(room: Room) -> None:
    for one in (room.item("x"), room.variant("x", "x"), room.category("x")):
        assert one.status == 201
    for again in (room.item("x"), room.variant("x", "x"), room.category("x")):
        assert (again.error["status"], again.error["code"]) == (409, "conflict")
        assert again.error["source"] == {"pointer": "/data/attributes/external_id"}


def test_ids_that_mean_another_catalog(room: Room) -> None:
    room.item("tea")
    for id_ in ("tea", "$shop:::$default:::tea", "$custom:::other:::tea", "$custom:::$default:::"):
        for method in ("GET", "DELETE"):
            error = room.caller(method, f"/api/catalog-items/{id_}").error
            assert (error["status"], error["source"]) == (400, {"parameter": "id"})
    body = {"data": changed("item", "tea") | {"id": cid("coffee")}}
    assert room.caller("PATCH", f"/api/catalog-items/{cid('tea')}", body).error["source"] == {"pointer": "/data/id"}


@pytest.mark.parametrize("encoded", ["%24custom%3A%3A%3A%24default%3A%3A%3Aa%2Fb", "%2524custom%253A%253A%253A%2524default%253A%253A%253Aa%252Fb"])
def test_ids_come_percent_encoded(room: Room, encoded: str) -> None:
    room.item("a/b")
    shown = room.caller.get(f"/api/catalog-items/{encoded}").data
    assert shown["attributes"]["external_id"] == "a/b"
    assert room.caller.get(shown["links"]["self"]).data == shown


def test_a_category_is_renamed(room: Room) -> None:
    made = room.category("hot", name=" Hot drinks ").data
    assert made["attributes"]["name"] == "Hot drinks"
    assert room.patch("categories", changed("category", "hot", name="Drinks")).data["attributes"]["name"] == "Drinks"
    assert room.patch("categories", changed("category", "hot", name="")).error["source"]["pointer"] == "/data/attributes/name"
    assert room.patch("categories", changed("category", "hot")).data["attributes"]["name"] == "Drinks"


def test_sparse_fields(room: Room) -> None:
    room.item("tea")
    shown = room.caller.get("/api/catalog-items", **{"fields[catalog-item]": "title"}).data
    assert [one["attributes"] for one in shown] == [{"title": "Title tea"}]


def test_other_accounts_see_nothing(room: Room) -> None:
    room.item("tea")
    room.caller.account_id = "ZZZZZZ"
    assert room.ids("items") == []
    assert room.caller.get(f"/api/catalog-items/{cid('tea')}").status == 404
    assert room.post("items", new_item("tea")).status == 201
    assert room.post("categories", new_category("c", "tea")).status == 201
    assert room.post("variants", new_variant("v", "tea")).status == 201
