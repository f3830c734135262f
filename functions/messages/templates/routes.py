"""What the room answers about templates."""

from __future__ import annotations

from cdp.spec import HttpRoute

ROUTES: tuple[HttpRoute, ...] = ()
