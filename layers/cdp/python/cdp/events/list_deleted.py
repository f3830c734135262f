from __future__ import annotations

import msgspec


class ListDeleted(msgspec.Struct, frozen=True, tag="ListDeleted", tag_field="type"):
    """A list is being deleted; its members are still to be taken out. Sent by `lists` to its own inbox."""

    account_id: str
    list_id: str
