"""Every answer of Catalogs validates against the public API's description, and routes, scopes, limits, filters,
orders, includes and page sizes are those that it names."""

from __future__ import annotations

import re
import time
from typing import Any
from urllib.parse import quote

import pytest

from cdp.spec import Auth
from functions.catalog import job_operations, listing
from functions.catalog.kinds import CATEGORY, ITEM, VARIANT
from functions.catalog.spec import SPEC
from tests.contract.clients.conftest import VISIBLE_S, Platform
from tests.contract.clients.description import CATALOGS, faults, operations
from tests.contract.clients.test_description import field_knows, without_null_links

OPERATIONS = {f"{method} {path}": operation for method, path, operation in operations(CATALOGS)}
ROUTES = {route.key: route for route in SPEC.routes if not route.extension}
KINDS: dict[str, Any] = {"items": ITEM, "variants": VARIANT, "categories": CATEGORY}
SUFFIX = "described"
ID = f"$custom:::$default:::{SUFFIX}"


def test_every_operation_is_served_with_the_same_scopes_and_limits() -> None:
    assert ROUTES.keys() == OPERATIONS.keys()
    assert len(OPERATIONS) == 56
    for key, route in ROUTES.items():
        assert list(route.limit.value) == OPERATIONS[key]["x-limits"], key
        if route.auth is Auth.PRIVATE:
            assert sorted(route.scopes) == sorted(OPERATIONS[key]["x-scopes"]), key


@pytest.mark.parametrize("key", [key for key, one in OPERATIONS.items() if "x-filters" in one])
def test_filters_orders_and_page_sizes(key: str) -> None:
    operation = OPERATIONS[key]
    jobs = key.endswith("-jobs")
    filters = job_operations.FILTERS if jobs else KINDS[re.split("[/-]", key)[-1]].filters
    for field, operators in operation["x-filters"].items():
        for operator in operators:
            assert field_knows(filters, field, operator), f"{operator}({field})"
    if not jobs:
        assert operation["x-sort"] == [name for sort in listing.SORTS for name in (sort, f"-{sort}")]
        assert operation["x-page-size"] == [listing.PAGE, listing.MAX_PAGE]


def product(title: str) -> dict[str, Any]:
    return {"external_id": SUFFIX, "title": title, "description": "D", "url": "https://shop.example/p"}


ATTRIBUTES: dict[str, dict[str, Any]] = {
    "category": {"external_id": SUFFIX, "name": "Described"},
    "item": {
        **product("Described"),
        "price": 4.25,
        "images": ["https://shop.example/1.png"],
        "custom_metadata": {"Top Pick": True},
        "image_full_url": "https://shop.example/2.png",
        "integration_type": "$custom",
        "catalog_type": "$default",
    },
    "variant": {**product("Box"), "sku": "B", "price": 1, "inventory_quantity": 0.5, "inventory_policy": 2},
}
TO_ITEM = {"item": {"data": {"type": "catalog-item", "id": ID}}}
COLLECTIONS = {"category": "categories", "item": "items", "variant": "variants"}


def new(kind: str) -> dict[str, Any]:
    resource: dict[str, Any] = {"type": f"catalog-{kind}", "attributes": ATTRIBUTES[kind]}
    return {**resource, "relationships": TO_ITEM} if kind == "variant" else resource


def send(platform: Platform, key: str, data: object, path: str = "", query: str = "") -> Any:
    method, _, template = key.partition(" ")
    status, document = platform.call(method, f"{path or template}{query}", None if data is None else {"data": data})
    assert status < 300, document
    schema = OPERATIONS[key]["responses"][str(status)]
    if schema is None:
        assert document is None
    else:
        assert faults(without_null_links(document), schema) == []
    return document and document["data"]


def job(platform: Platform, action: str, kind: str) -> str:
    """The id of a job that made, changed or deleted the one thing, and failed with another; it is complete."""
    type_, collection = f"catalog-{kind}-bulk-{action}-job", COLLECTIONS[kind]
    row = new(kind)
    if action != "create":
        row = {"type": row["type"], "id": ID, **({"attributes": {}} if action == "update" else {})}
    body = {"type": type_, "attributes": {collection: {"data": [row, row if action != "update" else {**row, "id": ID + "x"}]}}}
    path = f"/api/{type_}s"
    id_: str = send(platform, f"POST {path}", body)["id"]
    until = time.monotonic() + VISIBLE_S
    known = OPERATIONS[f"GET {path}/{{job_id}}"].get("x-include", [])
    query = f"?include={','.join(known)}" if known else ""
    while True:
        found = send(platform, f"GET {path}/{{job_id}}", None, f"{path}/{id_}", query)
        if found["attributes"]["status"] == "complete":
            assert (found["attributes"]["completed_count"], found["attributes"]["failed_count"]) == (1, 1)
            return id_
        assert time.monotonic() < until, found
        time.sleep(0.05)


def test_every_answer_validates(platform: Platform) -> None:
    """Bulk jobs make one thing of each kind, everything is read, linked, changed, deleted, and made once more."""
    for kind in COLLECTIONS:
        job(platform, "create", kind)
        job(platform, "update", kind)
    for kind in ("variant", "item", "category"):
        job(platform, "delete", kind)
    for kind, collection in COLLECTIONS.items():
        send(platform, f"POST /api/catalog-{collection}", new(kind))
        changed = {"type": f"catalog-{kind}", "id": ID, "attributes": {}}
        send(platform, f"PATCH /api/catalog-{collection}/{{id}}", changed, f"/api/catalog-{collection}/{quote(ID)}")
    for owner, other in (("items", "category"), ("categories", "item")):
        template = f"/api/catalog-{owner}/{{id}}/relationships/{COLLECTIONS[other]}"
        for method in ("DELETE", "PATCH", "POST"):
            named = [{"type": f"catalog-{other}", "id": ID}]
            send(platform, f"{method} {template}", named, template.replace("{id}", quote(ID)))
    for key in (key for key in OPERATIONS if key.startswith("GET") and "{job_id}" not in key):
        path = key.removeprefix("GET ").replace("{id}", quote(ID))
        for query in ("", *(f"?include={name}" for name in OPERATIONS[key].get("x-include", []))):
            assert send(platform, key, None, path, query), key
    for kind in ("variant", "item", "category"):
        path = f"/api/catalog-{COLLECTIONS[kind]}"
        send(platform, f"DELETE {path}/{{id}}", None, f"{path}/{quote(ID)}")
