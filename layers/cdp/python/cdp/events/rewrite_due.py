from __future__ import annotations

import msgspec


class RewriteDue(msgspec.Struct, frozen=True, tag="RewriteDue", tag_field="type"):
    """Rows in the lake belong to profiles that were merged or erased (documents.merges); sent to `rewrite`."""

    account_id: str
