"""The catalog through the official Python SDK, unmodified: every operation, listings over three pages, each filter
and sort (SPEC §1.5, §12.1)."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from klaviyo_api import KlaviyoAPI
from openapi_client.exceptions import ApiException

from tests.contract.clients.conftest import VISIBLE_S, Platform
from tests.contract.clients.python_sdk import ids, pages

MANY = 210
KINDS = {"items": "item", "variants": "variant", "categories": "category"}
Json = dict[str, Any]


def cid(external_id: str) -> str:
    return f"$custom:::$default:::{external_id}"


def own(found: Any) -> list[str]:
    """The ids on the pages that are of these tests: others fill the same account."""
    return [id_ for id_ in ids(found) if id_.startswith(cid("py-"))]


def ends(type_: str, *external_ids: str) -> Json:
    return {"data": [{"type": f"catalog-{type_}", "id": cid(id_)} for id_ in external_ids]}


def item(external_id: str, *categories: str, **attributes: Any) -> Json:
    given = {"external_id": external_id, "title": f"Tea {external_id}", "description": "", "url": "https://shop.example"}
    resource: Json = {"type": "catalog-item", "attributes": {**given, **attributes}}
    return {**resource, "relationships": {"categories": ends("category", *categories)}} if categories else resource


def variant(external_id: str, item_id: str, **attributes: Any) -> Json:
    given = {
        "external_id": external_id,
        "title": f"Box {external_id}",
        "description": "",
        "url": "https://shop.example",
        "sku": f"S{external_id[-1]}",
        "price": 4.5,
        "inventory_quantity": 2,
    }
    to = {"item": {"data": {"type": "catalog-item", "id": cid(item_id)}}}
    return {"type": "catalog-variant", "attributes": {**given, **attributes}, "relationships": to}


def category(external_id: str, *items: str) -> Json:
    resource: Json = {
        "type": "catalog-category",
        "attributes": {"external_id": external_id, "name": f"Shelf {external_id}"},
    }
    return {**resource, "relationships": {"items": ends("item", *items)}} if items else resource


def changed(type_: str, external_id: str, **attributes: Any) -> Json:
    return {"type": f"catalog-{type_}", "id": cid(external_id), "attributes": attributes}


class Catalog:
    """The SDK, and its jobs to their end."""

    def __init__(self, api: KlaviyoAPI) -> None:
        self.api = api.Catalogs

    def job(self, action: str, kind: str, rows: list[Json]) -> Any:
        """The job when it is complete."""
        type_ = f"catalog-{KINDS[kind]}-bulk-{action}-job"
        made = getattr(self.api, f"bulk_{action}_catalog_{kind}")({"data": {"type": type_, "attributes": {kind: {"data": rows}}}}).data
        read: Callable[..., Any] = getattr(self.api, f"get_bulk_{action}_{self._named(kind)}_job")
        until = time.monotonic() + VISIBLE_S
        while (found := read(made.id).data).attributes.status != "complete":
            assert time.monotonic() < until, found
            time.sleep(0.05)
        return found

    def jobs(self, action: str, kind: str) -> Callable[..., Any]:
        listing: Callable[..., Any] = getattr(self.api, f"get_bulk_{action}_{self._named(kind)}_jobs")
        return listing

    def _named(self, kind: str) -> str:
        return "catalog_items" if kind == "items" else kind


@pytest.fixture(scope="module")
def catalog(community: Platform) -> Catalog:
    """210 items, one variant each and as many of the first; three categories."""
    made = Catalog(KlaviyoAPI(community.private_key, max_retries=1, test_host=community.url))
    made.job("create", "categories", [category(f"py-c{n}") for n in range(3)])
    for first in range(0, MANY, 70):
        numbers = range(first, first + 70)
        rows = [item(f"py-i{n:03d}", "py-c0", *(["py-c1"] if n % 2 else []), published=n % 3 > 0) for n in numbers]
        assert made.job("create", "items", rows).attributes.completed_count == 70
        for prefix, of in (("v", "py-i{:03d}"), ("w", "py-i000")):
            boxes = [variant(f"py-{prefix}{n:03d}", of.format(n), published=n % 3 > 0) for n in numbers]
            assert made.job("create", "variants", boxes).attributes.completed_count == 70
    return made


def names(prefix: str, numbers: range = range(MANY)) -> list[str]:
    return [cid(f"py-{prefix}{n:03d}") for n in numbers]


@pytest.mark.parametrize("sort", ["created", "-created"])
def test_listings_over_three_pages(catalog: Catalog, sort: str) -> None:
    items = list(pages(catalog.api.get_catalog_items, sort=sort, include=["variants"]))
    assert [len(page.data) for page in items[:-1]] == [100] * (len(items) - 1)
    assert len(items) >= 3
    assert sorted(own(items)) == names("i")
    moments = [one.attributes.created for page in items for one in page.data]
    assert moments == sorted(moments, reverse=sort == "-created")
    for page in items:
        assert {one.id for one in page.included} == {end.id for one in page.data for end in one.relationships.variants.data}
    variants = list(pages(catalog.api.get_catalog_variants, sort=sort))
    assert len(variants) >= 5
    assert sorted(own(variants)) == [*names("v"), *names("w")]
    categories = list(pages(catalog.api.get_catalog_categories, sort=sort, page_size=1))
    assert own(categories) == sorted(map(cid, ("py-c0", "py-c1", "py-c2")), reverse=sort == "-created")


@pytest.mark.parametrize("sort", ["created", "-created"])
def test_what_belongs_to_another_thing_over_three_pages(catalog: Catalog, sort: str) -> None:
    api = catalog.api
    for listing, of, expected in (
        (api.get_items_for_catalog_category, "py-c0", names("i")),
        (api.get_item_ids_for_catalog_category, "py-c0", names("i")),
        (api.get_variants_for_catalog_item, "py-i000", [*names("v", range(1)), *names("w")]),
        (api.get_variant_ids_for_catalog_item, "py-i000", [*names("v", range(1)), *names("w")]),
    ):
        found = list(pages(listing, cid(of), sort=sort))
        assert len(found) == 3
        assert sorted(ids(found)) == expected
    for listing in (api.get_categories_for_catalog_item, api.get_category_ids_for_catalog_item):
        found = list(pages(listing, cid("py-i001"), sort=sort, page_size=1))
        assert ids(found) == sorted([cid("py-c0"), cid("py-c1")], reverse=sort == "-created")


@pytest.mark.parametrize(
    ("listing", "filter_", "expected"),
    [
        ("get_catalog_items", f'any(ids,["{cid("py-i007")}","{cid("py-i003")}"])', [cid("py-i003"), cid("py-i007")]),
        ("get_catalog_items", f'equals(category.id,"{cid("py-c1")}")', names("i", range(1, MANY, 2))),
        ("get_catalog_items", 'contains(title,"a py-i01")', names("i", range(10, 20))),
        ("get_catalog_items", "equals(published,false)", names("i", range(0, MANY, 3))),
        ("get_catalog_items", f'equals(published,false),equals(category.id,"{cid("py-c1")}")', names("i", range(3, MANY, 6))),
        ("get_catalog_variants", f'any(ids,["{cid("py-v007")}"])', [cid("py-v007")]),
        ("get_catalog_variants", f'equals(item.id,"{cid("py-i005")}")', [cid("py-v005")]),
        ("get_catalog_variants", 'equals(sku,"S4"),contains(title,"py-v00")', [cid("py-v004")]),
        ("get_catalog_variants", 'equals(published,false),contains(title,"py-w00")', names("w", range(0, 10, 3))),
        ("get_catalog_categories", f'any(ids,["{cid("py-c2")}"])', [cid("py-c2")]),
        ("get_catalog_categories", f'equals(item.id,"{cid("py-i000")}")', [cid("py-c0")]),
        ("get_catalog_categories", 'contains(name,"py-c1")', [cid("py-c1")]),
    ],
)  # fmt: skip
def test_filters(catalog: Catalog, listing: str, filter_: str, expected: list[str]) -> None:
    assert sorted(own(pages(getattr(catalog.api, listing), filter=filter_, page_size=60))) == expected


def test_one_of_each_is_made_read_changed_and_deleted(catalog: Catalog) -> None:
    api = catalog.api
    shelf = api.create_catalog_category({"data": category("py-own/1")}).data
    made = api.create_catalog_item({"data": item("py-own/1", "py-own/1", price=12.5, custom_metadata={"Top": True})}).data
    box = api.create_catalog_variant({"data": variant("py-own/1", "py-own/1", inventory_policy=1)}).data
    one = api.get_catalog_item(made.id, include=["variants"])
    assert (one.data.attributes.price, one.data.attributes.custom_metadata) == (12.5, {"Top": True})
    assert [found.id for found in one.included] == [box.id]
    assert api.get_catalog_variant(box.id).data.attributes.inventory_policy == 1
    assert api.get_catalog_category(shelf.id).data.attributes.name == "Shelf py-own/1"
    assert api.update_catalog_item(made.id, {"data": changed("item", "py-own/1", title="New")}).data.attributes.title == "New"
    sold = {"data": changed("variant", "py-own/1", inventory_quantity=0)}
    assert api.update_catalog_variant(box.id, sold).data.attributes.inventory_quantity == 0
    named = {"data": changed("category", "py-own/1", name="New")}
    assert api.update_catalog_category(shelf.id, named).data.attributes.name == "New"
    assert [one.id for one in api.get_items_for_catalog_category(shelf.id).data] == [made.id]
    assert api.delete_catalog_variant(box.id) is None
    assert api.delete_catalog_item(made.id) is None
    assert api.delete_catalog_category(shelf.id) is None
    for read in (api.get_catalog_item, api.get_catalog_variant, api.get_catalog_category):
        with pytest.raises(ApiException) as gone:
            read(cid("py-own/1"))
        assert gone.value.status == 404
    with pytest.raises(ApiException) as twice:
        api.create_catalog_item({"data": item("py-i000")})
    assert twice.value.status == 409


def test_links(catalog: Catalog) -> None:
    api = catalog.api
    one, shelf = cid("py-i000"), cid("py-c2")

    def of_item() -> list[str]:
        return [found.id for found in api.get_category_ids_for_catalog_item(one).data]

    def of_shelf() -> list[str]:
        return [found.id for found in api.get_item_ids_for_catalog_category(shelf).data]

    assert api.add_categories_to_catalog_item(one, ends("category", "py-c1", "py-c2")) is None
    assert of_item() == [cid("py-c0"), cid("py-c1"), cid("py-c2")]
    assert api.update_categories_for_catalog_item(one, ends("category", "py-c0", "py-c2")) is None
    assert of_item() == [cid("py-c0"), cid("py-c2")]
    assert api.remove_categories_from_catalog_item(one, ends("category", "py-c2")) is None
    assert of_item() == [cid("py-c0")]
    assert api.add_items_to_catalog_category(shelf, ends("item", "py-i000", "py-i001")) is None
    assert sorted(of_shelf()) == names("i", range(2))
    assert api.update_items_for_catalog_category(shelf, ends("item", "py-i002", "py-i003")) is None
    assert sorted(of_shelf()) == names("i", range(2, 4))
    assert api.remove_items_from_catalog_category(shelf, ends("item", "py-i002", "py-i003")) is None
    assert of_shelf() == []


def test_bulk_jobs_and_their_lists(catalog: Catalog) -> None:
    """Each of the nine; what a job made is included, rows that fail are told."""
    made = {
        "categories": [category("py-j0"), category("py-c0")],
        "items": [item("py-j0", "py-j0"), item("py-i000")],
        "variants": [variant("py-j0", "py-j0"), variant("py-j1", "none")],
    }
    for kind, rows in made.items():
        job = catalog.job("create", kind, rows)
        assert (job.attributes.total_count, job.attributes.completed_count, job.attributes.failed_count) == (2, 1, 1)
        assert job.attributes.errors[0].source.pointer.startswith(f"/data/attributes/{kind}/data/1/")
    for kind in made:
        type_ = KINDS[kind]
        values = {"name": "New"} if kind == "categories" else {"title": "New"}
        assert catalog.job("update", kind, [changed(type_, "py-j0", **values)]).attributes.completed_count == 1
        read = getattr(catalog.api, f"get_bulk_update_{'catalog_items' if kind == 'items' else kind}_job")
        last = catalog.jobs("update", kind)().data[-1]
        assert [one.id for one in read(last.id, include=[kind]).included] == [cid("py-j0")]
    for kind in ("variants", "items", "categories"):
        rows = [{"type": f"catalog-{KINDS[kind]}", "id": cid("py-j0")}]
        assert catalog.job("delete", kind, rows).attributes.completed_count == 1
        for action in ("create", "update", "delete"):
            listed = catalog.jobs(action, kind)(filter='equals(status,"complete")').data
            assert {one.attributes.status for one in listed} == {"complete"}


def test_lists_of_jobs_over_three_pages(catalog: Catalog) -> None:
    body = {"type": "catalog-category-bulk-delete-job", "attributes": {"categories": {"data": ends("category", "x")["data"]}}}
    made = {catalog.api.bulk_delete_catalog_categories({"data": body}).data.id for _ in range(205)}
    found = list(pages(catalog.api.get_bulk_delete_categories_jobs))
    assert len(found) == 3
    assert made <= set(ids(found))


def test_whoever_waits_for_a_variant_leaves_an_event(catalog: Catalog, community: Platform) -> None:
    def subscription(email: str) -> Json:
        profile = {"data": {"type": "profile", "attributes": {"email": email}}}
        return {
            "data": {
                "type": "back-in-stock-subscription",
                "attributes": {"channels": ["EMAIL"], "profile": profile},
                "relationships": {"variant": {"data": {"type": "catalog-variant", "id": cid("py-v001")}}},
            }
        }

    assert catalog.api.create_back_in_stock_subscription(subscription("waits@shop.example")) is None
    path = f"/client/back-in-stock-subscriptions?company_id={community.account_id}"  # which the SDK leaves out
    assert community.call("POST", path, subscription("waits2@shop.example")) == (202, None)
    until = time.monotonic() + VISIBLE_S
    while time.monotonic() < until:
        _, metrics = community.call("GET", "/api/metrics")
        known = {one["attributes"]["name"]: one["id"] for one in metrics["data"]}
        if metric := known.get("Subscribed to Back in Stock"):
            _, events = community.call("GET", f"/api/events?filter=equals(metric_id,'{metric}')&include=profile")
            if len(events["data"]) == 2:
                break
        time.sleep(0.1)
    else:
        pytest.fail("the events did not come")
    who = {one["attributes"]["email"] for one in events["included"]}
    assert who == {"waits@shop.example", "waits2@shop.example"}
    assert {one["attributes"]["event_properties"]["VariantId"] for one in events["data"]} == {"py-v001"}
