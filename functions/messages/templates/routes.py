"""What the room answers about templates."""

from __future__ import annotations

from cdp.spec import HttpRoute, Limit
from functions.messages.templates.bodies import MAX_CONTENT

_READ, _WRITE = ("templates:read",), ("templates:write",)
_TEMPLATES, _ONE = "/api/templates", "/api/templates/{id}"
_UNIVERSAL = "/api/template-universal-content"
_MAX_BODY = MAX_CONTENT + 1000  # bytes

ROUTES: tuple[HttpRoute, ...] = (
    HttpRoute("GET", _TEMPLATES, _READ, Limit.L),
    HttpRoute("POST", _TEMPLATES, _WRITE, Limit.L, max_body_bytes=_MAX_BODY),
    HttpRoute("GET", _ONE, _READ, Limit.L),
    HttpRoute("PATCH", _ONE, _WRITE, Limit.L, max_body_bytes=_MAX_BODY),
    HttpRoute("DELETE", _ONE, _WRITE, Limit.L),
    HttpRoute("POST", "/api/template-clone", _WRITE, Limit.L),
    HttpRoute("POST", "/api/template-render", _READ, Limit.S),
    HttpRoute("GET", _UNIVERSAL, _READ, Limit.L),
    HttpRoute("POST", _UNIVERSAL, _WRITE, Limit.L),
    HttpRoute("GET", f"{_UNIVERSAL}/{{id}}", _READ, Limit.L),
    HttpRoute("PATCH", f"{_UNIVERSAL}/{{id}}", _WRITE, Limit.L),
    HttpRoute("DELETE", f"{_UNIVERSAL}/{{id}}", _WRITE, Limit.L),
    HttpRoute("POST", f"{_UNIVERSAL}-clone", _WRITE, Limit.L),
)
