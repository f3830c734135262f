"""What the room answers and needs."""

from __future__ import annotations

from cdp.spec import Access, FunctionSpec, Grant, HttpRoute, Inbox, Limit, Schedule
from functions.monitors.settings import Settings

_READ, _WRITE = ("metrics:read",), ("metrics:write",)
_FEATURE = "cdp"


def _read(path: str) -> HttpRoute:
    return HttpRoute("GET", path, _READ, Limit.M, extension=True, feature=_FEATURE)


def _write(method: str, path: str) -> HttpRoute:
    return HttpRoute(method, path, _WRITE, Limit.S, extension=True, feature=_FEATURE)


SPEC = FunctionSpec(
    name="monitors",
    description="Watches key figures every night and tells when they are out of bounds",
    settings=Settings,
    routes=(
        _read("/api/monitors"),
        _write("POST", "/api/monitors"),
        _read("/api/monitors/{id}"),
        _write("PATCH", "/api/monitors/{id}"),
        _write("DELETE", "/api/monitors/{id}"),
        _read("/api/monitors/{id}/alerts"),
        _read("/api/monitor-alerts"),
        _read("/api/monitor-alerts/{id}"),
        HttpRoute("POST", "/api/monitor-evaluations", _READ, Limit.S, extension=True, feature=_FEATURE),
    ),
    schedules=(Schedule("monitors", rate="30 minutes"),),
    inbox=Inbox(batch_size=1, max_concurrency=4),
    grants=(
        Grant("table", Access.WRITE),
        Grant("lake", Access.WRITE),
        Grant("limits", Access.WRITE),
        Grant("bus", Access.SEND),
        Grant("post", Access.SEND),
        Grant("queue:monitors", Access.SEND),
    ),
    memory_mb=3008,
    timeout_s=900,
    layers=("http", "lake", "duckdb"),
)
