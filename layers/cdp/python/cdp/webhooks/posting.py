"""One POST to a webhook, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cdp.documents.webhook_attempts import Attempt, Kind
from cdp.model.ids import new_ulid
from cdp.ports import Forbidden, Outbound, Unreachable
from cdp.webhooks import delivery
from cdp.webhooks.delivery import Recipient

SLOW_S = 2.5  # half of what it may take


@dataclass(frozen=True, slots=True)
class Posted:
    """The encoded `entries` went at `at` (UTC). `status` and `headers` are the answer's: None and empty without one.
    `failure`: None if they arrived; never in the endpoint's own words."""

    webhook_id: str
    delivery_id: str
    entries: Sequence[bytes]
    at: datetime
    duration_s: float
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    failure: str | None = None

    @property
    def is_gone(self) -> bool:
        return self.status == delivery.GONE

    @property
    def is_slow(self) -> bool:
        return self.duration_s > SLOW_S

    def attempt(self, number: int, *, retry_at: datetime | None = None, kind: Kind = "delivery") -> Attempt:
        """The entry of the attempts log."""
        return Attempt(
            id=new_ulid(self.at),
            webhook_id=self.webhook_id,
            at=self.at,
            delivery_id=self.delivery_id,
            attempt=number,
            events=len(self.entries),
            duration_ms=round(self.duration_s * 1000),
            status=self.status,
            failure=self.failure,
            retry_at=retry_at,
            first_external_id=delivery.external_id(self.entries[0]),
            last_external_id=delivery.external_id(self.entries[-1]),
            kind=kind,
        )


def post(outbound: Outbound, recipient: Recipient, delivery_id: str, entries: Sequence[bytes], at: datetime) -> Posted:
    """Sign the entries as of `at` (UTC), and send them."""
    sent = delivery.request(recipient, delivery_id, entries, at)
    started = time.monotonic()
    try:
        answer = outbound.send(sent)
    except (Forbidden, Unreachable) as error:
        passed_s = time.monotonic() - started
        return Posted(recipient.webhook_id, delivery_id, entries, at, passed_s, failure=str(error))
    passed_s = time.monotonic() - started
    arrived = answer.status in delivery.SUCCESS
    failure = None if arrived else f"The endpoint answered {answer.status}; only 200, 201 and 202 say that it has arrived."
    return Posted(recipient.webhook_id, delivery_id, entries, at, passed_s, answer.status, answer.headers, failure)
