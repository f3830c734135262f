"""What the room answers about forms and their versions."""

from __future__ import annotations

from cdp.spec import HttpRoute, Limit

_READ, _WRITE = ("forms:read",), ("forms:write",)
_FORM, _VERSION = "/api/forms/{id}", "/api/form-versions/{id}"
_MAX_BODY = 300_000  # bytes: what is kept of it is one item of the table

ROUTES: tuple[HttpRoute, ...] = (
    HttpRoute("GET", "/api/forms", _READ, Limit.S),
    HttpRoute("POST", "/api/forms", _WRITE, Limit.S, max_body_bytes=_MAX_BODY),
    HttpRoute("GET", _FORM, _READ, Limit.S),
    HttpRoute("PATCH", _FORM, _WRITE, Limit.S, max_body_bytes=_MAX_BODY),
    HttpRoute("DELETE", _FORM, _WRITE, Limit.S),
    HttpRoute("GET", f"{_FORM}/form-versions", _READ, Limit.S),
    HttpRoute("GET", f"{_FORM}/relationships/form-versions", _READ, Limit.S),
    HttpRoute("GET", _VERSION, _READ, Limit.S),
    HttpRoute("GET", f"{_VERSION}/form", _READ, Limit.S),
    HttpRoute("GET", f"{_VERSION}/relationships/form", _READ, Limit.S),
    HttpRoute("POST", "/api/form-publish-jobs", _WRITE, Limit.S),
    HttpRoute("POST", "/api/form-unpublish-jobs", _WRITE, Limit.S),
)
