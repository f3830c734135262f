"""What the room answers about flows, their actions and messages."""

from __future__ import annotations

from cdp.spec import HttpRoute, Limit

_READ, _WRITE, _TAGS = ("flows:read",), ("flows:write",), ("flows:read", "tags:read")
_TEMPLATES = ("templates:read",)
_FLOW, _ACTION, _MESSAGE = "/api/flows/{id}", "/api/flow-actions/{id}", "/api/flow-messages/{id}"
_MAX_BODY = 300_000  # bytes: what is kept of it is one item of the table

ROUTES: tuple[HttpRoute, ...] = (
    HttpRoute("GET", "/api/flows", _READ, Limit.S),
    HttpRoute("POST", "/api/flows", _WRITE, Limit.XS, max_body_bytes=_MAX_BODY),
    HttpRoute("GET", _FLOW, _READ, Limit.S),
    HttpRoute("PATCH", _FLOW, _WRITE, Limit.S),
    HttpRoute("DELETE", _FLOW, _WRITE, Limit.S),
    HttpRoute("GET", f"{_FLOW}/flow-actions", _READ, Limit.S),
    HttpRoute("GET", f"{_FLOW}/relationships/flow-actions", _READ, Limit.S),
    HttpRoute("GET", f"{_FLOW}/tags", _TAGS, Limit.S),
    HttpRoute("GET", f"{_FLOW}/relationships/tags", _TAGS, Limit.S),
    HttpRoute("POST", "/api/flow-actions", _WRITE, Limit.S, max_body_bytes=_MAX_BODY),
    HttpRoute("GET", _ACTION, _READ, Limit.S),
    HttpRoute("PATCH", _ACTION, _WRITE, Limit.S, max_body_bytes=_MAX_BODY),
    HttpRoute("DELETE", _ACTION, _WRITE, Limit.S),
    HttpRoute("GET", f"{_ACTION}/flow", _READ, Limit.S),
    HttpRoute("GET", f"{_ACTION}/relationships/flow", _READ, Limit.S),
    HttpRoute("GET", f"{_ACTION}/flow-messages", _READ, Limit.S),
    HttpRoute("GET", f"{_ACTION}/relationships/flow-messages", _READ, Limit.S),
    HttpRoute("GET", _MESSAGE, _READ, Limit.S),
    HttpRoute("GET", f"{_MESSAGE}/flow-action", _READ, Limit.S),
    HttpRoute("GET", f"{_MESSAGE}/relationships/flow-action", _READ, Limit.S),
    HttpRoute("GET", f"{_MESSAGE}/template", _TEMPLATES, Limit.S),
    HttpRoute("GET", f"{_MESSAGE}/relationships/template", _TEMPLATES, Limit.S),
)
