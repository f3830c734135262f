"""An account's attribution settings, one document (SPEC §21). Whatever reads them next reckons with the new ones."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from cdp.attribution.settings import AttributionSettings, Windows
from cdp.documents import plans
from cdp.ports import Item, Key, Put, Table

FEATURE = "analytics"  # what the linear model and visits as touches belong to


class Stored(NamedTuple):
    """`version` is the table's, for a conditional write; 0: nothing was ever changed."""

    settings: AttributionSettings
    version: int


_settings = msgspec.json.Decoder(AttributionSettings)


def get(table: Table, account_id: str) -> AttributionSettings:
    """The settings in force: what the plan does not include is off."""
    settings = read(table, account_id).settings
    return settings if plans.get(table, account_id).opens(FEATURE) else plain(settings)


def read(table: Table, account_id: str) -> Stored:
    """What is stored, whatever the plan includes."""
    item = table.get([_key(account_id)])[0]
    return Stored(AttributionSettings(), 0) if item is None else Stored(_settings.decode(item.body), item.version)


def save(table: Table, account_id: str, settings: AttributionSettings, version: int) -> bool:
    """False if somebody else has changed them meanwhile."""
    return table.write([[Put(Item(_key(account_id), msgspec.json.encode(settings)), version)]])[0]


def plain(settings: AttributionSettings) -> AttributionSettings:
    """Without what a plan has to include."""
    given = msgspec.structs.asdict(settings.windows)
    return msgspec.structs.replace(settings, model="last_touch", windows=Windows(**{**given, "active_on_site": None}))


def _key(account_id: str) -> Key:
    return Key(f"{account_id}#attribution-settings", "default")
