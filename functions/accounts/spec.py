"""What the room answers and needs."""

from __future__ import annotations

from cdp.spec import Access, FunctionSpec, Grant, HttpRoute, Limit
from functions.accounts.settings import Settings

_READ = ("accounts:read",)
_WRITE = ("accounts:write",)

SPEC = FunctionSpec(
    name="accounts",
    description="The caller's account and its attribution settings",
    settings=Settings,
    routes=(
        HttpRoute("GET", "/api/accounts", _READ, Limit.XS),
        HttpRoute("GET", "/api/accounts/{id}", _READ, Limit.XS),
        HttpRoute("GET", "/api/attribution-settings/default", _READ, Limit.M, extension=True),
        HttpRoute("PATCH", "/api/attribution-settings/default", _WRITE, Limit.S, extension=True),
    ),
    grants=(Grant("table", Access.WRITE), Grant("limits", Access.WRITE)),
    memory_mb=256,
    layers=("http",),
)
