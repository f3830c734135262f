"""What the room answers about campaigns."""

from __future__ import annotations

from cdp.spec import HttpRoute

ROUTES: tuple[HttpRoute, ...] = ()
