"""RFM: an account's settings (SPEC §7.2), and how far its profiles' groups have been brought up to date (§7.5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from cdp.documents.single import Single
from cdp.ports import Delete, Item, ItemQuery, Key, Put, Table

Whole = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Percent = Annotated[int, Meta(ge=1, le=100)]


class Values(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whole numbers: days at most (recency), orders or currency units at least."""

    best: Whole
    average: Whole


class Percentiles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Percentiles of the customers at which the scores begin."""

    best: Percent
    average: Percent


class Dimension(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one score is made; neither given: by thirds. `best` is stricter than `average`."""

    values: Values | None = None
    percentiles: Percentiles | None = None


class Dimensions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    recency: Dimension = Dimension()
    frequency: Dimension = Dimension()
    monetary: Dimension = Dimension()


class Saved(msgspec.Struct, frozen=True, omit_defaults=True):
    """`metric_id`: a metric or custom metric; None: the most used Placed Order. `updated` is UTC; None: nobody has
    changed anything yet."""

    metric_id: str | None = None
    dimensions: Dimensions = Dimensions()
    updated: datetime | None = None


SETTINGS = Single("rfm", "settings", Saved)
_numbers = msgspec.json.Decoder(tuple[int, ...])


def refreshed_at(table: Table, account_id: str) -> datetime | None:
    """When the refresh began that last reached every profile, UTC."""
    item = table.get([_key(account_id, "refreshed")])[0]
    return None if item is None else datetime.fromisoformat(item.body.decode())


def note_refreshed(table: Table, account_id: str, begun: datetime) -> None:
    table.write([[Put(Item(_key(account_id, "refreshed"), begun.isoformat().encode()))]])


def intend(table: Table, account_id: str, numbers: Sequence[int]) -> Key:
    """Remember profiles that are about to be written, until it has been announced that they were (`done`)."""
    key = Key(f"{account_id}#rfm-unannounced", f"{numbers[0]:010d}")
    table.write([[Put(Item(key, msgspec.json.encode(numbers)))]])
    return key


def done(table: Table, key: Key) -> None:
    table.write([[Delete(key)]])


def unannounced(table: Table, account_id: str) -> list[tuple[Key, tuple[int, ...]]]:
    """What refreshes that were cut short had begun to write."""
    items = table.query(ItemQuery(f"{account_id}#rfm-unannounced", limit=100))
    return [(item.key, _numbers.decode(item.body)) for item in items]


def _key(account_id: str, what: str) -> Key:
    return Key(f"{account_id}#rfm", what)
