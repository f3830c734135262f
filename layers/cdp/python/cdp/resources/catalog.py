"""Resources `catalog-item`, `catalog-variant`, `catalog-category`, and their compound ids (SPEC §1.2, §12.1)."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote

from cdp.documents.catalog import CatalogCategory, CatalogItem, CatalogVariant
from cdp.documents.catalog_things import MAX_ID_BYTES, MAX_ID_CHARS, possible
from cdp.errors import Rejected
from cdp.jsonapi.documents import Asked, Json, Resources, identifier
from cdp.jsonapi.times import format_instant

ITEM, VARIANT, CATEGORY = "catalog-item", "catalog-variant", "catalog-category"
INTEGRATION, CATALOG = "$custom", "$default"
_BETWEEN = ":::"
Fields = frozenset[str] | None


def compound(external_id: str) -> str:
    """The id that the API shows: $custom:::$default:::<external id>."""
    return f"{INTEGRATION}{_BETWEEN}{CATALOG}{_BETWEEN}{external_id}"


def external(id_: str, *, field: str | None = None, parameter: str | None = None) -> str:
    """The external id in a compound id, which may have come percent-encoded. `field` or `parameter`: where it
    stood."""
    parts = (id_ if _BETWEEN in id_ else unquote(id_)).split(_BETWEEN, 2)
    if len(parts) < 3:
        raise Rejected(f"{id_[:100]!r} is not {compound('<external id>')}.", field=field, parameter=parameter)
    for given, known, what in ((parts[0], INTEGRATION, "integration"), (parts[1], CATALOG, "catalog")):
        if given != known:
            raise Rejected(f"The {what} must be {known}, not {given[:100]!r}.", field=field, parameter=parameter)
    return checked(parts[2], field=field, parameter=parameter)


def checked(external_id: str, *, field: str | None = None, parameter: str | None = None) -> str:
    """The id, if a thing can have it."""
    if not possible(external_id):
        raise Rejected(
            f"An external id has 1 to {MAX_ID_CHARS} characters ({MAX_ID_BYTES} bytes), none of them a control "
            "character.",
            field=field,
            parameter=parameter,
        )
    return external_id


def identifiers(type_: str, external_ids: Iterable[str]) -> list[Json]:
    return [identifier(type_, compound(id_)) for id_ in external_ids]


def item(asked: Asked, of: CatalogItem, fields: Fields = None) -> Json:
    made = Resources(asked, ITEM, "catalog-items", relationships=("variants",), fields=fields)
    attributes: Json = {
        "external_id": of.external_id,
        "title": of.title,
        "description": of.description,
        "price": of.price,
        **_shown(of),
    }
    return made.make(compound(of.external_id), attributes, {"variants": identifiers(VARIANT, of.variants)})


def variant(asked: Asked, of: CatalogVariant, fields: Fields = None) -> Json:
    made = Resources(asked, VARIANT, "catalog-variants", fields=fields)
    attributes: Json = {
        "external_id": of.external_id,
        "title": of.title,
        "description": of.description,
        "sku": of.sku,
        "inventory_policy": of.inventory_policy,
        "inventory_quantity": of.inventory_quantity,
        "price": of.price,
        **_shown(of),
    }
    return made.make(compound(of.external_id), attributes, {"item": identifier(ITEM, compound(of.item_id))})


def category(asked: Asked, of: CatalogCategory, fields: Fields = None) -> Json:
    made = Resources(asked, CATEGORY, "catalog-categories", relationships=("items",), fields=fields)
    attributes: Json = {
        "external_id": of.external_id,
        "name": of.name,
        "updated": format_instant(of.updated),
    }
    return made.make(compound(of.external_id), attributes)


def _shown(of: CatalogItem | CatalogVariant) -> Json:
    """What items and variants show alike."""
    return {
        "url": of.url,
        "image_full_url": of.image_full_url,
        "image_thumbnail_url": of.image_thumbnail_url,
        "images": of.images,
        "custom_metadata": of.custom_metadata,
        "published": of.published,
        "created": format_instant(of.created),
        "updated": format_instant(of.updated),
    }
