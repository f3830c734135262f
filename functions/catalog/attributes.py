"""Attributes of items, variants and categories as they come in, and what they make of a thing. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec
from msgspec import UNSET, Raw, UnsetType
from msgspec.structs import asdict, replace

from cdp.documents.catalog import NO_METADATA, CatalogCategory, CatalogItem, CatalogVariant
from cdp.errors import Rejected
from cdp.resources.catalog import CATALOG, INTEGRATION, checked

MAX_METADATA_BYTES = 100_000
MAX_THING_BYTES = 300_000  # DynamoDB takes 400 KB, and an item lists its variants besides
MAX_NAME = 255
_Number = int | float
_Text = str | UnsetType | None
_Amount = int | float | UnsetType | None
_EMPTIED = frozenset(("price", "image_full_url", "image_thumbnail_url", "images", "custom_metadata"))


class _New(msgspec.Struct, gc=False, kw_only=True):
    """Which catalog a new thing is for, and its id there."""

    external_id: str
    integration_type: str | None = None
    catalog_type: str | None = None

    def checked_id(self, at: str) -> str:
        """The external id. `at`: pointer of the attributes."""
        for name, known in (("integration_type", INTEGRATION), ("catalog_type", CATALOG)):
            given = getattr(self, name)
            if given not in (None, known):
                raise Rejected(f"{name} must be {known}, not {given[:100]!r}.", field=f"{at}/{name}")
        return checked(self.external_id, field=f"{at}/external_id")


class _NewProduct(_New, gc=False, kw_only=True):
    """What new items and new variants say alike."""

    title: str
    description: str
    url: str
    image_full_url: str | None = None
    image_thumbnail_url: str | None = None
    images: list[str] | None = None
    custom_metadata: dict[str, Raw] | None = None
    published: bool | None = None


class NewItemAttributes(_NewProduct, gc=False, kw_only=True):
    price: _Number | None = None

    def thing(self, at: str, now: datetime) -> CatalogItem:
        made = CatalogItem(
            external_id=self.checked_id(at),
            title=self.title,
            description=self.description,
            url=self.url,
            created=now,
            updated=now,
            price=self.price,
            image_full_url=self.image_full_url,
            image_thumbnail_url=self.image_thumbnail_url,
            images=tuple(self.images or ()),
            custom_metadata=_metadata(self.custom_metadata, at),
            published=self.published is not False,
        )
        _check(made, at)
        return made


class NewVariantAttributes(_NewProduct, gc=False, kw_only=True):
    sku: str
    price: _Number
    inventory_quantity: _Number
    inventory_policy: Literal[0, 1, 2] | None = None

    def thing(self, item_id: str, at: str, now: datetime) -> CatalogVariant:
        made = CatalogVariant(
            external_id=self.checked_id(at),
            item_id=item_id,
            title=self.title,
            description=self.description,
            sku=self.sku,
            url=self.url,
            price=self.price,
            inventory_quantity=self.inventory_quantity,
            created=now,
            updated=now,
            inventory_policy=self.inventory_policy or 0,
            image_full_url=self.image_full_url,
            image_thumbnail_url=self.image_thumbnail_url,
            images=tuple(self.images or ()),
            custom_metadata=_metadata(self.custom_metadata, at),
            published=self.published is not False,
        )
        _check(made, at)
        return made


class _Changes(msgspec.Struct, gc=False):
    """null empties a price, images and metadata; of what a thing always has, it changes nothing."""

    title: _Text = UNSET
    description: _Text = UNSET
    url: _Text = UNSET
    price: _Amount = UNSET
    image_full_url: _Text = UNSET
    image_thumbnail_url: _Text = UNSET
    images: list[str] | UnsetType | None = UNSET
    custom_metadata: dict[str, Raw] | UnsetType | None = UNSET
    published: bool | UnsetType | None = UNSET

    def by_name(self, emptied: frozenset[str], at: str) -> dict[str, object]:
        """What is to be other. `emptied`: what null empties."""
        given = {name: value for name, value in asdict(self).items() if value is not UNSET}
        changes = {name: value for name, value in given.items() if value is not None or name in emptied}
        if "images" in changes:
            changes["images"] = tuple(changes["images"] or ())
        if "custom_metadata" in changes:
            changes["custom_metadata"] = _metadata(changes["custom_metadata"], at)
        return changes


class ItemChanges(_Changes, gc=False):
    def applied(self, to: CatalogItem, at: str, now: datetime) -> CatalogItem:
        made = replace(to, updated=now, **self.by_name(_EMPTIED, at))
        _check(made, at)
        return made


class VariantChanges(_Changes, gc=False):
    sku: _Text = UNSET
    inventory_policy: Literal[0, 1, 2] | UnsetType | None = UNSET
    inventory_quantity: _Amount = UNSET

    def applied(self, to: CatalogVariant, at: str, now: datetime) -> CatalogVariant:
        made = replace(to, updated=now, **self.by_name(_EMPTIED - {"price"}, at))
        _check(made, at)
        return made


class NewCategoryAttributes(_New, gc=False, kw_only=True):
    name: str

    def thing(self, at: str, now: datetime) -> CatalogCategory:
        return CatalogCategory(self.checked_id(at), _name(self.name, at), now, now)


class CategoryChanges(msgspec.Struct, gc=False):
    name: str | None = None

    def applied(self, to: CatalogCategory, at: str, now: datetime) -> CatalogCategory:
        return replace(to, updated=now, name=to.name if self.name is None else _name(self.name, at))


def _check(of: CatalogItem | CatalogVariant, at: str) -> None:
    for name in ("title", "url"):
        if not getattr(of, name).strip():
            raise Rejected(f"{name} must not be blank.", field=f"{at}/{name}")
    if of.price is not None and of.price < 0:
        raise Rejected("A price is not negative.", field=f"{at}/price")
    if isinstance(of, CatalogVariant) and any(character < " " for character in of.sku):
        raise Rejected("A sku has no control characters.", field=f"{at}/sku")
    own = replace(of, variants={}) if isinstance(of, CatalogItem) else of
    if len(msgspec.json.encode(own)) > MAX_THING_BYTES:
        raise Rejected(f"The attributes are larger than {MAX_THING_BYTES} bytes.", field=at)


def _metadata(given: dict[str, Raw] | None, at: str) -> Raw:
    if given is None:
        return NO_METADATA
    encoded = msgspec.json.encode(given)
    if len(encoded) > MAX_METADATA_BYTES:
        field = f"{at}/custom_metadata"
        raise Rejected(f"custom_metadata is larger than {MAX_METADATA_BYTES} bytes.", field=field)
    return Raw(encoded)


def _name(name: str, at: str) -> str:
    plain = name.strip()
    if not 1 <= len(plain) <= MAX_NAME:
        raise Rejected(f"A name has 1 to {MAX_NAME} characters.", field=f"{at}/name")
    return plain
