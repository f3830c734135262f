"""The POST of what is at the front of a backlog."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cdp.documents.webhook_backlog import Waiting
from cdp.ports import Outbound
from cdp.webhooks import posting
from cdp.webhooks.delivery import Recipient, delivery_id
from cdp.webhooks.posting import Posted


@dataclass(frozen=True, slots=True)
class Poster:
    outbound: Outbound
    clock: Callable[[], datetime]

    def post(self, recipient: Recipient, batch: Sequence[Waiting]) -> Posted:
        id_ = delivery_id(recipient.webhook_id, [waiting.key for waiting in batch])
        return posting.post(self.outbound, recipient, id_, [waiting.entry for waiting in batch], self.clock())
