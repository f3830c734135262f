"""What the room answers, listens to and needs."""

from __future__ import annotations

from cdp.events import EventRecorded
from cdp.spec import Access, FunctionSpec, Grant, HttpRoute, Inbox, Limit, OnEvent, Schedule
from functions.predict import dashboard_routes
from functions.predict.settings import Settings

_READ, _WRITE = ("metrics:read",), ("metrics:write",)
_SAMPLES = ("metrics:read", "profiles:read")

SPEC = FunctionSpec(
    name="predict",
    description="Predicted attributes of profiles: trains models by schedule, scores profiles nightly and after orders",
    settings=Settings,
    routes=(
        HttpRoute("GET", "/api/clv-settings/default", _READ, Limit.M, extension=True, feature="analytics"),
        HttpRoute("PATCH", "/api/clv-settings/default", _WRITE, Limit.S, extension=True, feature="analytics"),
        HttpRoute("GET", "/api/clv-models", _READ, Limit.M, extension=True, feature="analytics"),
        HttpRoute("GET", "/api/clv-models/{id}", _READ, Limit.M, extension=True, feature="analytics"),
        HttpRoute("POST", "/api/clv-setting-previews", _SAMPLES, Limit.S, extension=True, feature="analytics"),
        HttpRoute("GET", "/api/clv-setting-previews/{id}", _SAMPLES, Limit.M, extension=True, feature="analytics"),
        *dashboard_routes.ROUTES,
    ),
    rules=(OnEvent(EventRecorded),),
    schedules=(Schedule("predict", rate="15 minutes"),),
    # Many small messages: orders come one by one, and are answered for in one query.
    inbox=Inbox(batch_size=200, batch_window_s=1, max_concurrency=4),
    grants=(
        Grant("table", Access.WRITE),
        Grant("lake", Access.WRITE),
        Grant("limits", Access.WRITE),
        Grant("bus", Access.SEND),
        Grant("queue:predict", Access.SEND),
        Grant("queue:fit", Access.SEND),
        Grant("queue:audiences", Access.SEND),
    ),
    memory_mb=3008,
    timeout_s=900,
    layers=("http", "lake", "duckdb"),
)
