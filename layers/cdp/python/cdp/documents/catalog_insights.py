"""Catalog insights: what an account leaves out of product analysis and recommendations (SPEC §12.3)."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import msgspec

from cdp.ports import Item, Key, Put, Table


class Excluded(msgspec.Struct, frozen=True, omit_defaults=True):
    """External ids. `updated` is UTC; None: nobody has changed anything yet."""

    items: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    updated: datetime | None = None


class Stored(NamedTuple):
    excluded: Excluded
    version: int


_excluded = msgspec.json.Decoder(Excluded)


def stored(table: Table, account_id: str) -> Stored:
    item = table.get([_key(account_id)])[0]
    return Stored(Excluded(), 0) if item is None else Stored(_excluded.decode(item.body), item.version)


def get(table: Table, account_id: str) -> Excluded:
    return stored(table, account_id).excluded


def save(table: Table, account_id: str, excluded: Excluded, version: int) -> bool:
    """False if the settings were changed meanwhile."""
    return table.write([[Put(Item(_key(account_id), msgspec.json.encode(excluded)), version)]])[0]


def _key(account_id: str) -> Key:
    return Key(f"{account_id}#catalog-insights", "settings")
