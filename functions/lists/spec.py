"""What the room answers and needs."""

from __future__ import annotations

from cdp.spec import Access, FunctionSpec, Grant, HttpRoute, Inbox, Limit
from functions.lists.settings import Settings

_READ, _WRITE = ("lists:read",), ("lists:write",)
_LISTS, _ONE = "/api/lists", "/api/lists/{id}"
_MEMBERS = f"{_ONE}/relationships/profiles"
_READ_MEMBERS, _WRITE_MEMBERS = ("lists:read", "profiles:read"), ("lists:write", "profiles:write")
_READ_TAGS, _READ_FLOWS = ("lists:read", "tags:read"), ("flows:read", "lists:read")

SPEC = FunctionSpec(
    name="lists",
    description="Lists and their members",
    settings=Settings,
    routes=(
        HttpRoute("GET", _LISTS, _READ, Limit.L),
        HttpRoute("POST", _LISTS, _WRITE, Limit.M),
        HttpRoute("GET", _ONE, _READ, Limit.L),
        HttpRoute("PATCH", _ONE, _WRITE, Limit.M),
        HttpRoute("DELETE", _ONE, _WRITE, Limit.M),
        HttpRoute("GET", f"{_ONE}/profiles", _READ_MEMBERS, Limit.L),
        HttpRoute("GET", _MEMBERS, _READ_MEMBERS, Limit.L),
        HttpRoute("POST", _MEMBERS, _WRITE_MEMBERS, Limit.M),
        HttpRoute("DELETE", _MEMBERS, _WRITE_MEMBERS, Limit.M),
        HttpRoute("GET", f"{_ONE}/tags", _READ_TAGS, Limit.S),
        HttpRoute("GET", f"{_ONE}/relationships/tags", _READ_TAGS, Limit.S),
        HttpRoute("GET", f"{_ONE}/flow-triggers", _READ_FLOWS, Limit.S),
        HttpRoute("GET", f"{_ONE}/relationships/flow-triggers", _READ_FLOWS, Limit.S),
    ),
    inbox=Inbox(batch_size=1),
    grants=(
        Grant("table", Access.WRITE),
        Grant("limits", Access.WRITE),
        Grant("bus", Access.SEND),
        Grant("queue:lists", Access.SEND),
    ),
    timeout_s=300,  # emptying a list; HTTP answers within 29 s
    layers=("http",),
)
