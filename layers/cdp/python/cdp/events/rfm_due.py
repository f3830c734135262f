from __future__ import annotations

import msgspec


class RfmDue(msgspec.Struct, frozen=True, tag="RfmDue", tag_field="type"):
    """The RFM groups on an account's profiles are to be brought up to date: all of them, or those behind the number
    `after`. Times are RFC 3339, UTC: `as_of` what is reckoned from (null: now), `begun` when the first part began."""

    account_id: str
    as_of: str | None = None
    after: int = 0
    begun: str | None = None
