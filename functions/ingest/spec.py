from __future__ import annotations

from cdp.spec import Access, Auth, FunctionSpec, Grant, HttpRoute, Limit
from functions.ingest.settings import Settings

MAX_BODY_BYTES = 5_000_000

SPEC = FunctionSpec(
    name="ingest",
    description="Accepts events over HTTP.",
    settings=Settings,
    routes=(
        HttpRoute("POST", "/api/events", ("events:write",), Limit.INGEST, max_body_bytes=MAX_BODY_BYTES),
        HttpRoute(
            "POST", "/api/event-bulk-create-jobs", ("events:write",), Limit.INGEST, max_body_bytes=MAX_BODY_BYTES
        ),
        HttpRoute("GET", "/api/event-bulk-create-jobs/{id}", ("events:read",), Limit.L, extension=True),
        HttpRoute("POST", "/client/events", (), Limit.INGEST, Auth.PUBLIC, MAX_BODY_BYTES),
        HttpRoute("POST", "/client/event-bulk-create", (), Limit.INGEST, Auth.PUBLIC, MAX_BODY_BYTES),
    ),
    grants=(Grant("table"), Grant("limits", Access.WRITE), Grant("queue:record", Access.SEND)),
    memory_mb=1024,
    timeout_s=10,
    layers=("http",),
)
