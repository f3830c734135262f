"""What the room answers and needs."""

from __future__ import annotations

from cdp.spec import Access, FunctionSpec, Grant, HttpRoute, Inbox, Limit
from functions.transform.settings import Settings

_ALL, _ONE = "/api/data-transformations", "/api/data-transformations/{id}"
_READ, _WRITE = ("data-transformations:read",), ("data-transformations:write",)


def _route(method: str, path: str, scopes: tuple[str, ...], limit: Limit = Limit.M) -> HttpRoute:
    return HttpRoute(method, path, scopes, limit, extension=True, feature="cdp")


SPEC = FunctionSpec(
    name="transform",
    description="Transforms values of profile properties",
    settings=Settings,
    routes=(
        _route("GET", _ALL, _READ),
        _route("POST", _ALL, _WRITE, Limit.S),
        _route("GET", _ONE, _READ),
        _route("PATCH", _ONE, _WRITE, Limit.S),
        _route("DELETE", _ONE, _WRITE, Limit.S),
        _route("POST", "/api/data-transformation-previews", (*_READ, "profiles:read"), Limit.S),
    ),
    inbox=Inbox(batch_size=1),
    grants=(
        Grant("table", Access.WRITE),
        Grant("bus", Access.SEND),
        Grant("limits", Access.WRITE),
        Grant("queue:transform", Access.SEND),
    ),
    memory_mb=1024,
    timeout_s=300,  # back-fills; HTTP answers within 29 s
    layers=("http",),
)
