"""How items, variants and categories of a catalog are kept: a document, and an entry that listings go through.

The document stands in a partition of its own. The entry stands in one partition with all others of its kind, in
the order in which they were made, and holds the little that filters look at: a search through a hundred thousand
titles reads these lines, not the documents. g1 orders entries of one `published`, g2 those of one `sku`, g3 those
of one item. Both are written in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple, Protocol, TypeVar

import msgspec

from cdp.ports import Delete, Item, ItemQuery, Key, Put, Table

DOCUMENT = "document"
_PAGE = 1000
_SKU_CHARS = 200  # of a sku count in its order: a partition key has at most 2048 bytes
_END = "\x1f"  # of a moment in a sort key
MAX_ID_CHARS, MAX_ID_BYTES = 255, 900  # a sort key has at most 1024 bytes


class Entry(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """What listings see of a thing. `title`: the name of a category."""

    external_id: str
    title: str
    published: bool = True
    sku: str = ""
    item_id: str = ""


class Thing(Protocol):
    @property
    def external_id(self) -> str: ...

    @property
    def created(self) -> datetime: ...

    @property
    def entry(self) -> Entry: ...


T = TypeVar("T", bound=Thing)
_entry = msgspec.json.Decoder(Entry)


@dataclass(frozen=True, slots=True)
class Stored(Generic[T]):
    """A thing as it was read; `version` is the table's, for a conditional write."""

    thing: T
    version: int


class Placed(NamedTuple):
    """An entry and its place in the order by creation (`place`)."""

    place: str
    entry: Entry


def place(thing: Thing) -> str:
    """Where a thing stands among the others: by creation, then by id."""
    return place_at(thing.created, thing.external_id)


def place_at(created: datetime, external_id: str) -> str:
    return f"{created.isoformat(timespec='microseconds')}{_END}{external_id}"


def placed_id(at: str) -> str:
    """The external id in a place."""
    return at.partition(_END)[2]


class Things(Generic[T]):
    """The things of one kind of an account's catalog."""

    def __init__(self, kind: str, type_: type[T]) -> None:
        self.kind = kind
        self._decoder = msgspec.json.Decoder(type_)

    def get(self, table: Table, account_id: str, id_: str) -> Stored[T] | None:
        return self.get_many(table, account_id, [id_])[0]

    def get_many(self, table: Table, account_id: str, ids: Sequence[str]) -> list[Stored[T] | None]:
        """In the order of `ids`; None for those that do not exist."""
        keys = {id_: self.key(account_id, id_) for id_ in ids if possible(id_)}
        found = dict(zip(keys, table.get(list(keys.values())), strict=True))
        stored = (found.get(id_) for id_ in ids)
        return [None if one is None else Stored(self._decoder.decode(one.body), one.version) for one in stored]

    def put(self, account_id: str, thing: T, version: int) -> list[Put | Delete]:
        """The writes of a new (version 0) or changed thing, for a transaction."""
        document = Item(self.key(account_id, thing.external_id), msgspec.json.encode(thing))
        entry = Item(
            Key(self._partition(account_id), place(thing)),
            msgspec.json.encode(thing.entry),
            self._indexes(account_id, thing.entry, place(thing)),
        )
        return [Put(document, version), Put(entry)]

    def put_document(self, account_id: str, thing: T, version: int) -> Put:
        """The write of a thing of which listings see nothing new."""
        return Put(Item(self.key(account_id, thing.external_id), msgspec.json.encode(thing)), version)

    def delete(self, account_id: str, stored: Stored[T]) -> list[Put | Delete]:
        """The writes, for a transaction."""
        key = self.key(account_id, stored.thing.external_id)
        return [Delete(key, stored.version), Delete(Key(self._partition(account_id), place(stored.thing)))]

    def page(
        self,
        table: Table,
        account_id: str,
        *,
        published: bool | None = None,
        sku: str | None = None,
        item_id: str | None = None,
        descending: bool = False,
        limit: int = _PAGE,
        after: str | None = None,
    ) -> list[Placed]:
        """At most `limit` entries behind the place `after`; of at most one `published`, `sku` or `item_id`."""
        partition, index = self._partition(account_id), None
        if sku is not None:
            index, wanted = "g2", self._of_sku(account_id, sku)
        elif item_id is not None:
            index, wanted = "g3", self._of_item(account_id, item_id)
        elif published is not None:
            index, wanted = "g1", self._of_published(account_id, published)
        position = None if after is None else (after, partition, after)
        query = ItemQuery(
            wanted if index else partition, index, descending=descending, limit=limit, after=position
        )
        return [Placed(found.key.sk, _entry.decode(found.body)) for found in table.query(query)]

    def all(self, table: Table, account_id: str) -> Iterator[T]:
        """Everything, the oldest first, read page by page."""
        after: str | None = None
        while page := self.page(table, account_id, after=after):
            ids = [one.entry.external_id for one in page]
            yield from (one.thing for one in self.get_many(table, account_id, ids) if one is not None)
            after = page[-1].place

    def key(self, account_id: str, id_: str) -> Key:
        return Key(f"{account_id}#catalog-{self.kind}#{id_}", DOCUMENT)

    def _partition(self, account_id: str) -> str:
        return f"{account_id}#catalog-{self.kind}s"

    def _indexes(self, account_id: str, entry: Entry, at: str) -> dict[str, tuple[str, str]]:
        indexes = {"g1": (self._of_published(account_id, entry.published), at)}
        if entry.sku:
            indexes["g2"] = (self._of_sku(account_id, entry.sku), at)
        if entry.item_id:
            indexes["g3"] = (self._of_item(account_id, entry.item_id), at)
        return indexes

    def _of_published(self, account_id: str, published: bool) -> str:
        return f"{self._partition(account_id)}#{'published' if published else 'unpublished'}"

    def _of_sku(self, account_id: str, sku: str) -> str:
        return f"{self._partition(account_id)}#sku#{sku[:_SKU_CHARS]}"

    def _of_item(self, account_id: str, item_id: str) -> str:
        return f"{self._partition(account_id)}#item#{item_id}"


def possible(external_id: str) -> bool:
    """Can a thing have this id? It is part of sort keys, whose bytes are few."""
    return (
        0 < len(external_id) <= MAX_ID_CHARS
        and len(external_id.encode()) <= MAX_ID_BYTES
        and all(character >= " " for character in external_id)
    )
