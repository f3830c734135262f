"""How a webhook fares: the attributes `delivery_status` and `backlog`, which are shown on demand."""

from __future__ import annotations

from datetime import datetime

from cdp.documents import webhook_backlog, webhook_lanes
from cdp.documents.webhooks import Webhook
from cdp.jsonapi.documents import Json
from cdp.jsonapi.times import format_instant
from cdp.ports import Table

STATUS, BACKLOG = "delivery_status", "backlog"
COUNTED = 100  # entries that wait are counted up to here


def status(table: Table, account_id: str, webhook: Webhook) -> Json:
    """`state`: ok, failing (there is a next attempt) or disabled. What failed before the webhook's `fresh_since` does
    not count."""
    lane = webhook_lanes.read(table, account_id, webhook.id).lane
    since = lane.failing_since
    failing = webhook.enabled and since is not None and since >= webhook.fresh_since
    return {
        "state": "disabled" if not webhook.enabled else "failing" if failing else "ok",
        "disabled_because": webhook.disabled_because,
        "failing_since": _shown(since if failing else None),
        "failed_attempts": lane.attempt if failing else 0,
        "next_attempt_at": _shown(lane.next_at if failing else None),
        "last_delivered_at": _shown(lane.delivered_at),
        "is_replaying": lane.replay,
    }


def backlog(table: Table, account_id: str, webhook: Webhook) -> Json:
    return {
        "waiting_count": webhook_backlog.count(table, account_id, webhook.id, COUNTED),
        "has_dead_letters": bool(webhook_backlog.dead(table, account_id, webhook.id, limit=1)),
    }


def _shown(at: datetime | None) -> str | None:
    return None if at is None else format_instant(at)
