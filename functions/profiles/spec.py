"""What the room answers and needs."""

from __future__ import annotations

from cdp.spec import Access, Auth, FunctionSpec, Grant, HttpRoute, Inbox, Limit
from functions.profiles.settings import Settings

MAX_PROFILE_BYTES = 100_000
MAX_IMPORT_BYTES = 5_000_000
_READ = ("profiles:read",)
_WRITE = ("profiles:write",)
_JOBS = "/api/profile-bulk-import-jobs"
RELATED = {
    "lists": "lists",
    "segments": "segments",
    "push-tokens": "profiles",
    "conversations": "conversations",
}


def _related(name: str, resource: str) -> tuple[HttpRoute, ...]:
    scopes = tuple(sorted({f"{resource}:read", *_READ}))
    limit = Limit.M if name == "push-tokens" else Limit.S
    return (
        HttpRoute("GET", f"/api/profiles/{{id}}/{name}", scopes, limit),
        HttpRoute("GET", f"/api/profiles/{{id}}/relationships/{name}", scopes, limit),
    )


SPEC = FunctionSpec(
    name="profiles",
    description="Profiles: create, read, list, change, import",
    settings=Settings,
    routes=(
        HttpRoute("GET", "/api/profiles", _READ, Limit.L),
        HttpRoute("POST", "/api/profiles", _WRITE, Limit.L, max_body_bytes=MAX_PROFILE_BYTES),
        HttpRoute("GET", "/api/profiles/{id}", _READ, Limit.L),
        HttpRoute("PATCH", "/api/profiles/{id}", _WRITE, Limit.L, max_body_bytes=MAX_PROFILE_BYTES),
        HttpRoute("POST", "/api/profile-import", _WRITE, Limit.L, max_body_bytes=MAX_PROFILE_BYTES),
        HttpRoute("POST", "/client/profiles", (), Limit.XL, Auth.PUBLIC, MAX_PROFILE_BYTES),
        *(route for name, resource in RELATED.items() for route in _related(name, resource)),
        HttpRoute("GET", _JOBS, ("lists:read", *_READ), Limit.M),
        HttpRoute("POST", _JOBS, ("lists:write", *_WRITE), Limit.M, max_body_bytes=MAX_IMPORT_BYTES),
        HttpRoute("GET", f"{_JOBS}/{{id}}", ("lists:read", *_READ), Limit.M),
        HttpRoute("GET", f"{_JOBS}/{{id}}/lists", ("lists:read",), Limit.M),
        HttpRoute("GET", f"{_JOBS}/{{id}}/relationships/lists", ("lists:read",), Limit.M),
        HttpRoute("GET", f"{_JOBS}/{{id}}/profiles", _READ, Limit.M),
        HttpRoute("GET", f"{_JOBS}/{{id}}/relationships/profiles", _READ, Limit.M),
        HttpRoute("GET", f"{_JOBS}/{{id}}/import-errors", _READ, Limit.M),
    ),
    inbox=Inbox(batch_size=1),
    grants=(
        Grant("table", Access.WRITE),
        Grant("limits", Access.WRITE),
        Grant("queue:profiles", Access.SEND),
    ),
    memory_mb=1024,
    timeout_s=300,  # bulk imports; HTTP answers within 29 s
    layers=("http",),
)
