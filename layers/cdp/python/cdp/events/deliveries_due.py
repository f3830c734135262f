from __future__ import annotations

import msgspec


class DeliveriesDue(msgspec.Struct, frozen=True, tag="DeliveriesDue", tag_field="type"):
    """Something waits in a webhook's backlog; sent by `webhooks` to `deliveries`, and by `deliveries` to itself."""

    account_id: str
    webhook_id: str
