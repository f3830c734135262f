"""An account's attribution settings, one document (SPEC §21). Whatever reads them next reckons with the new ones."""

from __future__ import annotations

import msgspec

from cdp.attribution.settings import AttributionSettings, Windows
from cdp.documents import plans
from cdp.documents.single import Single
from cdp.ports import Table

FEATURE = "analytics"  # what the linear model and visits as touches belong to


# What is stored, whatever the plan includes.
STORED = Single("attribution-settings", "default", AttributionSettings)


def get(table: Table, account_id: str) -> AttributionSettings:
    """The settings in force: what the plan does not include is off."""
    settings = STORED.get(table, account_id)
    return settings if plans.get(table, account_id).opens(FEATURE) else plain(settings)


def plain(settings: AttributionSettings) -> AttributionSettings:
    """Without what a plan has to include."""
    given = msgspec.structs.asdict(settings.windows)
    return msgspec.structs.replace(settings, model="last_touch", windows=Windows(**{**given, "active_on_site": None}))
