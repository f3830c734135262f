"""The secrets of webhooks, kept in memory for a moment: asking for them with every delivery would cost as much as it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cdp.documents import webhooks
from cdp.documents.webhooks import Webhook
from cdp.ports import Secrets

KEPT = timedelta(seconds=60)
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Keys:
    """Those that are valid, the newest first. Another one is seen at once: the webhook has changed then."""

    secrets: Secrets
    _known: dict[tuple[str, str], tuple[datetime, datetime, tuple[str, ...]]] = field(default_factory=dict, repr=False)

    def of(self, account_id: str, webhook: Webhook, now: datetime) -> tuple[str, ...]:
        known = self._known.get((account_id, webhook.id))
        if known is not None and known[0] == webhook.updated and now < known[1]:
            return known[2]
        found = webhooks.secrets_of(self.secrets, account_id, webhook.id, now)
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[account_id, webhook.id] = (webhook.updated, now + KEPT, found)
        return found
