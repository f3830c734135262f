"""Subscriptions to what is back in stock: whoever waits for a variant leaves an event (SPEC §12.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from cdp import events
from cdp.code.hops import chain
from cdp.documents import catalog, profiles
from cdp.documents.catalog import CatalogItem, CatalogVariant
from cdp.errors import Rejected, not_found
from cdp.events import EventsAccepted
from cdp.jsonapi.bodies import Body, Resource, ToOne
from cdp.jsonapi.front import Operation, Request, Response
from cdp.model.ids import profile_no
from cdp.model.payloads import ProfileAttributes, ProfileResource
from cdp.model.profile import identities
from cdp.ports import Queue, Table
from cdp.resources.catalog import VARIANT, external
from cdp.spec import Auth
from functions.catalog.spec import BACK_IN_STOCK, CLIENT_BACK_IN_STOCK

METRIC = "Subscribed to Back in Stock"
SERVICE = "klaviyo"
_PROFILE = "/data/attributes/profile"
_NAMED = ("email", "phone_number", "external_id")


class _Identifiers(msgspec.Struct, frozen=True, gc=False):
    id: str | None = None
    email: str | None = None
    phone_number: str | None = None
    external_id: str | None = None


class _Profile(msgspec.Struct, frozen=True, gc=False):
    type: Literal["profile"]
    id: str | None = None
    attributes: _Identifiers = _Identifiers()


class _ProfileRelation(msgspec.Struct, frozen=True, gc=False):
    data: _Profile


class _Attributes(msgspec.Struct, frozen=True, gc=False):
    channels: list[Literal["EMAIL", "PUSH", "SMS", "WHATSAPP"]]
    profile: _ProfileRelation


class _Relationships(msgspec.Struct, frozen=True, gc=False):
    variant: ToOne[Literal["catalog-variant"]]


class Subscription(Resource, frozen=True, gc=False, kw_only=True):
    attributes: _Attributes
    relationships: _Relationships


_subscription = Body("back-in-stock-subscription", Subscription)


class Waiting:
    def __init__(self, table: Table, record_queue: Queue) -> None:
        self._table, self._record_queue = table, record_queue

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {f"POST {BACK_IN_STOCK}": self.subscribe, f"POST {CLIENT_BACK_IN_STOCK}": self.subscribe}

    def subscribe(self, request: Request) -> Response:
        given = _subscription.read(request)
        if not given.attributes.channels:
            raise Rejected("At least one channel is required.", field="/data/attributes/channels")
        field = "/data/relationships/variant/data/id"
        id_ = external(given.relationships.variant.id, field=field)
        (variant,) = catalog.variants(self._table, request.account_id, [id_])
        if variant is None:
            raise not_found(VARIANT, given.relationships.variant.id, field=field)
        item = catalog.item(self._table, request.account_id, variant.item_id)
        body = {
            "data": {
                "type": "event",
                "attributes": {
                    "metric": {"data": {"type": "metric", "attributes": {"name": METRIC, "service": SERVICE}}},
                    "profile": {"data": self._profile(request, given.attributes.profile.data)},
                    "properties": _properties(variant, item, given.attributes.channels),
                    "time": request.now.isoformat(),
                },
            }
        }
        self._send(request, msgspec.json.encode(body))
        return Response(202)

    def _profile(self, request: Request, given: _Profile) -> Mapping[str, object]:
        """The profile as events name it; `Rejected` if nobody is named, or somebody whom nobody knows."""
        id_ = given.id or given.attributes.id
        named = {name: value for name in _NAMED if (value := getattr(given.attributes, name))}
        identities(ProfileResource("profile", ProfileAttributes(**named), id_), f"{_PROFILE}/data")
        if id_ is not None:
            no = profile_no(request.account_id, id_)
            if no is None or profiles.get_many(self._table, request.account_id, [no])[0] is None:
                field = f"{_PROFILE}/data{'' if given.id else '/attributes'}/id"
                raise Rejected(f"A profile with id {id_} does not exist.", field=field)
        who = {"type": "profile", "attributes": named}
        return who if id_ is None else {**who, "id": id_}

    def _send(self, request: Request, body: bytes) -> None:
        hops, source = chain(request.headers)
        accepted = EventsAccepted(
            request.account_id,
            request.now.isoformat(),
            "event",
            msgspec.Raw(body),
            browser=request.route.auth is Auth.PUBLIC,
            hops=hops,
            source_function=source,
        )
        self._record_queue.send([events.encode(accepted)])


def _properties(
    variant: CatalogVariant, item: CatalogItem | None, channels: Sequence[str]
) -> Mapping[str, object]:
    """Of the event: what flows and templates say about the product."""
    return {
        "VariantId": variant.external_id,
        "VariantName": variant.title,
        "ProductID": variant.item_id,
        "ProductName": item.title if item else variant.title,
        "SKU": variant.sku,
        "Price": variant.price,
        "URL": variant.url,
        "ImageURL": variant.image_full_url or (item.image_full_url if item else None),
        "InventoryQuantity": variant.inventory_quantity,
        "Channels": channels,
    }
