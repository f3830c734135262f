"""Bodies of the room's operations: one thing, or the many of a bulk job. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, Literal, TypeAlias, TypeVar

import msgspec

from cdp.documents.catalog import CatalogCategory, CatalogItem, CatalogVariant
from cdp.jsonapi.bodies import Identifier, New, Resource, ToOne
from cdp.resources.catalog import CATEGORY, ITEM, VARIANT, external
from functions.catalog.attributes import (
    CategoryChanges,
    ItemChanges,
    NewCategoryAttributes,
    NewItemAttributes,
    NewVariantAttributes,
    VariantChanges,
)
from functions.catalog.steps import Step, When, changed, deleted, made

A = TypeVar("A")
R = TypeVar("R")
_Item: TypeAlias = Literal["catalog-item"]
_Variant: TypeAlias = Literal["catalog-variant"]
_Category: TypeAlias = Literal["catalog-category"]


class _Ends(msgspec.Struct, Generic[R], frozen=True, gc=False):
    """A relationship that may be left out."""

    data: list[Identifier[R]] | None = None

    def ids(self, at: str) -> tuple[str, ...] | None:
        """External ids, each once. `at`: pointer of the relationship."""
        if self.data is None:
            return None
        found = (external(one.id, field=f"{at}/data/{n}/id") for n, one in enumerate(self.data))
        return tuple(dict.fromkeys(found))


class _InCategories(msgspec.Struct, frozen=True, gc=False):
    categories: _Ends[_Category] = _Ends()


class _OfItems(msgspec.Struct, frozen=True, gc=False):
    items: _Ends[_Item] = _Ends()


class _OfItem(msgspec.Struct, frozen=True, gc=False):
    item: ToOne[_Item]


class NewItem(New[NewItemAttributes], frozen=True, gc=False, kw_only=True):
    type: _Item
    relationships: _InCategories = _InCategories()

    def step(self, at: str, when: When) -> Step[CatalogItem]:
        thing = self.attributes.thing(f"{at}/attributes", when.now)
        ends = self.relationships.categories.ids(f"{at}/relationships/categories")
        return Step(at, thing.external_id, made(ITEM, thing, at, when), ends)


class ChangedItem(New[ItemChanges], frozen=True, gc=False, kw_only=True):
    type: _Item
    id: str
    relationships: _InCategories = _InCategories()

    def step(self, at: str, when: When) -> Step[CatalogItem]:
        id_ = external(self.id, field=f"{at}/id")
        ends = self.relationships.categories.ids(f"{at}/relationships/categories")
        turn = changed(ITEM, id_, at, lambda to: self.attributes.applied(to, f"{at}/attributes", when.now))
        return Step(at, id_, turn, ends)


class DeletedItem(Resource, frozen=True, gc=False, kw_only=True):
    type: _Item
    id: str

    def step(self, at: str, when: When) -> Step[CatalogItem]:
        id_ = external(self.id, field=f"{at}/id")
        return Step(at, id_, deleted(ITEM, id_, at, when))


class NewVariant(New[NewVariantAttributes], frozen=True, gc=False, kw_only=True):
    type: _Variant
    relationships: _OfItem

    def step(self, at: str, when: When) -> Step[CatalogVariant]:
        item_id = external(self.relationships.item.id, field=f"{at}/relationships/item/data/id")
        thing = self.attributes.thing(item_id, f"{at}/attributes", when.now)
        return Step(at, thing.external_id, made(VARIANT, thing, at, when))


class ChangedVariant(New[VariantChanges], frozen=True, gc=False, kw_only=True):
    type: _Variant
    id: str

    def step(self, at: str, when: When) -> Step[CatalogVariant]:
        id_ = external(self.id, field=f"{at}/id")
        turn = changed(VARIANT, id_, at, lambda to: self.attributes.applied(to, f"{at}/attributes", when.now))
        return Step(at, id_, turn)


class DeletedVariant(Resource, frozen=True, gc=False, kw_only=True):
    type: _Variant
    id: str

    def step(self, at: str, when: When) -> Step[CatalogVariant]:
        id_ = external(self.id, field=f"{at}/id")
        return Step(at, id_, deleted(VARIANT, id_, at, when))


class NewCategory(New[NewCategoryAttributes], frozen=True, gc=False, kw_only=True):
    type: _Category
    relationships: _OfItems = _OfItems()

    def step(self, at: str, when: When) -> Step[CatalogCategory]:
        thing = self.attributes.thing(f"{at}/attributes", when.now)
        ends = self.relationships.items.ids(f"{at}/relationships/items")
        return Step(at, thing.external_id, made(CATEGORY, thing, at, when), ends)


class ChangedCategory(New[CategoryChanges], frozen=True, gc=False, kw_only=True):
    type: _Category
    id: str
    relationships: _OfItems = _OfItems()

    def step(self, at: str, when: When) -> Step[CatalogCategory]:
        id_ = external(self.id, field=f"{at}/id")
        ends = self.relationships.items.ids(f"{at}/relationships/items")
        turn = changed(CATEGORY, id_, at, lambda to: self.attributes.applied(to, f"{at}/attributes", when.now))
        return Step(at, id_, turn, ends)


class DeletedCategory(Resource, frozen=True, gc=False, kw_only=True):
    type: _Category
    id: str

    def step(self, at: str, when: When) -> Step[CatalogCategory]:
        id_ = external(self.id, field=f"{at}/id")
        return Step(at, id_, deleted(CATEGORY, id_, at, when))


class Rows(msgspec.Struct, Generic[R], frozen=True, gc=False):
    data: list[R]


class ItemRows(msgspec.Struct, Generic[R], frozen=True, gc=False):
    items: Rows[R]

    @property
    def rows(self) -> Sequence[R]:
        return self.items.data


class VariantRows(msgspec.Struct, Generic[R], frozen=True, gc=False):
    variants: Rows[R]

    @property
    def rows(self) -> Sequence[R]:
        return self.variants.data


class CategoryRows(msgspec.Struct, Generic[R], frozen=True, gc=False):
    categories: Rows[R]

    @property
    def rows(self) -> Sequence[R]:
        return self.categories.data
