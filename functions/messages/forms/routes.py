"""What the room answers about forms."""

from __future__ import annotations

from cdp.spec import HttpRoute

ROUTES: tuple[HttpRoute, ...] = ()
