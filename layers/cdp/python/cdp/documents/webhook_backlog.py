"""What waits to be delivered to a webhook, and what never could be (SPEC §15).

One item an entry (cdp.webhooks.delivery), sorted by when the event came in: that order is the order of delivery. Writing
an entry that waits already changes nothing. Entries are compressed, long ones in parts: its first item is
written after the others, so whoever sees it sees all.

The entries of a disabled webhook go to the dead letters, in another partition under the same keys, for seven days.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from cdp.jsonapi.times import epoch_us
from cdp.ports import Delete, Item, ItemQuery, Key, Put, Table

DEAD_FOR = timedelta(days=7)
WAITS_FOR = timedelta(days=10)  # longer than a webhook can be in error
_PLAIN_BYTES, _PART_BYTES = 1_000, 300_000
_COMPRESSED = b"\x01"  # then the number of items as one byte, then the first part
_FIRST_PAGE, _PAGE = 64, 1000
_PART = "~"  # between an entry's key and a part's number; sorts behind all that stands in keys


class New(NamedTuple):
    """An entry for a webhook's backlog."""

    webhook_id: str
    key: str
    entry: bytes


class Waiting(NamedTuple):
    """An entry in a backlog, or among the dead letters. `items`: of how many it consists; `expires_at` in epoch seconds."""

    key: str
    entry: bytes
    items: int
    expires_at: int

    @property
    def died_at_s(self) -> int:
        """Of a dead letter, epoch seconds."""
        return self.expires_at - int(DEAD_FOR.total_seconds())


def sort_key(received_at: datetime, position: int, id_: str) -> str:
    """The place of an event in the order: when it came in, where in its batch, and its id."""
    return f"{epoch_us(received_at):017d}.{position:07d}.{id_}"


def put(table: Table, account_id: str, entries: Iterable[New], now: datetime) -> None:
    """Durable on return; safe to repeat."""
    expires_at = int((now + WAITS_FOR).timestamp())
    made = [_items(_waiting(account_id, new.webhook_id), new.key, new.entry, expires_at) for new in entries]
    _write(table, [[Put(item, 0)] for items in made for item in items[1:]])
    _write(table, [[Put(items[0], 0)] for items in made])


def read(
    table: Table, account_id: str, webhook_id: str, *, most: int, most_bytes: int,
    until: str | None = None, after: str | None = None,
) -> list[Waiting]:  # fmt: skip
    """The first entries: at most `most`, and `most_bytes` but for one that is longer; behind the key `after`, up to
    `until`."""
    found: list[Waiting] = []
    size = 0
    for waiting in _entries(table, _waiting(account_id, webhook_id), most, after):
        size += len(waiting.entry)
        if (until is not None and waiting.key > until) or (found and size > most_bytes):
            break
        found.append(waiting)
        if len(found) >= most:
            break
    return found


def is_more(table: Table, account_id: str, webhook_id: str, after: str) -> bool:
    """Does anything wait behind this key?"""
    query = ItemQuery(_waiting(account_id, webhook_id), low=_behind(after), limit=1)
    return bool(table.query(query))


def count(table: Table, account_id: str, webhook_id: str, most: int) -> int:
    """How many wait, counted up to `most`."""
    items = table.query(ItemQuery(_waiting(account_id, webhook_id), limit=most))
    return sum(_PART not in item.key.sk for item in items)


def deletes(account_id: str, webhook_id: str, entries: Iterable[Waiting]) -> list[Delete]:
    """The writes that take entries out of the backlog."""
    partition = _waiting(account_id, webhook_id)
    return [Delete(key) for waiting in entries for key in _keys(partition, waiting)]


# ---------------------------------------------------------------- dead letters


def bury(table: Table, account_id: str, webhook_id: str, now: datetime, most: int = _PAGE) -> bool:
    """Move what waits to the dead letters, at most `most` entries; False if nothing is left."""
    partition = _waiting(account_id, webhook_id)
    found = _first(table, partition, most)
    _move(table, found, partition, _dead(account_id, webhook_id), int((now + DEAD_FOR).timestamp()))
    return len(found) == most


def dead(table: Table, account_id: str, webhook_id: str, *, limit: int, after: str | None = None) -> list[Waiting]:
    """At most `limit` dead letters in the order of the events, behind the key `after`."""
    return list(islice(_entries(table, _dead(account_id, webhook_id), limit, after), limit))


def replay(table: Table, account_id: str, webhook_id: str, keys: Sequence[str], now: datetime) -> int:
    """Put the dead letters with these keys back into the backlog, in their old places; how many there were."""
    partition = _dead(account_id, webhook_id)
    items = table.get([Key(partition, key) for key in dict.fromkeys(keys) if key and _PART not in key])
    found = [whole for item in items if item is not None and (whole := _whole(table, item)) is not None]
    return _revive(table, account_id, webhook_id, found, now)


def replay_some(table: Table, account_id: str, webhook_id: str, now: datetime, most: int = _PAGE) -> int:
    """Put the first dead letters back into the backlog, at most `most`; how many there were."""
    return _revive(table, account_id, webhook_id, _first(table, _dead(account_id, webhook_id), most), now)


def clear(table: Table, account_id: str, webhook_id: str, most: int = _PAGE) -> bool:
    """Remove what waits and what is dead, at most `most` entries of each; False if nothing is left."""
    left = False
    for partition in (_waiting(account_id, webhook_id), _dead(account_id, webhook_id)):
        items = table.query(ItemQuery(partition, limit=most))
        _write(table, [[Delete(item.key)] for item in items])
        left = left or len(items) == most
    return left


def forget(table: Table, account_id: str, webhook_id: str, name: str) -> int:
    """Remove what waits and what is dead if it names somebody who is erased; how many entries. Reads all of them:
    an index would be written with every event, and few backlogs are long."""
    count = 0
    for partition in (_waiting(account_id, webhook_id), _dead(account_id, webhook_id)):
        for waiting in _entries(table, partition, _PAGE):
            if name.encode() in waiting.entry:
                _write(table, [[Delete(key)] for key in _keys(partition, waiting)])
                count += 1
    return count


def _revive(table: Table, account_id: str, webhook_id: str, found: Sequence[Waiting], now: datetime) -> int:
    target = _waiting(account_id, webhook_id)
    _move(table, found, _dead(account_id, webhook_id), target, int((now + WAITS_FOR).timestamp()))
    return len(found)


def _move(table: Table, entries: Sequence[Waiting], source: str, target: str, expires_at: int) -> None:
    """There before it is gone here: what fails half-way is in both, under the same key."""
    made = [_items(target, waiting.key, waiting.entry, expires_at) for waiting in entries]
    _write(table, [[Put(item)] for items in made for item in items[1:]])
    _write(table, [[Put(items[0])] for items in made])
    _write(table, [[Delete(key)] for waiting in entries for key in _keys(source, waiting)])


# ---------------------------------------------------------------- items


def _waiting(account_id: str, webhook_id: str) -> str:
    return f"{account_id}#webhook-backlog#{webhook_id}"


def _dead(account_id: str, webhook_id: str) -> str:
    return f"{account_id}#webhook-dead#{webhook_id}"


def _items(partition: str, key: str, entry: bytes, expires_at: int) -> list[Item]:
    if len(entry) <= _PLAIN_BYTES:
        return [Item(Key(partition, key), entry, expires_at=expires_at)]
    packed = zlib.compress(entry, 1)
    parts = [packed[i : i + _PART_BYTES] for i in range(0, len(packed), _PART_BYTES)]
    first = Item(Key(partition, key), _COMPRESSED + bytes([len(parts)]) + parts[0], expires_at=expires_at)
    rest = [Item(_part_key(partition, key, no), part, expires_at=expires_at) for no, part in enumerate(parts) if no]
    return [first, *rest]


def _part_key(partition: str, key: str, no: int) -> Key:
    return Key(partition, f"{key}{_PART}{no:02d}")


def _keys(partition: str, waiting: Waiting) -> Iterator[Key]:
    yield Key(partition, waiting.key)
    yield from (_part_key(partition, waiting.key, no) for no in range(1, waiting.items))


def _behind(key: str) -> str:
    """The least sort key behind an entry and its parts."""
    return f"{key}{_PART}{_PART}"


def _first(table: Table, partition: str, most: int) -> list[Waiting]:
    return list(islice(_entries(table, partition, most), most))


def _entries(table: Table, partition: str, most: int, after: str | None = None) -> Iterator[Waiting]:
    """Entries in order, read in pages that grow: most backlogs are short. Parts without a first one are no entry."""
    low = None if after is None else _behind(after)
    size = min(most, _FIRST_PAGE)
    while True:
        page = table.query(ItemQuery(partition, low=low, limit=size))
        for item in page:
            if _PART not in item.key.sk and (whole := _whole(table, item)) is not None:
                yield whole
        if len(page) < size:
            return
        low, size = f"{page[-1].key.sk}\x00", _PAGE


def _whole(table: Table, item: Item) -> Waiting | None:
    """None if somebody is removing it just now."""
    body, items = item.body, 1
    if body.startswith(_COMPRESSED):
        items = body[1]
        rest = table.get([_part_key(item.key.pk, item.key.sk, no) for no in range(1, items)]) if items > 1 else []
        parts = [part.body for part in rest if part is not None]
        if len(parts) < items - 1:
            return None
        body = zlib.decompress(body[2:] + b"".join(parts))
    return Waiting(item.key.sk, body, items, item.expires_at or 0)


def _write(table: Table, transactions: Sequence[Sequence[Put | Delete]]) -> None:
    if transactions:
        table.write(transactions)
