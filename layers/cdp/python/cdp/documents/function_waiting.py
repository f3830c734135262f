"""Messages of an account whose slots are all held: they stand here, out of everybody's way, until one is free.

Whoever frees a slot puts one of them back into the queue, and an alarm, of which an account has one at a time, does so
after holders have died. Each is sent at least once: it is removed only when the queue has it.
"""

from __future__ import annotations

import random
import secrets
from datetime import datetime, timedelta

import msgspec

from cdp.documents import parts
from cdp.ports import Delete, Item, ItemQuery, Key, Put, Queue, Table

KEPT = timedelta(days=14)
_CLAIM_S = 30.0
_LOOK = 32  # the oldest so many are taken in any order, so that takers of the same moment seldom meet


class _Head(msgspec.Struct, frozen=True):
    """`claimed_until`: somebody is putting it back (epoch seconds)."""

    parts: int
    claimed_until: float = 0.0


class _Alarm(msgspec.Struct, frozen=True):
    at: float  # epoch seconds


_head = msgspec.json.Decoder(_Head)
_alarm = msgspec.json.Decoder(_Alarm)


def add(table: Table, account_id: str, text: str, now: datetime) -> None:
    """Durable on return."""
    id_ = f"{int(now.timestamp() * 1_000_000):014x}{secrets.token_hex(4)}"
    pieces = parts.split(text.encode(), 1)
    expires = int((now + KEPT).timestamp())
    table.write([
        [Put(Item(_part(account_id, id_, no), piece, expires_at=expires))] for no, piece in enumerate(pieces)
    ])
    head = Item(Key(_line(account_id), id_), msgspec.json.encode(_Head(len(pieces))), expires_at=expires)
    table.write([[Put(head)]])


def anybody(table: Table, account_id: str) -> bool:
    return bool(table.query(ItemQuery(_line(account_id), limit=1)))


def put_back(table: Table, queue: Queue, account_id: str, now: datetime) -> bool:
    """Put one of the oldest back into the queue; False if there is none that nobody else is putting back."""
    at = now.timestamp()
    items = table.query(ItemQuery(_line(account_id), limit=_LOOK))
    for item in random.sample(items, len(items)):
        head = _head.decode(item.body)
        claimed = msgspec.json.encode(_Head(head.parts, at + _CLAIM_S))
        claim = Put(Item(item.key, claimed, expires_at=item.expires_at), item.version)
        if head.claimed_until <= at and table.write([[claim]])[0]:
            keys = [_part(account_id, item.key.sk, no) for no in range(head.parts)]
            if (found := parts.joined(table.get(keys))) is not None:
                queue.send([found.decode()])
            table.write([[Delete(key)] for key in (item.key, *keys)])
            return True
    return False


def set_alarm(table: Table, account_id: str, now: datetime, in_s: float) -> bool:
    """Is it up to the caller to come back in `in_s`? False if somebody else is going to, before then."""
    key = Key(f"{account_id}#function-waiting-alarm", "alarm")
    item = table.get([key])[0]
    if item is not None and _alarm.decode(item.body).at > now.timestamp():
        return False
    at = now.timestamp() + in_s - 1  # never after the caller is back
    body = msgspec.json.encode(_Alarm(at))
    fresh = Item(key, body, expires_at=int(at) + int(KEPT.total_seconds()))
    return table.write([[Put(fresh, 0 if item is None else item.version)]])[0]


def _line(account_id: str) -> str:
    return f"{account_id}#function-waiting"


def _part(account_id: str, id_: str, no: int) -> Key:
    return Key(f"{account_id}#function-waiting-text#{id_}", f"{no:02d}")
