"""Attempts to deliver to a webhook: one entry for every POST, kept for a week."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from cdp.ports import Item, ItemQuery, Key, Put, Table

KEPT = timedelta(days=7)
Kind = Literal["delivery", "test"]


class Attempt(msgspec.Struct, frozen=True, omit_defaults=True):
    """`id` is a ULID of `at` (UTC). `delivery_id` is the header webhook-id, `attempt` counts its tries from 1.

    `events` entries went, from `first_external_id` to `last_external_id`. `status`: of the HTTP answer, None without
    one. `failure` says why it was no success, never what the receiver wrote. `retry_at`: not before then.
    """

    id: str
    webhook_id: str
    at: datetime
    delivery_id: str
    attempt: int
    events: int
    duration_ms: int
    status: int | None = None
    failure: str | None = None
    retry_at: datetime | None = None
    first_external_id: str | None = None
    last_external_id: str | None = None
    kind: Kind = "delivery"


_attempt = msgspec.json.Decoder(Attempt)


def putting(account_id: str, attempt: Attempt) -> Put:
    """The write of the entry, for a transaction."""
    expires_at = int((attempt.at + KEPT).timestamp())
    key = Key(_partition(account_id, attempt.webhook_id), attempt.id)
    return Put(Item(key, msgspec.json.encode(attempt), expires_at=expires_at))


def page(
    table: Table, account_id: str, webhook_id: str, *, descending: bool, limit: int, after: str | None
) -> list[Attempt]:
    """At most `limit` entries in the order of time, beginning behind the id `after`."""
    partition = _partition(account_id, webhook_id)
    position = None if after is None else (after, partition, after)
    query = ItemQuery(partition, descending=descending, limit=limit, after=position)
    return [_attempt.decode(item.body) for item in table.query(query)]


def _partition(account_id: str, webhook_id: str) -> str:
    return f"{account_id}#webhook-attempts#{webhook_id}"
