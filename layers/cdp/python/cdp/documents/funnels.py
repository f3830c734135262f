"""The funnels of an account (SPEC §8): the cards of one dashboard, in their order.

They stand in one item together, so that their number, their order and a card itself change as one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from cdp.ports import Item, Key, Put, Table

MAX_FUNNELS = 10


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """Events of a metric or custom metric that meet all filters, which are kept as they were sent and checked."""

    metric_id: str
    label: str | None = None
    metric_filters: tuple[dict[str, Any], ...] = ()


class Funnel(msgspec.Struct, frozen=True, omit_defaults=True):
    """`window_seconds` is the longest way from the first to the last step; none: any. Times are UTC."""

    id: str
    name: str
    steps: tuple[Step, ...]
    created: datetime
    updated: datetime
    segment_id: str | None = None
    window_seconds: int | None = None


class Dashboard(NamedTuple):
    """`version` is the table's, for the write that follows."""

    funnels: tuple[Funnel, ...]
    version: int


_cards = msgspec.json.Decoder(tuple[Funnel, ...])


def dashboard(table: Table, account_id: str) -> Dashboard:
    item = table.get([_key(account_id)])[0]
    return Dashboard((), 0) if item is None else Dashboard(_cards.decode(item.body), item.version)


def save(table: Table, account_id: str, seen: Dashboard, funnels: Sequence[Funnel]) -> bool:
    """Put these in the place of those that were seen; False if somebody else has changed them since."""
    item = Item(_key(account_id), msgspec.json.encode(funnels))
    return table.write([[Put(item, seen.version)]])[0]


def _key(account_id: str) -> Key:
    return Key(f"{account_id}#funnels", "dashboard")
