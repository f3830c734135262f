"""Bodies of the ingestion API as typed structs (SPEC §2.1, §2.2), shared by `ingest` and `record`.

Free-form objects stay raw JSON here: checking and forwarding an event needs no Python object for every
property. `UNSET` means "not sent", `None` means "clear it".
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import UNSET, Raw, UnsetType

_Text = str | None | UnsetType


class PatchProperties(msgspec.Struct, gc=False):
    """Changes of single properties: add to a list, take out of a list, remove."""

    append: dict[str, Any] | None = None
    unappend: dict[str, Any] | None = None
    unset: str | list[str] | None = None


class PatchIdentifiers(msgspec.Struct, gc=False):
    """Further e-mail addresses of the person: {"email": address or addresses}."""

    append: dict[str, str | list[str]] | None = None
    unappend: dict[str, str | list[str]] | None = None


class Meta(msgspec.Struct, gc=False):
    patch_properties: PatchProperties | None = None
    patch_identifiers: PatchIdentifiers | None = None


class Location(msgspec.Struct, gc=False):
    address1: _Text = UNSET
    address2: _Text = UNSET
    city: _Text = UNSET
    country: _Text = UNSET
    latitude: str | float | UnsetType | None = UNSET
    longitude: str | float | UnsetType | None = UNSET
    region: _Text = UNSET
    zip: _Text = UNSET
    timezone: _Text = UNSET
    ip: _Text = UNSET


class ProfileAttributes(msgspec.Struct, gc=False):
    email: _Text = UNSET
    phone_number: _Text = UNSET
    external_id: _Text = UNSET
    anonymous_id: _Text = UNSET
    kx: _Text = msgspec.field(name="_kx", default=UNSET)
    first_name: _Text = UNSET
    last_name: _Text = UNSET
    organization: _Text = UNSET
    locale: _Text = UNSET
    title: _Text = UNSET
    image: _Text = UNSET
    location: Location | UnsetType | None = UNSET
    properties: Raw = Raw()
    meta: Meta | None = None


class ProfileResource(msgspec.Struct, gc=False):
    type: Literal["profile"]
    attributes: ProfileAttributes = msgspec.field(default_factory=ProfileAttributes)
    id: str | None = None
    meta: Meta | None = None

    @property
    def patch(self) -> Meta | None:
        """The patch object; revisions differ in its place and both are accepted (SPEC §1.8)."""
        return self.meta or self.attributes.meta


class ProfileRelation(msgspec.Struct, gc=False):
    data: ProfileResource


class MetricAttributes(msgspec.Struct, gc=False):
    name: str
    service: str | None = None


class MetricResource(msgspec.Struct, gc=False):
    type: Literal["metric"]
    attributes: MetricAttributes


class MetricRelation(msgspec.Struct, gc=False):
    data: MetricResource


class BulkEventAttributes(msgspec.Struct, gc=False):
    """An event inside a bulk job: its profile stands beside it."""

    properties: Raw
    metric: MetricRelation
    time: str | None = None
    value: float | None = None
    value_currency: str | None = None
    unique_id: str | None = None
    backfill: bool | None = False


class EventAttributes(BulkEventAttributes, gc=False, kw_only=True):
    profile: ProfileRelation


class EventResource(msgspec.Struct, gc=False):
    type: Literal["event"]
    attributes: EventAttributes


class EventDocument(msgspec.Struct, gc=False):
    """POST /api/events, POST /client/events"""

    data: EventResource


class BulkEventResource(msgspec.Struct, gc=False):
    type: Literal["event"]
    attributes: BulkEventAttributes


class BulkEvents(msgspec.Struct, gc=False):
    data: list[BulkEventResource]


class BulkItemAttributes(msgspec.Struct, gc=False):
    profile: ProfileRelation
    events: BulkEvents
    backfill: bool | None = False


class BulkItem(msgspec.Struct, gc=False):
    type: Literal["event-bulk-create"]
    attributes: BulkItemAttributes


class BulkItems(msgspec.Struct, gc=False):
    data: list[BulkItem]


class BulkAttributes(msgspec.Struct, gc=False, rename={"items": "events-bulk-create"}):
    items: BulkItems


class BulkResource(msgspec.Struct, gc=False):
    type: Literal["event-bulk-create-job"]
    attributes: BulkAttributes


class BulkDocument(msgspec.Struct, gc=False):
    """POST /api/event-bulk-create-jobs"""

    data: BulkResource


class ClientBulkDocument(msgspec.Struct, gc=False):
    """POST /client/event-bulk-create: the events of one profile"""

    data: BulkItem


_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {
    "event": msgspec.json.Decoder(EventDocument),
    "bulk": msgspec.json.Decoder(BulkDocument),
    "client-bulk": msgspec.json.Decoder(ClientBulkDocument),
}

Group = tuple[ProfileResource, list[BulkEventAttributes], bool, str, str]


def decode(shape: str, body: bytes | Raw) -> list[Group]:
    """The request's events, grouped by the profile they name, in order.

    A group is (profile, events, backfill, pointer to the profile, pointer to the events); in "event" bodies the
    second pointer is that of the one event. Raises msgspec.DecodeError.
    """
    document: Any = _DECODERS[shape].decode(body)
    if shape == "event":
        event = document.data.attributes
        at = "/data/attributes"
        return [(event.profile.data, [event], event.backfill, f"{at}/profile/data", at)]
    items = [document.data] if shape == "client-bulk" else document.data.attributes.items.data
    base = "/data/attributes" if shape == "client-bulk" else "/data/attributes/events-bulk-create/data/{}/attributes"
    return [
        (
            item.attributes.profile.data,
            [event.attributes for event in item.attributes.events.data],
            item.attributes.backfill,
            base.format(i) + "/profile/data",
            base.format(i) + "/events/data",
        )
        for i, item in enumerate(items)
    ]
