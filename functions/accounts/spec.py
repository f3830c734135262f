"""What the room answers and needs."""

from __future__ import annotations

from cdp.spec import Access, FunctionSpec, Grant, HttpRoute, Limit
from functions.accounts.settings import Settings

_READ = ("accounts:read",)

SPEC = FunctionSpec(
    name="accounts",
    description="The caller's account",
    settings=Settings,
    routes=(
        HttpRoute("GET", "/api/accounts", _READ, Limit.XS),
        HttpRoute("GET", "/api/accounts/{id}", _READ, Limit.XS),
    ),
    grants=(Grant("table"), Grant("limits", Access.WRITE)),
    memory_mb=256,
    layers=("http",),
)
