"""What the room answers and needs."""

from __future__ import annotations

from cdp.spec import Access, FunctionSpec, Grant, HttpRoute, Limit
from functions.events.settings import Settings

_READ = ("events:read",)
_METRIC = ("events:read", "metrics:read")
_PROFILE = ("events:read", "profiles:read")

SPEC = FunctionSpec(
    name="events",
    description="Recorded events",
    settings=Settings,
    routes=(
        HttpRoute("GET", "/api/events", _READ, Limit.XL),
        HttpRoute("GET", "/api/events/{id}", _READ, Limit.M),
        HttpRoute("GET", "/api/events/{id}/metric", _METRIC, Limit.XL),
        HttpRoute("GET", "/api/events/{id}/relationships/metric", _METRIC, Limit.XL),
        HttpRoute("GET", "/api/events/{id}/profile", _PROFILE, Limit.XL),
        HttpRoute("GET", "/api/events/{id}/relationships/profile", _PROFILE, Limit.XL),
    ),
    grants=(Grant("table"), Grant("lake"), Grant("limits", Access.WRITE)),
    memory_mb=1024,
    layers=("http", "lake", "duckdb"),
)
