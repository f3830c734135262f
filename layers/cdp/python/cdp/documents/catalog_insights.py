"""Catalog insights: what an account leaves out of product analysis and recommendations (SPEC §12.3)."""

from __future__ import annotations

from datetime import datetime

import msgspec

from cdp.documents.single import Single


class Excluded(msgspec.Struct, frozen=True, omit_defaults=True):
    """External ids. `updated` is UTC; None: nobody has changed anything yet."""

    items: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    updated: datetime | None = None


EXCLUDED = Single("catalog-insights", "settings", Excluded)
