"""A profile: what is stored of a person, and how a payload changes it (SPEC §2.2). Pure.

Identifiers, in the order in which they are matched: id, external_id, email, phone_number, _kx, anonymous_id.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import UNSET

from cdp.errors import Rejected
from cdp.model.ids import ProfileId, profile_id
from cdp.model.payloads import Meta, ProfileAttributes, ProfileResource
from cdp.model.read_only import READ_ONLY

IDENTIFIERS = ("external_id", "email", "phone_number", "kx", "anonymous_id")
PLAIN = ("first_name", "last_name", "organization", "locale", "title", "image")
MAX_OTHERS = 12  # e-mail addresses that may be added
MAX_ANONYMOUS = 60  # browsers that are remembered
_KEPT = (*IDENTIFIERS, *PLAIN, "subscriptions", "predictive")
_kept = attrgetter(*_KEPT)
_identifiers = attrgetter(*IDENTIFIERS)
_plain = attrgetter(*PLAIN)
_NOTHING = (UNSET,) * len(PLAIN)
_PLACE = ("address1", "address2", "city", "country", "latitude", "longitude", "region", "zip", "timezone", "ip")
_EMAIL = re.compile(r"[^@\s,;<>()\[\]]{1,64}@[^@\s,;<>()\[\]]+\.[^@\s.,;<>()\[\]]{2,}")
_PHONE = re.compile(r"\+[1-9]\d{6,14}")
_encode = msgspec.json.Encoder(order="deterministic").encode
_SNAPSHOT_PLACE = ("city", "region", "country", "zip", "timezone")


class Profile(msgspec.Struct, omit_defaults=True):
    """One stored person. `no` is the number in the lake; times are UTC; `version` is the table's, not stored."""

    no: int
    created: datetime
    updated: datetime
    email: str | None = None
    phone_number: str | None = None
    external_id: str | None = None
    anonymous_id: str | None = None
    kx: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    organization: str | None = None
    locale: str | None = None
    title: str | None = None
    image: str | None = None
    location: dict[str, str | float] = {}
    properties: dict[str, Any] = {}
    subscriptions: dict[str, Any] = {}
    predictive: dict[str, Any] = {}
    last_event_date: datetime | None = None
    others: tuple[tuple[str, str], ...] = ()  # further identifiers (kind, value), oldest first

    def id(self, account_id: str) -> ProfileId:
        return profile_id(account_id, self.no)

    def identities(self) -> Iterator[tuple[str, str]]:
        """(kind, normalised value) of every identifier the person has."""
        for kind, value in zip(IDENTIFIERS, _identifiers(self), strict=True):
            if value is not None:
                yield kind, value
        yield from self.others

    def suppressions(self, kind: str) -> list[dict[str, Any]]:
        """Suppressions of the e-mail address: "suppression" (global) or "list_suppressions", each with a
        `timestamp` (RFC 3339)."""
        found: list[dict[str, Any]] = self.subscriptions.get("email", {}).get("marketing", {}).get(kind) or []
        return found

    def values(self) -> dict[str, Any]:
        """What the lake keeps of the profile over time (`profile_history`), by name: attributes that have a
        value, parts of the location as `location.city`, custom properties as `properties.Name`."""
        kept: dict[str, Any] = {"created": self.created}
        for name, value in zip(_KEPT, _kept(self), strict=True):
            if value:
                kept["_kx" if name == "kx" else name] = value
        for name, value in self.location.items():
            kept[f"location.{name}"] = value
        for name, value in self.properties.items():
            kept[f"properties.{name}"] = value
        return kept

    def snapshot(self) -> bytes:
        """What the lake keeps of the profile beside an event: custom properties, and standard ones that
        identify nobody, under $-names (JSON object)."""
        kept = dict(self.properties)
        for name in ("title", "organization", "locale"):
            if (value := getattr(self, name)) is not None:
                kept[f"${name}"] = value
        if self.location:
            kept |= {f"${name}": self.location[name] for name in _SNAPSHOT_PLACE if name in self.location}
        return msgspec.json.encode(kept)


def identities(profile: ProfileResource, pointer: str) -> list[tuple[str, str]]:
    """The payload's identifiers, normalised, in matching order, `id` first; none or a bad one is `Rejected`.

    E-mail is trimmed and case-folded; a phone number must be E.164. `pointer` is that of the resource.
    """
    a = profile.attributes
    found: list[tuple[str, str]] = []
    if profile.id:
        found.append(("id", profile.id))
    if a.external_id:
        found.append(("external_id", _text(a.external_id, "external_id", pointer)))
    if a.email:
        found.append(("email", normal_email(a.email, f"{pointer}/attributes/email")))
    if a.phone_number:
        found.append(("phone_number", normal_phone(a.phone_number, f"{pointer}/attributes/phone_number")))
    if a.kx:
        found.append(("kx", _text(a.kx, "_kx", pointer)))
    if a.anonymous_id:
        found.append(("anonymous_id", _text(a.anonymous_id, "anonymous_id", pointer)))
    if not found:
        raise Rejected(
            "A profile needs at least one identifier: id, email, phone_number, external_id, anonymous_id or _kx.",
            field=f"{pointer}/attributes",
        )
    return found


def limited(others: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """The further identifiers, each once, without the oldest anonymous ids beyond `MAX_ANONYMOUS`."""
    kept = tuple(dict.fromkeys(others))
    surplus = sum(kind == "anonymous_id" for kind, _ in kept) - MAX_ANONYMOUS
    if surplus <= 0:
        return kept
    oldest = [one for one in kept if one[0] == "anonymous_id"][:surplus]
    return tuple(one for one in kept if one not in oldest)


def _text(value: str, name: str, pointer: str) -> str:
    if len(value) > 255:
        raise Rejected(f"{name} is longer than 255 characters.", field=f"{pointer}/attributes/{name}")
    return value


def normal_email(email: str, pointer: str) -> str:
    plain = email.strip().casefold()
    if len(plain.encode()) > 254 or not _EMAIL.fullmatch(plain):
        raise Rejected("This is not a valid e-mail address.", field=pointer)
    return plain


def normal_phone(phone: str, pointer: str) -> str:
    plain = re.sub(r"[\s().-]", "", phone)
    if not _PHONE.fullmatch(plain):
        raise Rejected("This is not a phone number in E.164 format, like +15005550006.", field=pointer)
    return plain


def differ(old: object, new: object) -> bool:
    """Are they other values as JSON? (to Python, false is 0 and 1 is 1.0)"""
    return old != new or (not isinstance(new, str) and _encode(old) != _encode(new))


def clear_identifiers(profile: Profile, attributes: ProfileAttributes) -> bool:
    """Take away the identifiers that the payload sends as null; did anything change?"""
    changed = False
    for kind in IDENTIFIERS:
        if getattr(attributes, kind) is None and getattr(profile, kind) is not None:
            setattr(profile, kind, None)
            changed = True
    return changed


def change(profile: Profile, attributes: ProfileAttributes, meta: Meta | None) -> bool:
    """Merge a payload's attributes, identifiers apart, into the profile; did anything change?

    Absent leaves a field, null clears it (of the properties all that others may write); location and properties
    merge key by key. Patches: `append` adds values that a list does not hold yet (so that a repeated delivery
    changes nothing), `unappend` takes them out, `unset` removes properties.
    """
    changed = False
    if (given := _plain(attributes)) != _NOTHING:
        before = _plain(profile)
        for name, value in zip(PLAIN, given, strict=True):
            if value is not UNSET:
                setattr(profile, name, value)
        changed = before != _plain(profile)
    if attributes.location is not UNSET:
        changed |= _change_location(profile, attributes.location)
    if bytes(attributes.properties):
        sent = msgspec.json.decode(attributes.properties)
        held = profile.properties
        merged = {n: held[n] for n in READ_ONLY if n in held} if sent is None else {**held, **sent}
        merged = {name: value for name, value in merged.items() if value is not None}
        changed |= differ(profile.properties, merged)
        profile.properties = merged
    if meta is not None and meta.patch_properties is not None:
        changed |= _patch(profile, meta)
    return changed


def _change_location(profile: Profile, location: Any) -> bool:
    merged: dict[str, str | float] = {}
    if location is not None:
        merged = dict(profile.location)
        for name in _PLACE:
            value = getattr(location, name)
            if value is None:
                merged.pop(name, None)
            elif value is not UNSET:
                merged[name] = value
    changed = merged != profile.location
    profile.location = merged
    return changed


def _patch(profile: Profile, meta: Meta) -> bool:
    patch = meta.patch_properties
    if patch is None:
        return False
    properties = dict(profile.properties)
    for name, value in (patch.append or {}).items():
        held = _listed(properties.get(name))
        properties[name] = held + [v for v in _listed(value) if v not in held]
    for name, value in (patch.unappend or {}).items():
        if name in properties:
            out = _listed(value)
            properties[name] = [v for v in _listed(properties[name]) if v not in out]
    for name in [patch.unset] if isinstance(patch.unset, str) else patch.unset or []:
        properties.pop(name, None)
    changed = differ(profile.properties, properties)
    profile.properties = properties
    return changed


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
