"""The catalog (SPEC §12.1): what other rooms read of a shop's items, their variants and their categories.

Things are named here by the shop's own ids (`external_id`), as events name products; the compound ids of the API
are made at its edge (cdp/resources/catalog.py). The room `catalog` is the only writer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from cdp.documents.catalog_links import categories_of, items_in
from cdp.documents.catalog_things import Entry, Stored, Things, place, placed_id
from cdp.ports import Table

__all__ = [
    "CATEGORIES",
    "ITEMS",
    "NO_METADATA",
    "VARIANTS",
    "CatalogCategory",
    "CatalogItem",
    "CatalogVariant",
    "CategoryItems",
    "Stored",
    "all_categories",
    "all_items",
    "all_variants",
    "available",
    "categories",
    "category_ids",
    "item",
    "items",
    "variants",
]
NO_METADATA = msgspec.Raw(b"null")
_HIDDEN_WHEN_OUT = 1  # the inventory policy that hides what is out of stock


class CatalogItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """A product. `price` is in the account's currency; `custom_metadata` is a JSON object or null; times are UTC.

    `variants`: the external ids of its variants, each with whether it can be sold (`CatalogVariant.sellable`).
    """

    external_id: str
    title: str
    description: str
    url: str
    created: datetime
    updated: datetime
    price: int | float | None = None
    image_full_url: str | None = None
    image_thumbnail_url: str | None = None
    images: tuple[str, ...] = ()
    custom_metadata: msgspec.Raw = NO_METADATA
    published: bool = True
    variants: dict[str, bool] = {}

    @property
    def entry(self) -> Entry:
        return Entry(self.external_id, self.title, self.published)


class CatalogVariant(msgspec.Struct, frozen=True, omit_defaults=True):
    """A version of an item: a size, a colour. `item_id` is the item's external id.

    `inventory_policy`: 0 and 2 show it always, 1 hides it when it is out of stock.
    """

    external_id: str
    item_id: str
    title: str
    description: str
    sku: str
    url: str
    price: int | float
    inventory_quantity: int | float
    created: datetime
    updated: datetime
    inventory_policy: int = 0
    image_full_url: str | None = None
    image_thumbnail_url: str | None = None
    images: tuple[str, ...] = ()
    custom_metadata: msgspec.Raw = NO_METADATA
    published: bool = True

    @property
    def entry(self) -> Entry:
        return Entry(self.external_id, self.title, self.published, self.sku, self.item_id)

    @property
    def sellable(self) -> bool:
        return self.inventory_policy != _HIDDEN_WHEN_OUT or self.inventory_quantity > 0


class CatalogCategory(msgspec.Struct, frozen=True):
    external_id: str
    name: str
    created: datetime
    updated: datetime

    @property
    def entry(self) -> Entry:
        return Entry(self.external_id, self.name)


class CategoryItems(NamedTuple):
    """A category and the external ids of its items, the oldest item first."""

    category: CatalogCategory
    item_ids: list[str]


ITEMS: Things[CatalogItem] = Things("item", CatalogItem)
VARIANTS: Things[CatalogVariant] = Things("variant", CatalogVariant)
CATEGORIES: Things[CatalogCategory] = Things("category", CatalogCategory)


def item(table: Table, account_id: str, external_id: str) -> CatalogItem | None:
    return items(table, account_id, [external_id])[0]


def items(table: Table, account_id: str, external_ids: Sequence[str]) -> list[CatalogItem | None]:
    """In the order of the ids; None for those that the catalog does not have."""
    return [None if one is None else one.thing for one in ITEMS.get_many(table, account_id, external_ids)]


def variants(table: Table, account_id: str, external_ids: Sequence[str]) -> list[CatalogVariant | None]:
    """In the order of the ids; None for those that the catalog does not have."""
    return [None if one is None else one.thing for one in VARIANTS.get_many(table, account_id, external_ids)]


def categories(table: Table, account_id: str, external_ids: Sequence[str]) -> list[CatalogCategory | None]:
    """In the order of the ids; None for those that the catalog does not have."""
    return [None if one is None else one.thing for one in CATEGORIES.get_many(table, account_id, external_ids)]


def all_items(table: Table, account_id: str) -> Iterator[CatalogItem]:
    """Every item, the oldest first."""
    return ITEMS.all(table, account_id)


def all_variants(table: Table, account_id: str) -> Iterator[CatalogVariant]:
    """Every variant, the oldest first."""
    return VARIANTS.all(table, account_id)


def all_categories(table: Table, account_id: str) -> Iterator[CategoryItems]:
    """Every category, the oldest first. An item that was deleted this moment may still be named."""
    for category in CATEGORIES.all(table, account_id):
        yield CategoryItems(category, list(map(placed_id, items_in(table, account_id, category))))


def category_ids(table: Table, account_id: str, of: CatalogItem) -> list[str]:
    """External ids of the categories that an item is in, the oldest category first."""
    linked = list(categories_of(table, account_id, of))
    known = categories(table, account_id, list(map(placed_id, linked)))
    return [
        one.external_id for at, one in zip(linked, known, strict=True) if one is not None and place(one) == at
    ]


def available(of: CatalogItem) -> bool:
    """Can it be bought now (SPEC §12.4)? Not if it is unpublished, or each of its variants is out of stock and
    hidden then. An item without variants has no stock to run out of."""
    return of.published and (not of.variants or any(of.variants.values()))
