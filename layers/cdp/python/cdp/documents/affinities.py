"""What was learned of products: what their buyers buy later, and when they come back (SPEC §12.4).

A learning is one generation: a head, and documents that hold the products whose names fall into them, so that looking
up some products reads some documents however large the catalog is. A new generation takes the place of the old one
when its head is written; the documents of the old one stay until the generation after, for whoever is just reading
them.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from cdp.ports import Delete, Item, ItemQuery, Key, Put, Table

PER_SHARD, PER_CHUNK = 50, 2_000  # products of a document: some tens of kilobytes when packed
_AT_ONCE = 50  # documents that are read or written together


class Habit(msgspec.Struct, frozen=True, array_like=True):
    """A product. `later`: product -> how strongly its buyers turn to it, whole numbers that can be added up; itself
    among them if they come back for it. `customers`: how many of its buyers ordered again after their first order with
    it (0: too few), `peers`: of the buyers of its category; `days`: after how many days, in the middle, the former, else
    the latter. `title`: as orders name it, where there is no catalog."""

    later: dict[str, int] = {}
    customers: int = 0
    peers: int = 0
    days: float | None = None
    title: str | None = None


class Head(msgspec.Struct, frozen=True):
    """`days`: as of a product, over everything. `bestsellers` by pieces, the best first; `stocked`: is there a catalog,
    whose items alone may be recommended? `as_of` is UTC: what was learned from. `shards` and `chunks`: documents."""

    as_of: datetime
    days: float | None
    bestsellers: tuple[str, ...]
    stocked: bool
    generation: int = 0
    shards: int = 0
    chunks: int = 0


class Shard(msgspec.Struct, frozen=True, array_like=True):
    """`names`: what else orders call a product -> the product; titles stand behind `TITLE`."""

    habits: dict[str, Habit] = {}
    names: dict[str, str] = {}


TITLE = "\x1f"
_heads = msgspec.json.Decoder(Head)
_shards = msgspec.msgpack.Decoder(Shard)
_chunks = msgspec.msgpack.Decoder(list[str])


def head(table: Table, account_id: str) -> Head | None:
    """None: nothing has been learned yet."""
    item = table.get([_head_key(account_id)])[0]
    return None if item is None else _heads.decode(item.body)


def look_up(table: Table, account_id: str, of: Head, names: Iterable[str]) -> Iterator[Shard]:
    """What is known under these names, a shard at a time."""
    wanted: dict[int, set[str]] = defaultdict(set)
    for name in names:
        if of.shards:
            wanted[_place(name, of.shards)].add(name)
    numbers = sorted(wanted)
    for start in range(0, len(numbers), _AT_ONCE):
        some = numbers[start : start + _AT_ONCE]
        items = table.get([_key(account_id, of.generation, f"s{n:06d}") for n in some])
        for n, item in zip(some, items, strict=True):
            if item is not None:
                shard = _shards.decode(zlib.decompress(item.body))
                yield Shard(
                    {name: shard.habits[name] for name in wanted[n] if name in shard.habits},
                    {name: shard.names[name] for name in wanted[n] if name in shard.names},
                )


def closed(table: Table, account_id: str, of: Head) -> frozenset[str]:
    """Products that were not to be sold, or are excluded."""
    keys = [_key(account_id, of.generation, f"c{n:06d}") for n in range(of.chunks)]
    found = [item for start in range(0, len(keys), _AT_ONCE) for item in table.get(keys[start : start + _AT_ONCE])]
    return frozenset(name for item in found if item is not None for name in _chunks.decode(zlib.decompress(item.body)))


def save(
    table: Table, account_id: str, of: Head, habits: Mapping[str, Habit], names: Mapping[str, str], shut: Sequence[str]
) -> Head:
    """Make this the newest generation."""
    held = head(table, account_id)
    generation = 1 if held is None else held.generation + 1
    count = -(-max(len(habits), len(names) // 4) // PER_SHARD)
    shards = [Shard({}, {}) for _ in range(count)]
    for item, habit in habits.items():
        shards[_place(item, count)].habits[item] = habit
    for name, item in names.items():
        shards[_place(name, count)].names[name] = item
    parts = [shut[start : start + PER_CHUNK] for start in range(0, len(shut), PER_CHUNK)]
    documents: list[tuple[str, object]] = [(f"s{n:06d}", shard) for n, shard in enumerate(shards)]
    documents += [(f"c{n:06d}", part) for n, part in enumerate(parts)]
    for start in range(0, len(documents), _AT_ONCE):
        some = documents[start : start + _AT_ONCE]
        table.write([[Put(_packed(_key(account_id, generation, sk), what))] for sk, what in some])
    made = msgspec.structs.replace(of, generation=generation, shards=count, chunks=len(parts))
    table.write([[Put(Item(_head_key(account_id), msgspec.json.encode(made)))]])
    _forget(table, account_id, generation - 2)
    return made


def _forget(table: Table, account_id: str, generation: int) -> None:
    query = ItemQuery(_partition(account_id, generation), limit=_AT_ONCE)
    while found := table.query(query):
        table.write([[Delete(item.key)] for item in found])


def _packed(key: Key, what: object) -> Item:
    return Item(key, zlib.compress(msgspec.msgpack.encode(what), 6))


def _place(name: str, shards: int) -> int:
    return zlib.crc32(name.encode()) % shards


def _partition(account_id: str, generation: int) -> str:
    return f"{account_id}#affinities#{generation}"


def _key(account_id: str, generation: int, sk: str) -> Key:
    return Key(_partition(account_id, generation), sk)


def _head_key(account_id: str) -> Key:
    return Key(f"{account_id}#affinities", "head")
