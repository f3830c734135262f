"""What the room answers and needs."""

from __future__ import annotations

from cdp.spec import Access, FunctionSpec, Grant, HttpRoute, Limit
from functions.billing.settings import Settings

_READ = ("usage:read",)

SPEC = FunctionSpec(
    name="billing",
    description="What an account uses of its plan",
    settings=Settings,
    routes=(
        HttpRoute("GET", "/api/billing-usage", _READ, Limit.M),
        HttpRoute("GET", "/api/billing-usage/{id}", _READ, Limit.M),
    ),
    grants=(Grant("table"), Grant("lake"), Grant("limits", Access.WRITE)),
    memory_mb=1024,
    layers=("http", "lake", "duckdb"),
)
