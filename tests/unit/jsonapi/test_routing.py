"""The operation behind a call, by its route key and by its path alone."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp.adapters.embedded.limits import MemoryLimits
from cdp.errors import Rejected
from cdp.jsonapi.front import Request, Response, serve
from cdp.jsonapi.routing import Routing
from cdp.jsonapi.throttle import Throttle
from cdp.spec import FunctionSpec, HttpRoute

SPEC = FunctionSpec(
    name="things",
    description="",
    settings=object,
    routes=(
        HttpRoute("GET", "/api/things"),
        HttpRoute("POST", "/api/things"),
        HttpRoute("GET", "/api/things/{id}"),
        HttpRoute("GET", "/api/things/{id}/relationships/parts"),
    ),
)


def call(method: str, path: str, key: str = "ANY /api/things/{proxy+}") -> dict[str, Any]:
    return {
        "routeKey": key,
        "rawPath": path,
        "headers": {"authorization": "Bearer x", "host": "shop.example"},
        "pathParameters": {"proxy": path.removeprefix("/api/things/")},
        "requestContext": {
            "http": {"method": method, "path": path},
            "authorizer": {"lambda": {"account_id": "ABC234", "scopes": "*"}},
        },
    }


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/api/things", "GET /api/things"),
        ("GET", "/api/things/", "GET /api/things"),
        ("HEAD", "/api/things", "GET /api/things"),
        ("POST", "/api/things/", "POST /api/things"),
        ("GET", "/api/things/a:b", "GET /api/things/{id}"),
        ("GET", "/api/things/a/relationships/parts/", "GET /api/things/{id}/relationships/parts"),
    ],
)
def test_an_operation_by_its_path(method: str, path: str, expected: str) -> None:
    route, parameters = Routing(SPEC).find(call(method, path))
    assert route.key == expected
    assert parameters == ({} if "{id}" not in expected else {"id": path.split("/")[3]})


def test_a_route_key_needs_no_path() -> None:
    route, parameters = Routing(SPEC).find(
        {"routeKey": "GET /api/things/{id}/", "pathParameters": {"id": "x"}}
    )
    assert (route.key, parameters) == ("GET /api/things/{id}", {"id": "x"})


@given(st.text(st.characters(exclude_characters="/", exclude_categories=["Cs"]), min_size=1))
def test_an_id_comes_through_as_it_was(id_: str) -> None:
    """API Gateway decodes every escape of a path but that of the percent sign."""
    decoded = id_.replace("%", "%25")
    for path in (quote(id_, safe=""), decoded):
        _, parameters = Routing(SPEC).find(call("GET", f"/api/things/{path}/relationships/parts"))
        assert parameters == {"id": id_}


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/api/things/a/parts", 404, None),
        ("DELETE", "/api/things", 405, "GET, OPTIONS, POST"),
        ("PATCH", "/api/things/a", 405, "GET, OPTIONS"),
    ],
)
def test_no_such_operation(method: str, path: str, status: int, allow: str | None) -> None:
    with pytest.raises(Rejected) as raised:
        Routing(SPEC).find(call(method, path))
    assert raised.value.status == status
    operations = {route.key: lambda request: Response(document={}) for route in SPEC.routes}
    answer = serve(SPEC, operations, throttle=Throttle(MemoryLimits(), 0))(call(method, path))
    assert (answer["statusCode"], answer["headers"].get("allow")) == (status, allow)


def test_the_operation_sees_its_parameters() -> None:
    def work(request: Request) -> Response:
        return Response(document={"data": [request.route.key, dict(request.path), request.account_id]})

    handle = serve(SPEC, {route.key: work for route in SPEC.routes}, throttle=Throttle(MemoryLimits(), 0))
    assert (
        handle(call("GET", "/api/things/a"))["body"]
        == '{"data":["GET /api/things/{id}",{"id":"a"},"ABC234"]}'
    )
