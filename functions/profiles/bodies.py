"""Bodies of the profile operations, checked against the limits of SPEC §1.7. Pure."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import UNSET, Raw

from cdp.errors import Rejected
from cdp.jsonapi.bodies import Body, New, ToMany
from cdp.jsonapi.errors import decode
from cdp.model import read_only
from cdp.model.payloads import ProfileResource
from cdp.model.profile import IDENTIFIERS, normal_email, normal_phone
from cdp.model.properties import check_object

MAX_TEXT = 255
_TEXTS = ("first_name", "last_name", "organization", "locale", "title")
_ANY_LENGTH = 2000


class ProfileDocument(msgspec.Struct, gc=False):
    data: ProfileResource


class _Rows(msgspec.Struct, gc=False):
    data: list[Raw]


class _ImportAttributes(msgspec.Struct, gc=False):
    profiles: _Rows


class _ImportRelationships(msgspec.Struct, gc=False):
    lists: ToMany[Literal["list"]] | None = None


class ImportJob(New[_ImportAttributes], frozen=True, kw_only=True):
    """POST /api/profile-bulk-import-jobs. Rows stay raw: each succeeds or fails by itself."""

    relationships: _ImportRelationships | None = None

    @property
    def rows(self) -> list[Raw]:
        return self.attributes.profiles.data

    @property
    def list_ids(self) -> list[str]:
        lists = self.relationships.lists if self.relationships else None
        return [] if lists is None else lists.ids


profile_document = msgspec.json.Decoder(ProfileDocument)
import_job = Body("profile-bulk-import-job", ImportJob)
_row = msgspec.json.Decoder(ProfileResource)


def read_row(raw: Raw, pointer: str) -> ProfileResource:
    """One row of a bulk import."""
    return checked(decode(_row, raw, pointer), pointer)


def checked(resource: ProfileResource, pointer: str) -> ProfileResource:
    """The resource, if its attributes keep their limits and its properties are an object (or null) of names
    that others may write."""
    attributes = resource.attributes
    for name in _TEXTS:
        value = getattr(attributes, name)
        if isinstance(value, str) and len(value) > MAX_TEXT:
            raise Rejected(
                f"{name} is longer than {MAX_TEXT} characters.", field=f"{pointer}/attributes/{name}"
            )
    if isinstance(attributes.image, str) and len(attributes.image) > _ANY_LENGTH:
        raise Rejected("image is longer than 2000 characters.", field=f"{pointer}/attributes/image")
    properties = bytes(attributes.properties)
    if properties and properties != b"null":
        check_object(properties, f"{pointer}/attributes/properties")
    read_only.check(resource, pointer)
    return resource


def given_identifiers(resource: ProfileResource, pointer: str) -> dict[str, str | None]:
    """The identifiers that the payload sets, normalised, or takes away (None); `id` is not among them."""
    given: dict[str, str | None] = {}
    for kind in IDENTIFIERS:
        value = getattr(resource.attributes, kind)
        if value is UNSET:
            continue
        name = "_kx" if kind == "kx" else kind
        given[kind] = None if not value else _normal(kind, value, f"{pointer}/attributes/{name}")
    return given


def _normal(kind: str, value: str, pointer: str) -> str:
    if kind == "email":
        return normal_email(value, pointer)
    if kind == "phone_number":
        return normal_phone(value, pointer)
    if len(value) > MAX_TEXT:
        raise Rejected(f"An identifier has at most {MAX_TEXT} characters.", field=pointer)
    return value
