"""How the things of a kind belong to one of another kind: items to categories, variants to an item."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from cdp.documents import catalog_links as links
from cdp.documents.catalog import CATEGORIES, ITEMS, VARIANTS, CatalogCategory, CatalogItem, CatalogVariant
from cdp.documents.catalog_things import Entry, Thing
from cdp.ports import Table

T = TypeVar("T", bound=Thing)


class Found(NamedTuple):
    """A place in the order by creation, and its entry where the index that was read holds it."""

    place: str
    entry: Entry | None


class Walk(NamedTuple):
    descending: bool
    limit: int
    after: str | None  # behind which place


@dataclass(frozen=True)
class Relation(Generic[T]):
    """`field` is the filter's. `page`: what belongs to the other one of this external id; `holds`: which of these
    things do. `many`: what belongs to one can be a large part of all."""

    field: str
    page: Callable[[Table, str, str, Walk], list[Found]]
    holds: Callable[[Table, str, str, Sequence[T]], list[bool]]
    many: bool = False


def _items_in(table: Table, account_id: str, category_id: str, walk: Walk) -> list[Found]:
    category = CATEGORIES.get(table, account_id, category_id)
    if category is None:
        return []
    page = links.items_page(table, account_id, category.thing, **walk._asdict())
    return [Found(place, None) for place in page]


def _are_in(table: Table, account_id: str, category_id: str, items: Sequence[CatalogItem]) -> list[bool]:
    category = CATEGORIES.get(table, account_id, category_id)
    if category is None:
        return [False] * len(items)
    return links.linked(table, account_id, [(item, category.thing) for item in items])


def _categories_of(table: Table, account_id: str, item_id: str, walk: Walk) -> list[Found]:
    item = ITEMS.get(table, account_id, item_id)
    if item is None:
        return []
    page = links.categories_page(table, account_id, item.thing, **walk._asdict())
    return [Found(place, None) for place in page]


def _have(table: Table, account_id: str, item_id: str, categories: Sequence[CatalogCategory]) -> list[bool]:
    item = ITEMS.get(table, account_id, item_id)
    if item is None:
        return [False] * len(categories)
    return links.linked(table, account_id, [(item.thing, category) for category in categories])


def _variants_of(table: Table, account_id: str, item_id: str, walk: Walk) -> list[Found]:
    page = VARIANTS.page(table, account_id, item_id=item_id, **walk._asdict())
    return [Found(*one) for one in page]


def _are_of(table: Table, account_id: str, item_id: str, variants: Sequence[CatalogVariant]) -> list[bool]:
    return [variant.item_id == item_id for variant in variants]


OF_CATEGORY: Relation[CatalogItem] = Relation("category.id", _items_in, _are_in, many=True)
OF_ITEM: Relation[CatalogVariant] = Relation("item.id", _variants_of, _are_of)
WITH_ITEM: Relation[CatalogCategory] = Relation("item.id", _categories_of, _have)
