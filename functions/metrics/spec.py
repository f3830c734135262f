"""What the room answers and needs."""

from __future__ import annotations

from cdp.spec import Access, FunctionSpec, Grant, HttpRoute, Limit
from functions.metrics.settings import Settings

_READ = ("metrics:read",)
_FLOWS = ("flows:read", "metrics:read")

SPEC = FunctionSpec(
    name="metrics",
    description="The metric catalogue",
    settings=Settings,
    routes=(
        HttpRoute("GET", "/api/metrics", _READ, Limit.M),
        HttpRoute("GET", "/api/metrics/{id}", _READ, Limit.M),
        HttpRoute("GET", "/api/metrics/{id}/metric-properties", _READ, Limit.XS),
        HttpRoute("GET", "/api/metrics/{id}/relationships/metric-properties", _READ, Limit.XS),
        HttpRoute("GET", "/api/metrics/{id}/flow-triggers", _FLOWS, Limit.M),
        HttpRoute("GET", "/api/metrics/{id}/relationships/flow-triggers", _FLOWS, Limit.M),
        HttpRoute("GET", "/api/metric-properties/{id}", _READ, Limit.XS),
        HttpRoute("GET", "/api/metric-properties/{id}/metric", _READ, Limit.XS),
        HttpRoute("GET", "/api/metric-properties/{id}/relationships/metric", _READ, Limit.XS),
    ),
    grants=(Grant("table"), Grant("lake"), Grant("limits", Access.WRITE)),
    memory_mb=1024,
    layers=("http", "lake", "duckdb"),
)
