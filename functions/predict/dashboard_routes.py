"""What the room answers about the dashboard and its cards (SPEC §6.7)."""

from __future__ import annotations

from cdp.spec import HttpRoute, Limit
from functions.predict.usages_cards import CARDS

_FEATURE = "analytics"
_DASHBOARD = ("metrics:read", "profiles:read")


def _of(path: str, *scopes: str) -> HttpRoute:
    return HttpRoute("GET", path, scopes, Limit.M, extension=True, feature=_FEATURE)


ROUTES: tuple[HttpRoute, ...] = (
    *(_of(f"/api/{card.path}", *sorted({f"{card.opens}:read", "segments:read"})) for card in CARDS),
    *(_of(f"/api/{card.path}/{{id}}", *sorted({f"{card.opens}:read", "segments:read"})) for card in CARDS),
)
