"""Which items are in which categories.

A link stands in the partition of its item, and in the order of either end: g1 holds the items of a category, g2
the categories of an item, both by creation. The index partitions name the moment when their owner was made: to a
category that was deleted and made again nothing of the old one leads, though its links may go a little later.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from cdp.documents.catalog_things import place_at, placed_id
from cdp.ports import Delete, Item, ItemQuery, Key, Put, Table

_PAGE = 1000
_IN = "in#"
_AFTER_IN = "in$"


class End(Protocol):
    """An item or a category."""

    @property
    def external_id(self) -> str: ...

    @property
    def created(self) -> datetime: ...


class Link(msgspec.Struct, frozen=True, array_like=True):
    """`item_at`, `category_at`: the places of the two ends (catalog_things.place)."""

    item_at: str
    category_at: str


_link = msgspec.json.Decoder(Link)


def put(account_id: str, item: End, category: End) -> Put:
    """The write that puts the item into the category."""
    link = Link(_at(item), _at(category))
    indexes = {
        "g1": (_items_of(account_id, link.category_at), link.item_at),
        "g2": (_categories_of(account_id, link.item_at), link.category_at),
    }
    return Put(Item(_key(account_id, item.external_id, category.external_id), msgspec.json.encode(link), indexes))


def delete(account_id: str, item_id: str, category_id: str) -> Delete:
    return Delete(_key(account_id, item_id, category_id))


def linked(table: Table, account_id: str, pairs: Sequence[tuple[str, str]]) -> list[bool]:
    """Is the item in the category, for the places of every (item, category)?"""
    keys = [_key(account_id, placed_id(item_at), placed_id(category_at)) for item_at, category_at in pairs]
    return [
        found is not None and _link.decode(found.body) == Link(*pair)
        for found, pair in zip(table.get(keys), pairs, strict=True)
    ]


def items_page(
    table: Table, account_id: str, category: End, *, descending: bool, limit: int, after: str | None
) -> list[str]:
    """Places of at most `limit` items of the category, behind the place `after`."""
    at = _at(category)
    position = None if after is None else (after, *_key(account_id, placed_id(after), category.external_id))
    query = ItemQuery(_items_of(account_id, at), "g1", descending=descending, limit=limit, after=position)
    return [_link.decode(found.body).item_at for found in table.query(query)]


def categories_page(
    table: Table, account_id: str, item: End, *, descending: bool, limit: int, after: str | None
) -> list[str]:
    """Places of at most `limit` categories of the item, behind the place `after`."""
    at = _at(item)
    position = None if after is None else (after, *_key(account_id, item.external_id, placed_id(after)))
    query = ItemQuery(_categories_of(account_id, at), "g2", descending=descending, limit=limit, after=position)
    return [_link.decode(found.body).category_at for found in table.query(query)]


def items_in(table: Table, account_id: str, category: End) -> Iterator[str]:
    """Places of the category's items, the oldest item first."""
    after: str | None = None
    while page := items_page(table, account_id, category, descending=False, limit=_PAGE, after=after):
        yield from page
        after = page[-1]


def categories_of(table: Table, account_id: str, item: End) -> Iterator[str]:
    """Places of the item's categories, the oldest category first; also of some that were deleted."""
    after: str | None = None
    while page := categories_page(table, account_id, item, descending=False, limit=_PAGE, after=after):
        yield from page
        after = page[-1]


def forget_item(table: Table, account_id: str, item_id: str) -> None:
    """Take an item that is being deleted out of every category."""
    partition = _key(account_id, item_id, "").pk
    while found := table.query(ItemQuery(partition, low=_IN, high=_AFTER_IN, limit=_PAGE)):
        _delete(table, found)


def forget_category(table: Table, account_id: str, category: End, most: int) -> bool:
    """Remove at most `most` links of a category that was deleted; False if there may be more."""
    partition = _items_of(account_id, _at(category))
    found = table.query(ItemQuery(partition, "g1", limit=most))
    _delete(table, found)  # but for one that was made again meanwhile, with the new category of that name
    return len(found) < most


def _delete(table: Table, found: Sequence[Item]) -> None:
    deletes = [Delete(one.key, one.version) for one in found]
    table.write([[one] for one in deletes])


def _at(end: End) -> str:
    return place_at(end.created, end.external_id)


def _key(account_id: str, item_id: str, category_id: str) -> Key:
    return Key(f"{account_id}#catalog-item#{item_id}", f"{_IN}{category_id}")


def _items_of(account_id: str, category_at: str) -> str:
    return f"{account_id}#catalog-in#{category_at}"


def _categories_of(account_id: str, item_at: str) -> str:
    return f"{account_id}#catalog-of#{item_at}"
