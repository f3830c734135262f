from __future__ import annotations

import json
from typing import Any
from urllib.parse import urljoin

import pytest

from cdp.spec import Auth
from functions.openapi import description
from functions.openapi.handler import handler
from infra import describe
from infra.specs import rooms


def request(route_key: str, method: str, path: str, query: str = "") -> dict[str, Any]:
    answer = handler(
        {
            "routeKey": route_key,
            "rawPath": path,
            "rawQueryString": query,
            "headers": {"host": "cdp.example", "x-forwarded-proto": "https"},
            "requestContext": {"http": {"method": method}},
        },
        None,
    )
    return {**answer, "document": json.loads(answer.get("body", "null"))}


def test_the_packaged_description_is_current() -> None:
    assert describe.main(["--check"]) == 0, "run `make describe`"


def test_every_route_is_described_once() -> None:
    described = {
        f"{method.upper()} {path}"
        for path, operations in description.document()["paths"].items()
        for method in operations
    }
    assert described == {route.key for spec in rooms() for route in spec.routes}


def test_operation_ids_are_unique() -> None:
    ids = [
        o["operationId"]
        for operations in description.document()["paths"].values()
        for o in operations.values()
    ]
    assert len(ids) == len(set(ids))


def test_own_operations_and_keys_are_marked() -> None:
    paths = description.document()["paths"]
    for spec in rooms():
        for route in spec.routes:
            operation = paths[route.path][route.method.lower()]
            assert operation.get("x-extension", False) == route.extension
            assert bool(operation["security"]) == (route.auth is Auth.PRIVATE)


def test_references_lead_somewhere() -> None:
    document = description.document()

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if "$ref" in node:
                target: Any = document
                for step in node["$ref"].removeprefix("#/").split("/"):
                    target = target[step]
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(document)


def test_health_and_description() -> None:
    assert request("GET /health", "GET", "/health")["document"] == {"status": "ok"}
    shown = request("GET /openapi.json", "GET", "/openapi.json")["document"]
    assert shown["servers"] == [{"url": "https://cdp.example"}]


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/api/nothing", 404, None),
        ("GET", "/", 404, None),
        ("DELETE", "/health", 405, "GET, OPTIONS"),
        ("PUT", "/api/events/", 405, "GET, OPTIONS, POST"),
        ("POST", "/api/events/some-id", 405, "GET, OPTIONS"),
        ("GET", "//api/lists/", 405, "GET, OPTIONS, POST"),  # never to a host named api
    ],
)
def test_the_default_route(method: str, path: str, status: int, allow: str | None) -> None:
    answer = request("$default", method, path)
    assert answer["statusCode"] == answer["document"]["errors"][0]["status"] == status
    assert answer["headers"].get("allow") == allow


@pytest.mark.parametrize(
    ("method", "path", "query", "location"),
    [
        ("GET", "/api/lists/", "", "/api/lists"),
        ("HEAD", "/api/lists/", "sort=name&page%5Bcursor%5D=a", "/api/lists?sort=name&page%5Bcursor%5D=a"),
        ("POST", "/client/events/", "company_id=abcdef", "/client/events?company_id=abcdef"),
    ],
)
def test_the_default_route_leads_from_a_trailing_slash(method: str, path: str, query: str, location: str) -> None:
    answer = request("$default", method, path, query)
    assert answer["statusCode"] == 308
    for base in ("https://cdp.example", "https://cdp.example/stage"):
        assert urljoin(f"{base}{path}", answer["headers"]["location"]) == f"{base}{location}"
