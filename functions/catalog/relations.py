"""How the things of a kind belong to one of another kind: items to categories, variants to an item."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cdp.documents import catalog_links as links
from cdp.documents.catalog import CATEGORIES, ITEMS, VARIANTS
from cdp.documents.catalog_things import Entry, place
from cdp.ports import Table


class Found(NamedTuple):
    """A place in the order by creation, and its entry where the index that was read holds it."""

    place: str
    entry: Entry | None


class Walk(NamedTuple):
    descending: bool
    limit: int
    after: str | None  # behind which place


@dataclass(frozen=True)
class Relation:
    """`field` is the filter's. `page`: what belongs to the other one of this external id; `holds`: which of what
    was found do. `many`: what belongs to one can be a large part of all."""

    field: str
    page: Callable[[Table, str, str, Walk], list[Found]]
    holds: Callable[[Table, str, str, Sequence[Found]], list[bool]]
    many: bool = False


def _items_in(table: Table, account_id: str, category_id: str, walk: Walk) -> list[Found]:
    category = CATEGORIES.get(table, account_id, category_id)
    if category is None:
        return []
    page = links.items_page(table, account_id, category.thing, **walk._asdict())
    return [Found(at, None) for at in page]


def _are_in(table: Table, account_id: str, category_id: str, items: Sequence[Found]) -> list[bool]:
    category = CATEGORIES.get(table, account_id, category_id)
    if category is None:
        return [False] * len(items)
    return links.linked(table, account_id, [(item.place, place(category.thing)) for item in items])


def _categories_of(table: Table, account_id: str, item_id: str, walk: Walk) -> list[Found]:
    item = ITEMS.get(table, account_id, item_id)
    if item is None:
        return []
    page = links.categories_page(table, account_id, item.thing, **walk._asdict())
    return [Found(at, None) for at in page]


def _have(table: Table, account_id: str, item_id: str, categories: Sequence[Found]) -> list[bool]:
    item = ITEMS.get(table, account_id, item_id)
    if item is None:
        return [False] * len(categories)
    return links.linked(table, account_id, [(place(item.thing), category.place) for category in categories])


def _variants_of(table: Table, account_id: str, item_id: str, walk: Walk) -> list[Found]:
    page = VARIANTS.page(table, account_id, item_id=item_id, **walk._asdict())
    return [Found(*one) for one in page]


def _are_of(table: Table, account_id: str, item_id: str, variants: Sequence[Found]) -> list[bool]:
    return [variant.entry is not None and variant.entry.item_id == item_id for variant in variants]


OF_CATEGORY = Relation("category.id", _items_in, _are_in, many=True)
OF_ITEM = Relation("item.id", _variants_of, _are_of)
WITH_ITEM = Relation("item.id", _categories_of, _have)
