"""Bodies of the segment operations. Pure."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import UNSET, Raw, UnsetType

from cdp.errors import Rejected

NAME_CHARS = 255
ATTRIBUTES = "/data/attributes"


class New(msgspec.Struct, frozen=True):
    name: str
    definition: Raw
    is_starred: bool | None = None


class Changes(msgspec.Struct, frozen=True):
    """UNSET and null leave things as they are."""

    name: str | UnsetType | None = UNSET
    definition: Raw | UnsetType = UNSET
    is_starred: bool | UnsetType | None = UNSET
    is_active: bool | UnsetType | None = UNSET


class _NewResource(msgspec.Struct, frozen=True):
    type: Literal["segment"]
    attributes: New


class _ChangedResource(msgspec.Struct, frozen=True):
    type: Literal["segment"]
    id: str
    attributes: Changes


class NewDocument(msgspec.Struct, frozen=True):
    """POST /api/segments"""

    data: _NewResource


class ChangedDocument(msgspec.Struct, frozen=True):
    """PATCH /api/segments/{id}"""

    data: _ChangedResource


new_document = msgspec.json.Decoder(NewDocument)
changed_document = msgspec.json.Decoder(ChangedDocument)


def checked_name(name: str) -> str:
    """A name without blanks around it."""
    plain = name.strip()
    if not plain or len(plain) > NAME_CHARS:
        raise Rejected(f"A segment's name has 1 to {NAME_CHARS} characters.", field=f"{ATTRIBUTES}/name")
    return plain


def given(value: bool | UnsetType | None, otherwise: bool) -> bool:
    return value if isinstance(value, bool) else otherwise
