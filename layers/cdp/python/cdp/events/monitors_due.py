from __future__ import annotations

import msgspec


class MonitorsDue(msgspec.Struct, frozen=True, tag="MonitorsDue", tag_field="type"):
    """An account's monitors are to be evaluated as of `as_of` (RFC 3339, UTC); sent by `monitors` to itself."""

    account_id: str
    as_of: str
