from __future__ import annotations

import msgspec


class SegmentDue(msgspec.Struct, frozen=True, tag="SegmentDue", tag_field="type"):
    """A full pass over one segment is due; sent by `audiences` to its own inbox. `as_of` is UTC, RFC 3339; None: now."""

    account_id: str
    segment_id: str
    as_of: str | None = None
