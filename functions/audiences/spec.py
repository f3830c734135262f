"""What the room answers, listens to and needs."""

from __future__ import annotations

from cdp.events import EventRecorded, MembershipsChanged, ProfilesChanged
from cdp.spec import Access, FunctionSpec, Grant, HttpRoute, Inbox, Limit, OnEvent, Schedule
from functions.audiences.settings import Settings

_READ, _WRITE = ("segments:read",), ("segments:write",)
_MEMBERS = ("profiles:read", "segments:read")
_TAGS = ("segments:read", "tags:read")
_FLOWS = ("flows:read", "segments:read")

SPEC = FunctionSpec(
    name="audiences",
    description="Segments: their API, and who is in them.",
    settings=Settings,
    routes=(
        HttpRoute("GET", "/api/segments", _READ, Limit.L),
        HttpRoute("POST", "/api/segments", _WRITE, Limit.XS),
        HttpRoute("GET", "/api/segments/{id}", _READ, Limit.L),
        HttpRoute("PATCH", "/api/segments/{id}", _WRITE, Limit.XS),
        HttpRoute("DELETE", "/api/segments/{id}", _WRITE, Limit.S),
        HttpRoute("GET", "/api/segments/{id}/profiles", _MEMBERS, Limit.L),
        HttpRoute("GET", "/api/segments/{id}/relationships/profiles", _MEMBERS, Limit.L),
        HttpRoute("GET", "/api/segments/{id}/tags", _TAGS, Limit.S),
        HttpRoute("GET", "/api/segments/{id}/relationships/tags", _TAGS, Limit.S),
        HttpRoute("GET", "/api/segments/{id}/flow-triggers", _FLOWS, Limit.S),
        HttpRoute("GET", "/api/segments/{id}/relationships/flow-triggers", _FLOWS, Limit.S),
        HttpRoute("POST", "/api/funnel-segments", _WRITE, Limit.XS, extension=True, feature="analytics"),
    ),
    rules=(OnEvent(EventRecorded), OnEvent(MembershipsChanged), OnEvent(ProfilesChanged)),
    schedules=(Schedule("segments", rate="1 hour"),),
    inbox=Inbox(batch_size=200, batch_window_s=1, max_concurrency=2),
    grants=(
        Grant("table", Access.WRITE),
        Grant("lake", Access.WRITE),
        Grant("limits", Access.WRITE),
        Grant("bus", Access.SEND),
        Grant("queue:audiences", Access.SEND),
    ),
    memory_mb=3008,
    timeout_s=300,
    layers=("http", "lake", "duckdb"),
)
