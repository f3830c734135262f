"""What the room answers and needs."""

from __future__ import annotations

from cdp.events import ProfilesChanged
from cdp.spec import Access, FunctionSpec, Grant, HttpRoute, Inbox, Limit, OnEvent, Schedule
from functions.custom_objects.settings import Settings

MAX_BULK_BYTES, MAX_SINGLE_BYTES, MAX_DELETE_BYTES = 4_000_000, 520_000, 5_000_000
_READ, _WRITE = ("custom-objects:read",), ("custom-objects:write",)
_TYPE = "/api/object-types/{id}"


def _get(path: str, limit: Limit = Limit.S) -> HttpRoute:
    return HttpRoute("GET", path, _READ, limit, feature="cdp")


def _write(method: str, path: str, limit: Limit = Limit.S, max_body_bytes: int = 100_000) -> HttpRoute:
    return HttpRoute(method, path, _WRITE, limit, max_body_bytes=max_body_bytes, feature="cdp")


SPEC = FunctionSpec(
    name="custom_objects",
    description="Custom objects: data sources, types, records",
    settings=Settings,
    routes=(
        _get("/api/data-sources"),
        _write("POST", "/api/data-sources"),
        _get("/api/data-sources/{id}"),
        _write("DELETE", "/api/data-sources/{id}"),
        _write("POST", "/api/data-source-record-create-jobs", Limit.L, MAX_SINGLE_BYTES),
        _write("POST", "/api/data-source-record-bulk-create-jobs", Limit.S, MAX_BULK_BYTES),
        _get("/api/object-types"),
        _write("POST", "/api/object-types"),
        _get(_TYPE),
        _write("DELETE", _TYPE),
        _get(f"{_TYPE}/object-records"),
        _get(f"{_TYPE}/relationships/object-records"),
        _get(f"{_TYPE}/object-ingestion-logs", Limit.XS),
        _get(f"{_TYPE}/relationships/object-ingestion-logs", Limit.XS),
        _get("/api/object-records/{id}"),
        _write("POST", "/api/object-record-bulk-delete-jobs", Limit.S, MAX_DELETE_BYTES),
    ),
    rules=(OnEvent(ProfilesChanged),),
    schedules=(Schedule("custom-objects", rate="1 hour"),),
    inbox=Inbox(batch_size=10),
    grants=(
        Grant("table", Access.WRITE),
        Grant("limits", Access.WRITE),
        Grant("bus", Access.SEND),
        Grant("queue:custom_objects", Access.SEND),
    ),
    memory_mb=1024,
    timeout_s=300,  # jobs of records; HTTP answers within 29 s
    layers=("http",),
)
