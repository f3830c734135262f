"""Every answer of Lists and Tags validates against the public API's description, and routes, scopes, filters,
orders and page sizes are those that it names."""

from __future__ import annotations

import re
from typing import Any

import pytest

from cdp.resources import members
from cdp.spec import HttpRoute
from functions.lists import operations as list_operations
from functions.lists.spec import SPEC as LISTS_ROOM
from functions.tags import operations as tag_operations
from functions.tags.spec import SPEC as TAGS_ROOM
from tests.contract.clients.conftest import Platform, person
from tests.contract.clients.description import LISTS, faults, operations
from tests.contract.clients.test_description import field_knows, without_null_links

OPERATIONS = {f"{method} {path}": operation for method, path, operation in operations(LISTS)}
ROUTES: dict[str, HttpRoute] = {route.key: route for spec in (LISTS_ROOM, TAGS_ROOM) for route in spec.routes}
_MEMBERS = (members.OF_LIST, (members.JOINED,), (members.PAGE, members.MAX_PAGE))
PAGING = {
    "GET /api/lists": (list_operations.FILTERS, list_operations.SORTS, (10, 10)),
    "GET /api/lists/{id}/profiles": _MEMBERS,
    "GET /api/lists/{id}/relationships/profiles": _MEMBERS,
    "GET /api/tags": (tag_operations.TAG_FILTERS, tag_operations.SORTS, (50, 50)),
    "GET /api/tag-groups": (tag_operations.GROUP_FILTERS, tag_operations.SORTS, (25, 25)),
}
QUERIES = {
    "GET /api/lists": ("include=tags,flow-triggers",),
    "GET /api/lists/{id}": ("include=tags,flow-triggers&additional-fields[list]=profile_count",),
    "GET /api/lists/{id}/profiles": ("additional-fields[profile]=subscriptions,predictive_analytics",),
    "GET /api/tags": ("include=tag-group",),
    "GET /api/tags/{id}": ("include=tag-group",),
}


def test_every_operation_is_served_with_the_same_scopes() -> None:
    assert {key: sorted(route.scopes) for key, route in ROUTES.items()} == {
        key: sorted(operation["x-scopes"]) for key, operation in OPERATIONS.items()
    }


def test_filters_orders_and_page_sizes() -> None:
    assert PAGING.keys() == {key for key, operation in OPERATIONS.items() if "x-filters" in operation}
    for key, (filters, sorts, size) in PAGING.items():
        operation = OPERATIONS[key]
        for field, operators in operation["x-filters"].items():
            for operator in operators:
                assert field_knows(filters, field, operator), f"{key}: {operator}({field})"
        assert {name for sort in sorts for name in (sort, f"-{sort}")} == set(operation["x-sort"])
        assert list(size) == operation["x-page-size"]


@pytest.fixture(scope="module")
def made(shop: Platform) -> dict[str, str]:
    """What the paths name: a list with members that bears a tag, the tag, its group. Made by writes that validate."""
    created = {}
    for kind, path, attributes in (
        ("list", "/api/lists", {"name": "Described", "opt_in_process": "double_opt_in"}),
        ("group", "/api/tag-groups", {"name": "Described", "exclusive": True}),
    ):
        type_ = "tag-group" if kind == "group" else kind
        created[kind] = send(shop, f"POST {path}", path, {"type": type_, "attributes": attributes})["id"]
    relationships = {"tag-group": {"data": {"type": "tag-group", "id": created["group"]}}}
    tag = {"type": "tag", "attributes": {"name": "described"}, "relationships": relationships}
    created["tag"] = send(shop, "POST /api/tags", "/api/tags", tag)["id"]
    _, people = shop.call("GET", f'/api/profiles?filter=any(email,["{person(1)}","{person(2)}"])')
    members_ = [{"type": "profile", "id": one["id"]} for one in people["data"]]
    lists = [{"type": "list", "id": created["list"]}]
    for method in ("POST", "DELETE", "POST"):
        for kind, path, sent in (
            ("list", "/api/lists/{id}/relationships/profiles", members_),
            ("tag", "/api/tags/{id}/relationships/lists", lists),
        ):
            send(shop, f"{method} {path}", path.replace("{id}", created[kind]), sent)
    return created


def send(shop: Platform, key: str, path: str, data: object) -> Any:
    method = key.split()[0]
    status, document = shop.call(method, path, {"data": data})
    assert status < 300, document
    check(key, status, document)
    return document and document["data"]


def check(key: str, status: int, document: Any) -> None:
    schema = OPERATIONS[key]["responses"][str(status)]
    if schema is None:
        assert document is None
    else:
        assert faults(without_null_links(document), schema) == []


@pytest.mark.parametrize("key", [key for key in OPERATIONS if key.startswith("GET")])
def test_reads_validate(shop: Platform, made: dict[str, str], key: str) -> None:
    path = key.removeprefix("GET ")
    kind = {"lists": "list", "tags": "tag", "tag-groups": "group"}[path.split("/")[2]]
    path = path.replace("{id}", made[kind])
    for query in ("", *QUERIES.get(key, ())):
        status, document = shop.call("GET", f"{path}?{query}")
        assert status == 200, document
        check(key, status, document)
        if not re.search("flow|campaign|segment", path):
            assert document["data"], path


def test_changes_and_deletions_validate(shop: Platform, made: dict[str, str]) -> None:
    changes = (("list", "/api/lists"), ("tag", "/api/tags"), ("group", "/api/tag-groups"))
    for kind, path in changes:
        type_ = "tag-group" if kind == "group" else kind
        body = {"type": type_, "id": made[kind], "attributes": {"name": "described again"}}
        send(shop, f"PATCH {path}/{{id}}", f"{path}/{made[kind]}", body)
    for kind, path in changes:
        status, document = shop.call("DELETE", f"{path}/{made[kind]}")
        check(f"DELETE {path}/{{id}}", status, document)
