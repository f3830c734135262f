"""Bodies of the segment operations. Pure."""

from __future__ import annotations

import msgspec
from msgspec import UNSET, Raw, UnsetType

from cdp.jsonapi.bodies import Body, Changed, New


class NewSegment(msgspec.Struct, frozen=True):
    name: str
    definition: Raw
    is_starred: bool | None = None


class SegmentChange(msgspec.Struct, frozen=True):
    """UNSET and null leave things as they are."""

    name: str | UnsetType | None = UNSET
    definition: Raw | UnsetType = UNSET
    is_starred: bool | UnsetType | None = UNSET
    is_active: bool | UnsetType | None = UNSET


new_segment = Body("segment", New[NewSegment])
segment_change = Body("segment", Changed[SegmentChange])


def given(value: bool | UnsetType | None, otherwise: bool) -> bool:
    return value if isinstance(value, bool) else otherwise
