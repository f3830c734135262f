"""Every answer of the four families validates against the public API's description, and our routes, scopes,
filters, orders and page sizes are those that it names."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import pytest

from cdp.jsonapi.filters import refused
from cdp.jsonapi.matrix import Filters
from cdp.spec import Auth
from functions.accounts.spec import SPEC as ACCOUNTS
from functions.events import bounds
from functions.events import operations as event_operations
from functions.events.spec import SPEC as EVENTS
from functions.ingest.spec import SPEC as INGEST
from functions.metrics import operations as metric_operations
from functions.metrics.spec import SPEC as METRICS
from functions.profiles import conditions, job_operations, listing
from functions.profiles.spec import SPEC as PROFILES
from functions.reports.spec import SPEC as REPORTS
from tests.contract.clients.conftest import Platform, bulk, import_body, order, person, profile
from tests.contract.clients.description import description, faults, operations

OPERATIONS = {f"{method} {path}": operation for method, path, operation in operations()}
ROUTES = {
    re.sub(r"\{\w+\}", "{id}", route.key): route
    for spec in (ACCOUNTS, EVENTS, INGEST, METRICS, PROFILES, REPORTS)
    for route in spec.routes
}
PAGING = {
    "GET /api/profiles": (conditions.FILTERS, listing.SORTS, (listing.PAGE, listing.MAX_PAGE)),
    "GET /api/events": (
        bounds.FILTERS,
        event_operations.SORTS,
        (event_operations.PAGE, event_operations.MAX_PAGE),
    ),
    "GET /api/metrics": (metric_operations.FILTERS, (), None),
    "GET /api/profile-bulk-import-jobs": (
        job_operations.FILTERS,
        ("created_at",),
        (job_operations.PAGE, job_operations.MAX_PAGE),
    ),
}


def test_the_description_says_where_it_comes_from() -> None:
    notice = description()["notice"]
    assert notice["licence"] == "MIT"
    assert "Copyright (c) 2022 Klaviyo" in notice["text"]


@pytest.mark.parametrize("key", OPERATIONS)
def test_every_operation_is_served_with_the_same_scopes(key: str) -> None:
    route = ROUTES[re.sub(r"\{\w+\}", "{id}", key)]
    if route.auth is Auth.PRIVATE:
        assert sorted(route.scopes) == sorted(OPERATIONS[key]["x-scopes"])


@pytest.mark.parametrize("key", PAGING)
def test_filters_orders_and_page_sizes(key: str) -> None:
    filters, sorts, size = PAGING[key]
    operation = OPERATIONS[key]
    for field, operators in operation["x-filters"].items():
        for operator in operators:
            assert field_knows(filters, field, operator), f"{operator}({field})"
    assert {name for sort in sorts for name in (sort, f"-{sort}")} == set(operation.get("x-sort", ()))
    assert (None if size is None else list(size)) == operation.get("x-page-size")


def field_knows(filters: Filters, field: str, operator: str) -> bool:
    """A refusal, if any, is about the value, not about the field or operator."""
    text = f"has({field})" if operator == "has" else f"{operator}({field},[])"
    try:
        filters.read(text)
    except type(refused("")) as error:
        return "cannot be filtered" not in error.message and "is not known" not in error.message
    return True


@pytest.fixture(scope="module")
def known(shop: Platform) -> dict[str, str]:
    """Ids to put into paths."""

    def first(path: str) -> str:
        status, document = shop.call("GET", path)
        assert status == 200, document
        id_: str = document["data"][0]["id"]
        return quote(id_)

    orders = first("/api/events?sort=datetime")
    _, event = shop.call("GET", f"/api/events/{orders}")
    metric = event["data"]["relationships"]["metric"]["data"]["id"]
    return {
        "/api/accounts": shop.account_id,
        "/api/events": orders,
        "/api/metrics": metric,
        "/api/metric-properties": first(f"/api/metrics/{metric}/metric-properties"),
        "/api/profiles": first("/api/profiles?sort=email"),
        "/api/profile-bulk-import-jobs": first("/api/profile-bulk-import-jobs?sort=created_at"),
    }


QUERIES = {
    "GET /api/events": ("include=profile,metric,attributions",),
    "GET /api/events/{id}": ("include=profile,metric",),
    "GET /api/events/{id}/profile": ("additional-fields[profile]=subscriptions,predictive_analytics",),
    "GET /api/metrics": ("include=flow-triggers",),
    "GET /api/metrics/{id}/metric-properties": ("additional-fields[metric-property]=sample_values",),
    "GET /api/metric-properties/{id}": ("include=metric&additional-fields[metric-property]=sample_values",),
    "GET /api/profiles": (
        "additional-fields[profile]=subscriptions,predictive_analytics",
        "include=push-tokens,conversations&page[size]=7",
    ),
    "GET /api/profiles/{id}": (
        "additional-fields[profile]=subscriptions,predictive_analytics&include=lists,segments,push-tokens",
    ),
}


@pytest.mark.parametrize("key", [key for key in OPERATIONS if key.startswith("GET")])
def test_reads_validate(shop: Platform, known: dict[str, str], key: str) -> None:
    path = key.removeprefix("GET ")
    for template, id_ in known.items():
        if path.startswith(f"{template}/{{"):
            path = re.sub(r"\{\w+\}", id_, path)
    for query in ("", *QUERIES.get(key, ())):
        status, document = shop.call("GET", f"{path}?{query}")
        assert status == 200, document
        assert faults(without_null_links(document), OPERATIONS[key]["responses"]["200"]) == []


def test_writes_validate(shop: Platform, known: dict[str, str]) -> None:
    made = {"data": profile(email="written@shop.example", location={"city": "Lyon", "latitude": 45.7})}
    event = order(0)
    event["attributes"]["profile"] = {"data": profile(email=person(0))}
    aggregate = {
        "metric_id": known["/api/metrics"],
        "measurements": ["count", "sum_value", "unique"],
        "filter": ["greater-or-equal(datetime,2025-01-01),less-than(datetime,2025-04-01)"],
        "interval": "month",
    }
    company = f"?company_id={shop.account_id}"
    one_item = bulk([(person(0), [order(0)])])["data"]["attributes"]["events-bulk-create"]["data"][0]
    bodies: dict[str, tuple[str, object, int]] = {
        "POST /api/profiles": ("", made, 201),
        "POST /api/profile-import": ("", made, 200),
        "POST /api/profile-bulk-import-jobs": ("", import_body(profile(email=person(0))), 202),
        "POST /api/events": ("", {"data": event}, 202),
        "POST /api/event-bulk-create-jobs": ("", bulk([(person(0), [order(0)])]), 202),
        "POST /api/metric-aggregates": (
            "",
            {"data": {"type": "metric-aggregate", "attributes": aggregate}},
            200,
        ),
        "POST /client/profiles": (company, made, 202),
        "POST /client/events": (company, {"data": event}, 202),
        "POST /client/event-bulk-create": (company, {"data": one_item}, 202),
    }
    for key, (query, body, expected) in bodies.items():
        method, path = key.split()
        status, document = shop.call(method, path + query, body)
        assert status == expected, document
        check(key, status, document)
    _, found = shop.call("GET", "/api/profiles?filter=equals(email,'written@shop.example')")
    id_ = found["data"][0]["id"]
    changed = {"data": {"type": "profile", "id": id_, "attributes": {"title": "Dr"}}}
    status, document = shop.call("PATCH", f"/api/profiles/{id_}", changed)
    assert status == 200, document
    check("PATCH /api/profiles/{id}", status, document)
    written = {*bodies, "PATCH /api/profiles/{id}"}
    assert written == {key for key in OPERATIONS if not key.startswith("GET")}


@pytest.mark.parametrize(
    "key",
    [
        "POST /api/profile-import",
        "POST /api/events",
        "POST /api/event-bulk-create-jobs",
        "POST /client/profiles",
        "POST /client/events",
        "POST /client/event-bulk-create",
    ],
)
def test_whatever_may_be_null_is_taken_as_null(shop: Platform, key: str) -> None:
    """The identifier apart. The event is one that is stored already, so that no figure changes."""
    body = with_nulls(OPERATIONS[key]["request"])
    name_people(body)
    method, path = key.split()
    status, document = shop.call(method, f"{path}?company_id={shop.account_id}", body)
    assert status in (200, 201, 202), document


def with_nulls(schema: dict[str, Any]) -> Any:
    """A body with every attribute of the schema, null wherever it may be."""
    if schema.get("nullable"):
        return None
    if "$ref" in schema:
        return with_nulls(description()["schemas"][schema["$ref"].rpartition("/")[2]])
    if "enum" in schema:
        return schema["enum"][0]
    if "properties" in schema:
        return {name: with_nulls(inner) for name, inner in schema["properties"].items()}
    if schema["type"] == "array":
        return [with_nulls(schema["items"])]
    return {"object": {}, "string": "Custom 000", "boolean": True, "number": 1, "integer": 1}[schema["type"]]


def name_people(body: Any) -> None:
    if isinstance(body, list):
        for item in body:
            name_people(item)
    if isinstance(body, dict):
        if body.get("type") == "profile":
            body["attributes"]["email"] = person(0)
        if body.get("type") == "event":
            body["attributes"]["time"] = "2025-06-15T12:00:00Z"
        for inner in body.values():
            name_people(inner)


def check(key: str, status: int, document: Any) -> None:
    schema = OPERATIONS[key]["responses"][str(status)]
    if schema is None:
        assert document is None
    else:
        assert faults(without_null_links(document), schema) == []


def without_null_links(document: Any) -> Any:
    """`next` and `prev` are null at the ends (SPEC §1.4); the description calls them strings."""
    links = {name: url for name, url in document["links"].items() if url is not None}
    return {**document, "links": links}


def test_the_validator_finds_faults() -> None:
    schema = OPERATIONS["GET /api/accounts"]["responses"]["200"]
    assert faults({"data": [{"type": "account"}]}, schema)
    assert faults({"data": [], "links": {"self": "/relative"}}, schema)
    assert faults({"data": None}, schema)
    assert faults({"data": []}, schema) == []
