"""What the room answers about flows."""

from __future__ import annotations

from cdp.spec import HttpRoute

ROUTES: tuple[HttpRoute, ...] = ()
