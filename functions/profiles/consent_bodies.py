"""Bodies of the subscription and suppression jobs, and of a browser's subscription (SPEC §2.2). Pure.

They are read twice, when they are accepted and when they are worked off, and give the same both times.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import UNSET, Raw

from cdp.errors import Rejected
from cdp.jsonapi.bodies import Body, New, ToOneOrNone
from cdp.jsonapi.errors import decode
from cdp.jsonapi.times import parse_instant
from cdp.model.consent import EMAIL, SUBSCRIBED, UNSUBSCRIBED, Channel
from cdp.model.payloads import ProfileAttributes, ProfileResource
from cdp.model.profile import identities
from functions.profiles import bodies
from functions.profiles.push_bodies import TokenBody, check_token

SUBSCRIBE, UNSUBSCRIBE = "profile-subscription-bulk-create-job", "profile-subscription-bulk-delete-job"
SUPPRESS, UNSUPPRESS = "profile-suppression-bulk-create-job", "profile-suppression-bulk-delete-job"
BROWSER = "subscription"
KINDS = (SUBSCRIBE, UNSUBSCRIBE, SUPPRESS, UNSUPPRESS)
MAX_ROWS = {SUBSCRIBE: 1000, UNSUBSCRIBE: 100, SUPPRESS: 100, UNSUPPRESS: 100}
MAX_SOURCE = 255
_FAMILIES = {"email": "email", "sms": "sms", "whatsapp": "whatsapp", "push": "mobile_push"}
_ROWS = "/data/attributes/profiles/data"


class Said(msgspec.Struct, gc=False):
    consent: Literal["SUBSCRIBED", "UNSUBSCRIBED"]
    consented_at: str | None = None


class Family(msgspec.Struct, gc=False):
    """The kinds of consent on one family of channels; which there are differs by family."""

    marketing: Said | None = None
    transactional: Said | None = None
    conversational: Said | None = None
    open_tracking: Said | None = None
    tokens: list[TokenBody] | None = None
    anonymous_id: str | None = None


class Subscriptions(msgspec.Struct, gc=False):
    email: Family | None = None
    sms: Family | None = None
    whatsapp: Family | None = None
    push: Family | None = None


_KINDS = {
    "email": ("marketing", "open_tracking"),
    "sms": ("marketing", "transactional"),
    "whatsapp": ("marketing", "transactional", "conversational"),
    "push": ("marketing",),
}


class ConsentAttributes(ProfileAttributes, gc=False, kw_only=True):
    subscriptions: Subscriptions | None = None


class ConsentResource(msgspec.Struct, gc=False):
    type: Literal["profile"]
    attributes: ConsentAttributes
    id: str | None = None


class _Rows(msgspec.Struct, gc=False):
    data: list[Raw]


class _One(msgspec.Struct, gc=False):
    data: Raw


class _Attributes(msgspec.Struct, gc=False):
    profiles: _Rows | None = None
    profile: _One | None = None
    custom_source: str | None = None
    historical_import: bool | None = False


class _Relationships(msgspec.Struct, frozen=True, gc=False):
    list: ToOneOrNone[Literal["list"]] | None = None
    segment: ToOneOrNone[Literal["segment"]] | None = None


class _Job(New[_Attributes], frozen=True, kw_only=True):
    relationships: _Relationships | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What is said of one channel, and when it was said (UTC)."""

    channel: Channel
    at: datetime


@dataclass(frozen=True, slots=True)
class Row:
    """One profile of a job. `resource` says who it is, and from a browser also what else is known."""

    position: int
    pointer: str
    resource: ProfileResource
    identities: list[tuple[str, str]]
    wishes: tuple[Wish, ...]
    tokens: tuple[TokenBody, ...] = ()

    def address(self, kind: str) -> tuple[str, str] | None:
        """The row's own e-mail address or phone number."""
        return next((one for one in self.identities if one[0] == kind), None)


@dataclass(frozen=True, slots=True)
class Order:
    """A job's body, read."""

    kind: str
    rows: tuple[Row, ...]
    list_id: str | None
    segment_id: str | None
    source: str | None
    historical: bool

    @property
    def subscribes(self) -> bool:
        return self.kind in (SUBSCRIBE, BROWSER)


_bodies = {kind: Body(kind, _Job) for kind in (*KINDS, BROWSER)}
_row = msgspec.json.Decoder(ConsentResource)


def read(kind: str, body: bytes | Raw, received_at: datetime) -> Order:
    """The job, if all of it is right; times that are not given are `received_at`."""
    data = _bodies[kind].data_of(body)
    attributes, groups = data.attributes, data.relationships or _Relationships()
    order = Order(
        kind,
        (),
        groups.list.id if groups.list else None,
        groups.segment.id if groups.segment else None,
        attributes.custom_source,
        bool(attributes.historical_import) and kind == SUBSCRIBE,
    )
    if order.source is not None and len(order.source) > MAX_SOURCE:
        raise Rejected(
            f"custom_source is longer than {MAX_SOURCE} characters.", field="/data/attributes/custom_source"
        )
    rows = tuple(_rows(order, attributes, received_at))
    return Order(kind, rows, order.list_id, order.segment_id, order.source, order.historical)


def _rows(order: Order, attributes: _Attributes, received_at: datetime) -> Iterator[Row]:
    if order.kind == BROWSER:
        if attributes.profile is None:
            raise Rejected("A profile is required.", field="/data/attributes/profile")
        yield _read(order, 0, attributes.profile.data, "/data/attributes/profile/data", received_at)
        return
    raws = attributes.profiles.data if attributes.profiles else []
    by_group = order.kind in (SUPPRESS, UNSUPPRESS) and (order.list_id or order.segment_id)
    if not raws and not by_group:
        raise Rejected("At least one profile is required.", field=_ROWS if attributes.profiles else _ROWS[:-5])
    if len(raws) > MAX_ROWS[order.kind]:
        raise Rejected(f"A job has at most {MAX_ROWS[order.kind]} profiles, not {len(raws)}.", field=_ROWS)
    for position, raw in enumerate(raws):
        yield _read(order, position, raw, f"{_ROWS}/{position}", received_at)


def _read(order: Order, position: int, raw: Raw, pointer: str, received_at: datetime) -> Row:
    sent = decode(_row, raw, pointer)
    resource = _resource(order, sent, pointer)
    who = identities(resource, pointer)
    if order.kind in (SUPPRESS, UNSUPPRESS):
        return Row(position, pointer, resource, who, (Wish(EMAIL, received_at),))
    wishes = tuple(_wishes(order, sent.attributes, pointer, received_at))
    push = sent.attributes.subscriptions.push if sent.attributes.subscriptions else None
    tokens = tuple(push.tokens or ()) if push else ()
    for place, token in enumerate(tokens):
        check_token(token, f"{pointer}/attributes/subscriptions/push/tokens/{place}/token")
    return Row(position, pointer, resource, who, wishes, tokens)


def _resource(order: Order, sent: ConsentResource, pointer: str) -> ProfileResource:
    """Who is meant. A job sets nothing of a profile but its addresses."""
    given = sent.attributes
    if order.kind == BROWSER:
        resource = ProfileResource("profile", given, sent.id)
        if not given.email and not given.phone_number:
            raise Rejected("An email or a phone_number is required.", field=f"{pointer}/attributes")
        return bodies.checked(resource, pointer)
    if order.kind in (SUPPRESS, UNSUPPRESS):
        if not given.email:
            raise Rejected("An email is required.", field=f"{pointer}/attributes/email")
        return ProfileResource("profile", ProfileAttributes(email=given.email))
    push = given.subscriptions.push if given.subscriptions else None
    known = ProfileAttributes(
        email=given.email or UNSET,
        phone_number=given.phone_number or UNSET,
        anonymous_id=(push.anonymous_id if push else None) or UNSET,
    )
    return ProfileResource("profile", known, sent.id if order.kind == SUBSCRIBE else None)


def _wishes(
    order: Order, attributes: ConsentAttributes, pointer: str, received_at: datetime
) -> Iterator[Wish]:
    base = f"{pointer}/attributes/subscriptions"
    if attributes.subscriptions is None:
        if order.kind != BROWSER:
            raise Rejected("subscriptions is required.", field=base)
        if attributes.email:
            yield Wish(EMAIL, received_at)
        if attributes.phone_number:
            yield Wish(("sms", "marketing"), received_at)
        return
    found = False
    for name, kinds in _KINDS.items():
        family: Family | None = getattr(attributes.subscriptions, name)
        for kind in kinds if family is not None else ():
            said: Said | None = getattr(family, kind)
            if said is not None:
                found = True
                at = _said_at(order, said, f"{base}/{name}/{kind}", received_at)
                yield Wish((_FAMILIES[name], kind), at)
    if not found:
        raise Rejected("At least one channel is required.", field=base)


def _said_at(order: Order, said: Said, pointer: str, received_at: datetime) -> datetime:
    wanted = SUBSCRIBED if order.subscribes else UNSUBSCRIBED
    if said.consent != wanted:
        raise Rejected(f"consent must be {wanted} here.", field=f"{pointer}/consent")
    field = f"{pointer}/consented_at"
    if not order.historical:
        if said.consented_at is not None:
            raise Rejected("consented_at goes with historical_import only.", field=field)
        return received_at
    if said.consented_at is None:
        raise Rejected("consented_at is required with historical_import.", field=field)
    at = parse_instant(said.consented_at)
    if at is None:
        raise Rejected(f"{said.consented_at[:40]!r} is not an ISO 8601 date and time.", field=field)
    if at > received_at:
        raise Rejected("consented_at must be in the past.", field=field)
    return at
