"""So many of an account's functions run at the same time, and no more: slots, each leased for seconds.

A holder renews its lease as long as it works; what a holder that died held is free after LEASE_S. A lease that could not
be renewed in time is lost without harm: then one more runs for a while.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from cdp.ports import Delete, Item, Key, Put, Table

LEASE_S = 9.0
_FIRST_LOOK = 4  # slots: with few runs at a time one of them is free nearly always
_DAY_S = 86_400


class _Lease(msgspec.Struct, frozen=True):
    until: float  # epoch seconds


class Slot(NamedTuple):
    """A slot that is held; `version` is the table's of its item."""

    key: Key
    version: int


_lease = msgspec.json.Decoder(_Lease)


def acquire(
    table: Table, account_id: str, most: int, clock: Callable[[], float] = time.time, *, lease_s: float = LEASE_S
) -> Slot | None:
    """One of the account's `most` slots, or None if all are held. `lease_s` is longer for who does not renew it."""
    order = random.sample(range(most), most)
    for some in (order[:_FIRST_LOOK], order[_FIRST_LOOK:]):
        for key, version in _free(table, [_key(account_id, no) for no in some], clock()):
            if table.write([[Put(_item(key, clock(), lease_s), version)]])[0]:
                return Slot(key, version + 1)
    return None


def free(table: Table, account_id: str, most: int, clock: Callable[[], float] = time.time) -> int:
    """How many slots nobody holds."""
    return len(_free(table, [_key(account_id, no) for no in range(most)], clock()))


def renew(table: Table, slots: Sequence[Slot], clock: Callable[[], float] = time.time) -> list[Slot | None]:
    """The slots for LEASE_S more; None for one that is held by somebody else by now."""
    renewed = table.write([[Put(_item(slot.key, clock(), LEASE_S), slot.version)] for slot in slots])
    return [slot._replace(version=slot.version + 1) if ours else None for slot, ours in zip(slots, renewed, strict=True)]


def release(table: Table, slot: Slot) -> None:
    """Free, unless somebody else has it by now."""
    table.write([[Delete(slot.key, slot.version)]])


def _free(table: Table, keys: Sequence[Key], now: float) -> list[tuple[Key, int]]:
    """Those that nobody holds, with their items' versions."""
    if not keys:
        return []
    found = zip(keys, table.get(keys), strict=True)
    held = [(key, item.version if item else 0, _lease.decode(item.body).until if item else 0.0) for key, item in found]
    return [(key, version) for key, version, until in held if until <= now]


def _item(key: Key, now: float, lease_s: float) -> Item:
    return Item(key, msgspec.json.encode(_Lease(now + lease_s)), expires_at=int(now) + _DAY_S)


def _key(account_id: str, no: int) -> Key:
    return Key(f"{account_id}#function-slots", f"{no:03d}")
