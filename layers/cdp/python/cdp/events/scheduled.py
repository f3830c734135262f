from __future__ import annotations

import msgspec


class Scheduled(msgspec.Struct, frozen=True, tag="Scheduled", tag_field="type"):
    """A schedule of the room's spec is due. `as_of` (RFC 3339, UTC) is set when a person asked for a run."""

    job: str
    as_of: str | None = None
    account_id: str | None = None
