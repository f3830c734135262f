"""What the room answers about the dashboard and its cards (SPEC §6.7)."""

from __future__ import annotations

from cdp.spec import HttpRoute, Limit

_FEATURE = "analytics"
_DASHBOARD = ("metrics:read", "profiles:read")


def _of(path: str, *scopes: str) -> HttpRoute:
    return HttpRoute("GET", path, scopes, Limit.M, extension=True, feature=_FEATURE)


def _usages(card: str) -> tuple[HttpRoute, ...]:
    path, scopes = f"/api/clv-{card}-usages", sorted({f"{card}s:read", "segments:read"})
    return _of(path, *scopes), _of(f"{path}/{{id}}", *scopes)


ROUTES: tuple[HttpRoute, ...] = (
    _of("/api/clv-dashboards/default", *_DASHBOARD),
    *_usages("segment"),
    *_usages("campaign"),
    *_usages("flow"),
    *_usages("form"),
)
