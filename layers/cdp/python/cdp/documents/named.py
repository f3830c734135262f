"""An account's named things: its lists, segments, tags. One partition a kind, and an index for every order.

In the order by id the items stand themselves; g1 orders them by created, g2 by name, g3 by updated. A kind may
use g4 for an order of its own.

Where a name is one thing's alone, or an account has so many of a kind at most, a write also moves the kind's *marker*,
which was read before the things were looked at: two writers cannot both find a name free, or room for the last one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple, Protocol, TypeVar

import msgspec

from cdp.ports import Delete, Item, ItemQuery, Key, Put, Table

ORDERS: Mapping[str, str | None] = {"id": None, "created": "g1", "name": "g2", "updated": "g3"}
_PAGE = 1000
_ID_CHARS = 64
_NAME_CHARS = 200  # of a name count in its order: a sort key has at most 1024 bytes
_END = "\x1f"  # of a sort key's first part; sorts before every letter


class Thing(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def created(self) -> datetime: ...

    @property
    def updated(self) -> datetime: ...


T = TypeVar("T", bound=Thing)
Index = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Stored(Generic[T]):
    """A thing as it was read; `version` is the table's, for a conditional write."""

    thing: T
    version: int


class Shelf(NamedTuple, Generic[T]):
    """All things of a kind by id, and the marker's version before they were read."""

    things: Mapping[str, Stored[T]]
    marker: int


class Place(NamedTuple):
    """Where a thing stands in an order: its sort key there, and its id."""

    key: str
    id: str


class Collection(Generic[T]):
    """The things of one kind. `own` gives (partition, sort key) in g4, where the kind has such an order.

    `own_order` names a field by which g4 orders the things of a kind instead. `orders`: field -> index.
    """

    def __init__(
        self,
        kind: str,
        type_: type[T],
        own: Callable[[str, T], Index | None] | None = None,
        own_order: str | None = None,
    ) -> None:
        self._kind = kind
        self._decoder = msgspec.json.Decoder(type_)
        self._own = own
        self.orders = ORDERS if own_order is None else {**ORDERS, own_order: "g4"}

    def get(self, table: Table, account_id: str, id_: str) -> Stored[T] | None:
        return self.get_many(table, account_id, [id_])[0]

    def get_many(self, table: Table, account_id: str, ids: Sequence[str]) -> list[Stored[T] | None]:
        """In the order of `ids`; None for those that do not exist."""
        keys = {id_: self._key(account_id, id_) for id_ in ids if 0 < len(id_) <= _ID_CHARS}  # else no key at all
        items = dict(zip(keys, table.get(list(keys.values())), strict=True))
        found = (items.get(id_) for id_ in ids)
        return [None if item is None else self._stored(item) for item in found]

    def put(self, account_id: str, thing: T, version: int) -> Put:
        """The write of a new (version 0) or changed thing, for a transaction."""
        partition = self._partition(account_id)
        indexes = {index: (partition, place(thing, field).key) for field, index in self.orders.items() if index}
        if self._own is not None and (own := self._own(account_id, thing)) is not None:
            indexes["g4"] = own
        return Put(Item(self._key(account_id, thing.id), msgspec.json.encode(thing), indexes), version)

    def touch(self, account_id: str, stored: Stored[T]) -> Put:
        """A write that changes nothing, but holds only while the thing is as it was read."""
        item = Item(self._key(account_id, stored.thing.id), msgspec.json.encode(stored.thing))
        return Put(item, stored.version, keep_indexes=True)

    def delete(self, account_id: str, stored: Stored[T]) -> Delete:
        return Delete(self._key(account_id, stored.thing.id), stored.version)

    def shelf(self, table: Table, account_id: str) -> Shelf[T]:
        """What a write looks at that moves the marker."""
        marker = table.get([self._marker(account_id)])[0]
        found = {stored.thing.id: stored for stored in self.all(table, account_id)}
        return Shelf(found, 0 if marker is None else marker.version)

    def marking(self, account_id: str, seen: Shelf[T]) -> Put:
        """The part of a transaction that moves the marker; it holds only if nobody has moved it since."""
        return Put(Item(self._marker(account_id), b"{}"), seen.marker)

    def page(
        self,
        table: Table,
        account_id: str,
        field: str,
        *,
        low: str | None = None,
        high: str | None = None,
        descending: bool = False,
        limit: int = 100,
        after: Place | None = None,
    ) -> list[Stored[T]]:
        """At most `limit` things in the order by `field`, with low <= sort key < high, behind `after`."""
        partition = self._partition(account_id)
        position = None if after is None else (after.key, *self._key(account_id, after.id))
        query = ItemQuery(partition, self.orders[field], low, high, descending, limit, position)
        return [self._stored(item) for item in table.query(query)]

    def all(self, table: Table, account_id: str) -> Iterator[Stored[T]]:
        """Everything, by id."""
        after: Place | None = None
        while page := self.page(table, account_id, "id", limit=_PAGE, after=after):
            yield from page
            after = place(page[-1].thing, "id")

    def called(self, table: Table, account_id: str, name: str) -> list[Stored[T]]:
        """Those with exactly this name."""
        start = name[:_NAME_CHARS] + _END
        found: list[Stored[T]] = []
        after: Place | None = None
        while page := self.page(
            table, account_id, "name", low=start, high=start + "\x7f", limit=_PAGE, after=after
        ):
            found += (stored for stored in page if stored.thing.name == name)
            after = place(page[-1].thing, "name")
        return found

    def in_own_order(self, table: Table, partition: str) -> list[Stored[T]]:
        """Everything of one partition of g4."""
        found: list[Stored[T]] = []
        query = ItemQuery(partition, "g4", limit=_PAGE)
        while items := table.query(query):
            found += map(self._stored, items)
            last = items[-1]
            query = ItemQuery(partition, "g4", limit=_PAGE, after=(last.indexes["g4"][1], *last.key))
        return found

    def _stored(self, item: Item) -> Stored[T]:
        return Stored(self._decoder.decode(item.body), item.version)

    def _partition(self, account_id: str) -> str:
        return f"{account_id}#{self._kind}"

    def _key(self, account_id: str, id_: str) -> Key:
        return Key(self._partition(account_id), id_)

    def _marker(self, account_id: str) -> Key:
        return Key(f"{account_id}#{self._kind}-marker", "marker")


def place(thing: Thing, field: str) -> Place:
    """Where the thing stands in the order by `field`; one that has no value there stands before the others."""
    if field == "id":
        return Place(thing.id, thing.id)
    value = getattr(thing, field) or ""
    first = moment(value) if isinstance(value, datetime) else str(value)[:_NAME_CHARS]
    return Place(f"{first}{_END}{thing.id}", thing.id)


def moment(at: datetime) -> str:
    """A time as the beginning of a sort key, also as a bound."""
    return at.isoformat(timespec="microseconds")
