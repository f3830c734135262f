"""One POST, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cdp.documents.webhook_attempts import Attempt
from cdp.documents.webhook_backlog import Waiting
from cdp.model.ids import new_ulid
from cdp.ports import Forbidden, Outbound, Unreachable
from cdp.webhooks import delivery
from cdp.webhooks.delivery import Recipient
from functions.deliveries.retry import retry_after_s

SLOW_S = 2.5  # half of what it may take


@dataclass(frozen=True, slots=True)
class Posted:
    """`status`: None without an answer. `failure`: None if it arrived; never in the endpoint's own words."""

    at: datetime
    delivery_id: str
    duration_s: float
    status: int | None = None
    failure: str | None = None
    retry_after_s: float | None = None

    @property
    def is_gone(self) -> bool:
        return self.status == delivery.GONE

    @property
    def is_slow(self) -> bool:
        return self.duration_s > SLOW_S


@dataclass(frozen=True, slots=True)
class Poster:
    outbound: Outbound
    clock: Callable[[], datetime]

    def post(self, recipient: Recipient, batch: Sequence[Waiting]) -> Posted:
        at = self.clock()
        id_ = delivery.delivery_id(recipient.webhook_id, [waiting.key for waiting in batch])
        sent = delivery.request(recipient, id_, [waiting.entry for waiting in batch], at)
        started = time.monotonic()
        try:
            answer = self.outbound.send(sent)
        except (Forbidden, Unreachable) as error:
            return Posted(at, id_, time.monotonic() - started, failure=str(error))
        duration_s = time.monotonic() - started
        if answer.status in delivery.SUCCESS:
            return Posted(at, id_, duration_s, answer.status)
        wish = retry_after_s(answer.headers, self.clock())
        return Posted(at, id_, duration_s, answer.status, f"The endpoint answered {answer.status}.", wish)


def logged(
    webhook_id: str, posted: Posted, batch: Sequence[Waiting], attempt: int, retry_at: datetime | None = None
) -> Attempt:
    """The entry of the attempts log."""
    return Attempt(
        id=new_ulid(posted.at),
        webhook_id=webhook_id,
        at=posted.at,
        delivery_id=posted.delivery_id,
        attempt=attempt,
        events=len(batch),
        duration_ms=round(posted.duration_s * 1000),
        status=posted.status,
        failure=posted.failure,
        retry_at=retry_at,
        first_external_id=delivery.external_id(batch[0].entry),
        last_external_id=delivery.external_id(batch[-1].entry),
    )
