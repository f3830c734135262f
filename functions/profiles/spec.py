"""What the room answers and needs."""

from __future__ import annotations

from cdp.spec import Access, Auth, FunctionSpec, Grant, HttpRoute, Inbox, Limit
from functions.profiles.settings import Settings

MAX_PROFILE_BYTES = 100_000
MAX_IMPORT_BYTES = 5_000_000
MAX_CONSENT_BYTES = 1_000_000
SUBSCRIBE, UNSUBSCRIBE = "profile-subscription-bulk-create-job", "profile-subscription-bulk-delete-job"
SUPPRESS, UNSUPPRESS = "profile-suppression-bulk-create-job", "profile-suppression-bulk-delete-job"
_READ = ("profiles:read",)
_WRITE = ("profiles:write",)
_JOBS = "/api/profile-bulk-import-jobs"
RELATED = {
    "lists": "lists",
    "segments": "segments",
    "push-tokens": "profiles",
    "conversations": "conversations",
}


_CONSENT = ("profiles:write", "subscriptions:write")
_PRIVACY = "/api/data-privacy-deletion-jobs"
_TOKENS = ("profiles:read", "push-tokens:read")


def _related(name: str, resource: str) -> tuple[HttpRoute, ...]:
    scopes = tuple(sorted({f"{resource}:read", *_READ}))
    limit = Limit.M if name == "push-tokens" else Limit.S
    return (
        HttpRoute("GET", f"/api/profiles/{{id}}/{name}", scopes, limit),
        HttpRoute("GET", f"/api/profiles/{{id}}/relationships/{name}", scopes, limit),
    )


def _consent_jobs(kind: str, scopes: tuple[str, ...], most_bytes: int, *, public: bool) -> tuple[HttpRoute, ...]:
    """The jobs of a kind; `public`: the public API shows them too."""
    path, read = f"/api/{kind}s", ("subscriptions:read",)
    listed = (HttpRoute("GET", path, read, Limit.L),) if public else ()
    return (
        HttpRoute("POST", path, scopes, Limit.L, max_body_bytes=most_bytes),
        *listed,
        HttpRoute("GET", f"{path}/{{id}}", read, Limit.L, extension=not public),
        HttpRoute("GET", f"{path}/{{id}}/import-errors", read, Limit.M, extension=True),
    )


SPEC = FunctionSpec(
    name="profiles",
    description="Profiles: create, read, list, change, import, merge, erase; consents; push tokens.",
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
        HttpRoute("GET", "/api/profiles/{id}/conversation", ("conversations:read", *_READ), Limit.S),
        HttpRoute("GET", "/api/profiles/{id}/relationships/conversation", ("conversations:read", *_READ), Limit.S),
        *_consent_jobs(SUBSCRIBE, ("lists:write", *_CONSENT), MAX_IMPORT_BYTES, public=False),
        *_consent_jobs(UNSUBSCRIBE, ("lists:write", *_CONSENT), MAX_CONSENT_BYTES, public=False),
        *_consent_jobs(SUPPRESS, _CONSENT, MAX_CONSENT_BYTES, public=True),
        *_consent_jobs(UNSUPPRESS, ("subscriptions:write",), MAX_CONSENT_BYTES, public=True),
        HttpRoute("POST", "/client/subscriptions", (), Limit.XL, Auth.PUBLIC, MAX_PROFILE_BYTES),
        HttpRoute("POST", "/api/profile-merge", _WRITE, Limit.M),
        HttpRoute("POST", _PRIVACY, ("data-privacy:write",), Limit.S),
        HttpRoute("GET", f"{_PRIVACY}/{{id}}", ("data-privacy:read",), Limit.M, extension=True),
        HttpRoute("GET", "/api/push-tokens", _TOKENS, Limit.M),
        HttpRoute(
            "POST", "/api/push-tokens", ("profiles:write", "push-tokens:write"), Limit.L, max_body_bytes=MAX_PROFILE_BYTES
        ),
        HttpRoute("GET", "/api/push-tokens/{id}", _TOKENS, Limit.M),
        HttpRoute("DELETE", "/api/push-tokens/{id}", ("push-tokens:write",), Limit.S),
        HttpRoute("GET", "/api/push-tokens/{id}/profile", _TOKENS, Limit.M),
        HttpRoute("GET", "/api/push-tokens/{id}/relationships/profile", _TOKENS, Limit.M),
        HttpRoute("POST", "/client/push-tokens", (), Limit.L, Auth.PUBLIC, MAX_PROFILE_BYTES),
        HttpRoute("GET", "/api/exchange-ids", _WRITE, Limit.L, extension=True, feature="cdp"),
        HttpRoute("POST", "/client/push-token-unregister", (), Limit.M, Auth.PUBLIC, MAX_PROFILE_BYTES),
    ),
    inbox=Inbox(batch_size=1),
    grants=(
        Grant("table", Access.WRITE),
        Grant("bus", Access.SEND),
        Grant("limits", Access.WRITE),
        Grant("queue:profiles", Access.WRITE),  # and their dead letters, where they name an erased person
        Grant("queue:record", Access.WRITE),
        Grant("queue:rewrite", Access.SEND),
    ),
    memory_mb=1024,
    timeout_s=300,  # bulk imports; HTTP answers within 29 s
    layers=("http",),
)
