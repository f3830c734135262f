"""What the room answers and needs."""

from __future__ import annotations

from cdp.spec import Access, FunctionSpec, Grant, HttpRoute, Limit
from functions.metrics.settings import Settings

_READ = ("metrics:read",)
_WRITE = ("metrics:write",)
_FLOWS = ("flows:read", "metrics:read")
_CUSTOM, _MAPPED = "/api/custom-metrics", "/api/mapped-metrics"

SPEC = FunctionSpec(
    name="metrics",
    description="The metric catalogue, custom and mapped metrics",
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
        HttpRoute("GET", _CUSTOM, _READ, Limit.S),
        HttpRoute("POST", _CUSTOM, _WRITE, Limit.XS),
        HttpRoute("GET", f"{_CUSTOM}/{{id}}", _READ, Limit.S),
        HttpRoute("PATCH", f"{_CUSTOM}/{{id}}", _WRITE, Limit.XS),
        HttpRoute("DELETE", f"{_CUSTOM}/{{id}}", _WRITE, Limit.S),
        HttpRoute("GET", f"{_CUSTOM}/{{id}}/metrics", _READ, Limit.S),
        HttpRoute("GET", f"{_CUSTOM}/{{id}}/relationships/metrics", _READ, Limit.S),
        HttpRoute("GET", _MAPPED, _READ, Limit.S),
        HttpRoute("GET", f"{_MAPPED}/{{id}}", _READ, Limit.S),
        HttpRoute("PATCH", f"{_MAPPED}/{{id}}", _WRITE, Limit.XS),
        HttpRoute("GET", f"{_MAPPED}/{{id}}/metric", _READ, Limit.S),
        HttpRoute("GET", f"{_MAPPED}/{{id}}/custom-metric", _READ, Limit.S),
        HttpRoute("GET", f"{_MAPPED}/{{id}}/relationships/metric", _READ, Limit.S),
        HttpRoute("GET", f"{_MAPPED}/{{id}}/relationships/custom-metric", _READ, Limit.S),
    ),
    grants=(Grant("table", Access.WRITE), Grant("lake"), Grant("limits", Access.WRITE)),
    memory_mb=1024,
    layers=("http", "lake", "duckdb"),
)
