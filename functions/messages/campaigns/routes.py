"""What the room answers about campaigns, their audiences, messages and variations."""

from __future__ import annotations

from collections.abc import Iterator

from cdp.spec import HttpRoute, Limit

_READ, _WRITE = ("campaigns:read",), ("campaigns:write",)
_TAGS, _TEMPLATES = (*_READ, "tags:read"), (*_READ, "templates:read")
_IMAGES = (*_READ, "images:read")


def _related(
    path: str, *names: str, scopes: tuple[str, ...] = _READ, limit: Limit = Limit.M
) -> Iterator[HttpRoute]:
    for name in names:
        yield HttpRoute("GET", f"{path}/{{id}}/{name}", scopes, limit)
        yield HttpRoute("GET", f"{path}/{{id}}/relationships/{name}", scopes, limit)


def _changeable(path: str) -> Iterator[HttpRoute]:
    yield HttpRoute("POST", path, _WRITE)
    yield HttpRoute("GET", f"{path}/{{id}}", _READ)
    yield HttpRoute("PATCH", f"{path}/{{id}}", _WRITE)
    yield HttpRoute("DELETE", f"{path}/{{id}}", _WRITE)


ROUTES: tuple[HttpRoute, ...] = (
    HttpRoute("GET", "/api/campaigns", _READ),
    *_changeable("/api/campaigns"),
    *_related("/api/campaigns", "campaign-messages", "campaign-audiences"),
    *_related("/api/campaigns", "tags", scopes=_TAGS, limit=Limit.S),
    HttpRoute("POST", "/api/campaign-clone", _WRITE),
    HttpRoute("GET", "/api/campaign-messages", _READ),
    *_changeable("/api/campaign-messages"),
    *_related("/api/campaign-messages", "campaign", "campaign-audience", "campaign-variations"),
    *_related("/api/campaign-messages", "template", scopes=_TEMPLATES),
    *_related("/api/campaign-messages", "image", scopes=_IMAGES),
    HttpRoute("PATCH", "/api/campaign-messages/{id}/relationships/image", (*_WRITE, "images:read")),
    *_related("/api/campaign-messages", "tags", scopes=_TAGS, limit=Limit.S),
    HttpRoute("POST", "/api/campaign-message-clone", _WRITE),
    HttpRoute("POST", "/api/campaign-message-assign-template", _WRITE),
    *_changeable("/api/campaign-audiences"),
    *_related("/api/campaign-audiences", "campaign", "campaign-messages"),
    HttpRoute("POST", "/api/campaign-audience-clone", _WRITE),
    *_changeable("/api/campaign-variations"),
    *_related("/api/campaign-variations", "campaign-message"),
    *_related("/api/campaign-variations", "image", scopes=_IMAGES),
    *_related("/api/campaign-variations", "translation", scopes=(*_READ, "translations:read")),
    HttpRoute("POST", "/api/campaign-send-jobs", _WRITE),
    HttpRoute("GET", "/api/campaign-send-jobs/{id}", _READ),
    HttpRoute("PATCH", "/api/campaign-send-jobs/{id}", _WRITE),
    HttpRoute("POST", "/api/campaign-schedule", _WRITE),
    HttpRoute("POST", "/api/campaign-message-schedule", _WRITE),
    HttpRoute("PATCH", "/api/campaign-message-schedule/{id}", _WRITE),
    HttpRoute("POST", "/api/campaign-recipient-estimation-jobs", _WRITE),
    HttpRoute("GET", "/api/campaign-recipient-estimation-jobs/{id}", _READ),
    HttpRoute("GET", "/api/campaign-recipient-estimations/{id}", _READ),
)
