"""What the room answers and needs."""

from __future__ import annotations

from collections.abc import Mapping

from cdp.documents.tags import ResourceType
from cdp.spec import Access, FunctionSpec, Grant, HttpRoute, Limit
from functions.tags.settings import Settings

_READ, _WRITE = ("tags:read",), ("tags:read", "tags:write")
_TAGS, _TAG = "/api/tags", "/api/tags/{id}"
_GROUPS, _GROUP = "/api/tag-groups", "/api/tag-groups/{id}"
BEARERS: Mapping[str, ResourceType] = {
    "lists": "list",
    "segments": "segment",
    "campaigns": "campaign",
    "flows": "flow",
}


def bearers_path(name: str) -> str:
    return f"{_TAG}/relationships/{name}"


def _things(many: str, one: str) -> tuple[HttpRoute, ...]:
    return (
        HttpRoute("GET", many, _READ, Limit.S),
        HttpRoute("POST", many, _WRITE, Limit.S),
        HttpRoute("GET", one, _READ, Limit.S),
        HttpRoute("PATCH", one, _WRITE, Limit.S),
        HttpRoute("DELETE", one, _WRITE, Limit.S),
    )


def _bearers(name: str) -> tuple[HttpRoute, ...]:
    read, write = tuple(sorted((f"{name}:read", "tags:read"))), tuple(sorted((f"{name}:write", "tags:write")))
    path = bearers_path(name)
    return (
        HttpRoute("GET", path, read, Limit.S),
        HttpRoute("POST", path, write, Limit.S),
        HttpRoute("DELETE", path, write, Limit.S),
    )


SPEC = FunctionSpec(
    name="tags",
    description="Tags and tag groups",
    settings=Settings,
    routes=(
        *_things(_TAGS, _TAG),
        *_things(_GROUPS, _GROUP),
        HttpRoute("GET", f"{_TAG}/tag-group", _READ, Limit.S),
        HttpRoute("GET", f"{_TAG}/relationships/tag-group", _READ, Limit.S),
        HttpRoute("GET", f"{_GROUP}/tags", _READ, Limit.S),
        HttpRoute("GET", f"{_GROUP}/relationships/tags", _READ, Limit.S),
        *(route for name in BEARERS for route in _bearers(name)),
    ),
    grants=(Grant("table", Access.WRITE), Grant("limits", Access.WRITE)),
    layers=("http",),
)
