from __future__ import annotations

import msgspec


class CompactionDue(msgspec.Struct, frozen=True, tag="CompactionDue", tag_field="type"):
    """A table has gathered many small files; sent by `record` to `compact`."""

    account_id: str
    table: str
