"""The three kinds of things, and what the operations on them need to know of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from msgspec import Raw

from cdp.documents.catalog import CATEGORIES, ITEMS, VARIANTS, CatalogCategory, CatalogItem, CatalogVariant
from cdp.documents.catalog_things import Thing, Things
from cdp.jsonapi.bodies import Body, New
from cdp.jsonapi.documents import Asked, Json
from cdp.jsonapi.matrix import BOOLEAN, TEXT, Filters
from cdp.resources import catalog as shown
from functions.catalog import rows
from functions.catalog.relations import OF_CATEGORY, OF_ITEM, WITH_ITEM, Relation
from functions.catalog.spec import COLLECTIONS, collection_path, job_type
from functions.catalog.steps import Row

T = TypeVar("T", bound=Thing)
Sent = bytes | Raw
_IDS, _EQUALS, _CONTAINS, _PUBLISHED = TEXT("any"), TEXT("equals"), TEXT("contains"), BOOLEAN("equals")


@dataclass(frozen=True)
class Kind(Generic[T]):
    """`new`, `change`: how a body is read; `jobs`: action -> how the rows of a bulk job are."""

    name: str
    type: str
    things: Things[T]
    relation: Relation
    filters: Filters
    shown: Callable[[Asked, T, frozenset[str] | None], Json]
    new: Callable[[Sent], Row[T]]
    change: Callable[[Sent], Row[T]]
    jobs: Mapping[str, Callable[[Sent], Sequence[Row[T]]]]

    @property
    def collection(self) -> str:
        """items, variants, categories"""
        return COLLECTIONS[self.name]

    @property
    def path(self) -> str:
        return collection_path(self.name)


_new_items = Body(job_type("item", "create"), New[rows.ItemRows[rows.NewItem]])
_changed_items = Body(job_type("item", "update"), New[rows.ItemRows[rows.ChangedItem]])
_deleted_items = Body(job_type("item", "delete"), New[rows.ItemRows[rows.DeletedItem]])
_new_variants = Body(job_type("variant", "create"), New[rows.VariantRows[rows.NewVariant]])
_changed_variants = Body(job_type("variant", "update"), New[rows.VariantRows[rows.ChangedVariant]])
_deleted_variants = Body(job_type("variant", "delete"), New[rows.VariantRows[rows.DeletedVariant]])
_new_categories = Body(job_type("category", "create"), New[rows.CategoryRows[rows.NewCategory]])
_changed_categories = Body(job_type("category", "update"), New[rows.CategoryRows[rows.ChangedCategory]])
_deleted_categories = Body(job_type("category", "delete"), New[rows.CategoryRows[rows.DeletedCategory]])

ITEM: Kind[CatalogItem] = Kind(
    "item",
    shown.ITEM,
    ITEMS,
    OF_CATEGORY,
    Filters({"ids": _IDS, "category.id": _EQUALS, "title": _CONTAINS, "published": _PUBLISHED}),
    shown.item,
    Body(shown.ITEM, rows.NewItem).data_of,
    Body(shown.ITEM, rows.ChangedItem).data_of,
    {
        "create": lambda body: _new_items.data_of(body).attributes.rows,
        "update": lambda body: _changed_items.data_of(body).attributes.rows,
        "delete": lambda body: _deleted_items.data_of(body).attributes.rows,
    },
)
VARIANT: Kind[CatalogVariant] = Kind(
    "variant",
    shown.VARIANT,
    VARIANTS,
    OF_ITEM,
    Filters({"ids": _IDS, "item.id": _EQUALS, "sku": _EQUALS, "title": _CONTAINS, "published": _PUBLISHED}),
    shown.variant,
    Body(shown.VARIANT, rows.NewVariant).data_of,
    Body(shown.VARIANT, rows.ChangedVariant).data_of,
    {
        "create": lambda body: _new_variants.data_of(body).attributes.rows,
        "update": lambda body: _changed_variants.data_of(body).attributes.rows,
        "delete": lambda body: _deleted_variants.data_of(body).attributes.rows,
    },
)
CATEGORY: Kind[CatalogCategory] = Kind(
    "category",
    shown.CATEGORY,
    CATEGORIES,
    WITH_ITEM,
    Filters({"ids": _IDS, "item.id": _EQUALS, "name": _CONTAINS}),
    shown.category,
    Body(shown.CATEGORY, rows.NewCategory).data_of,
    Body(shown.CATEGORY, rows.ChangedCategory).data_of,
    {
        "create": lambda body: _new_categories.data_of(body).attributes.rows,
        "update": lambda body: _changed_categories.data_of(body).attributes.rows,
        "delete": lambda body: _deleted_categories.data_of(body).attributes.rows,
    },
)
