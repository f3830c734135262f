"""What the room answers, listens to and needs."""

from __future__ import annotations

from cdp.events import EventRecorded
from cdp.spec import Access, FunctionSpec, Grant, HttpRoute, Inbox, Limit, OnEvent
from functions.code.settings import Settings

ALL, ONE = "/api/functions", "/api/functions/{id}"
TESTS = "/api/function-tests"
_READ, _WRITE = ("functions:read",), ("functions:write",)
_EVENTS = ("events:read", "functions:read", "profiles:read")
_TRY = ("events:read", "functions:write", "profiles:read")
_MAX_BODY_BYTES = 5_000_000  # a megabyte of code as JSON text, and the environment


def _route(
    method: str, path: str, scopes: tuple[str, ...], limit: Limit = Limit.M, max_body_bytes: int = 100_000
) -> HttpRoute:
    return HttpRoute(method, path, scopes, limit, max_body_bytes=max_body_bytes, extension=True, feature="cdp")


SPEC = FunctionSpec(
    name="code",
    description="Customers' functions: versions, publication, trials, logs; starts them when events are recorded",
    settings=Settings,
    routes=(
        _route("GET", ALL, _READ),
        _route("POST", ALL, _WRITE, Limit.S, _MAX_BODY_BYTES),
        _route("GET", ONE, _READ),
        _route("PATCH", ONE, _WRITE, Limit.S, _MAX_BODY_BYTES),
        _route("DELETE", ONE, _WRITE, Limit.S),
        _route("GET", f"{ONE}/versions", _READ),
        _route("GET", f"{ONE}/versions/{{no}}", _READ),
        _route("GET", f"{ONE}/publications", _READ),
        _route("POST", f"{ONE}/publish", _WRITE, Limit.S),
        _route("POST", f"{ONE}/rollback", _WRITE, Limit.S),
        _route("POST", f"{ONE}/test", _TRY, Limit.S, _MAX_BODY_BYTES),
        _route("POST", TESTS, _TRY, Limit.S, _MAX_BODY_BYTES),
        _route("GET", f"{ONE}/test-events", _EVENTS, Limit.S),
        _route("GET", f"{ONE}/function-logs", _READ),
        _route("GET", f"{ONE}/function-metrics", _READ),
        _route("GET", f"{ONE}/dead-letters", _READ),
        _route("DELETE", f"{ONE}/dead-letters", _WRITE, Limit.S),
        _route("DELETE", f"{ONE}/dead-letters/{{letter}}", _WRITE, Limit.S),
        _route("POST", f"{ONE}/replay", _WRITE, Limit.S),
    ),
    rules=(OnEvent(EventRecorded),),
    inbox=Inbox(batch_size=50, max_concurrency=10, process="reactions"),
    grants=(
        Grant("table", Access.WRITE),
        Grant("lake"),
        Grant("limits", Access.WRITE),
        Grant("secrets:functions", Access.WRITE),
        Grant("queue:executions", Access.SEND),
        Grant("room:code_runner", Access.SEND),
    ),
    memory_mb=1024,
    layers=("http", "lake", "duckdb"),
)
