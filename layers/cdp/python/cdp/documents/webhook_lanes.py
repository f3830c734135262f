"""The lane of a webhook: who delivers its backlog just now, and how its endpoint has answered.

One holder at a time, for as long as its lease lasts: so the order is kept. Every write is checked against the version
that was read. Whoever finds the lane held counts up `bumps`; the holder's next write then fails, and it looks again
before it lets go, so no wake-up is lost.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from cdp.errors import Unavailable
from cdp.ports import Delete, Item, Key, Put, Table

LEASE = timedelta(seconds=15)  # longer than one delivery takes
SLOTS = 8  # of an account, for endpoints that are slow or in error
_ATTEMPTS = 8


class Lane(msgspec.Struct, frozen=True, omit_defaults=True):
    """Times are UTC. `attempt` counts failures in a row, the first of them at `failing_since`; before `next_at` there is
    no other try, and at `wake_at` somebody looks. `until`: the last key of the delivery that was begun last. `slow`: the
    endpoint took long to answer. `replay`: the dead letters are to come back into the backlog."""

    holder: str = ""
    held_until: datetime | None = None
    bumps: int = 0
    until: str | None = None
    attempt: int = 0
    failing_since: datetime | None = None
    next_at: datetime | None = None
    wake_at: datetime | None = None
    slow: bool = False
    replay: bool = False
    delivered_at: datetime | None = None

    def is_held(self, now: datetime) -> bool:
        return self.held_until is not None and self.held_until > now

    def freed(self) -> Lane:
        return msgspec.structs.replace(self, holder="", held_until=None)

    def recovered(self) -> Lane:
        """What failed does not count any more."""
        return msgspec.structs.replace(self, attempt=0, failing_since=None, next_at=None, wake_at=None)


class Read(NamedTuple):
    lane: Lane
    version: int


_lane = msgspec.json.Decoder(Lane)


def read(table: Table, account_id: str, webhook_id: str) -> Read:
    item = table.get([_key(account_id, webhook_id)])[0]
    return Read(Lane(), 0) if item is None else Read(_lane.decode(item.body), item.version)


def put(account_id: str, webhook_id: str, lane: Lane, version: int) -> Put:
    """The write over what was read with this version, for a transaction."""
    return Put(Item(_key(account_id, webhook_id), msgspec.json.encode(lane)), version)


def remove(table: Table, account_id: str, webhook_id: str) -> None:
    table.write([[Delete(_key(account_id, webhook_id))]])


def ask_for_replay(table: Table, account_id: str, webhook_id: str) -> None:
    """All dead letters come back into the backlog, from the next DeliveriesDue on."""
    for _ in range(_ATTEMPTS):
        lane, version = read(table, account_id, webhook_id)
        asked = msgspec.structs.replace(lane, replay=True)
        if table.write([[put(account_id, webhook_id, asked, version)]])[0]:
            return
    raise Unavailable("the webhook's deliveries are under way at the same moment")


# ---------------------------------------------------------------- slots


def take_slot(table: Table, account_id: str, holder: str, now: datetime) -> Key | None:
    """One of the account's places for slow endpoints, for as long as a lease; None if all are taken."""
    keys = [Key(f"{account_id}#webhook-slots", str(no)) for no in range(SLOTS)]
    until = int((now + LEASE).timestamp())
    for key, item in zip(keys, table.get(keys), strict=True):
        if item is None and table.write([[Put(Item(key, holder.encode(), expires_at=until), 0)]])[0]:
            return key
    return None


def free_slot(table: Table, slot: Key) -> None:
    table.write([[Delete(slot)]])


def _key(account_id: str, webhook_id: str) -> Key:
    return Key(f"{account_id}#webhook-lane#{webhook_id}", "lane")
