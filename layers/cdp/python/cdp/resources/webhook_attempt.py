"""Resource `webhook-attempt`: one POST to a webhook, and what came of it."""

from __future__ import annotations

from cdp.documents.webhook_attempts import Attempt
from cdp.jsonapi.documents import Asked, Json, identifier, sparse
from cdp.jsonapi.times import format_instant
from cdp.resources import webhook

TYPE = "webhook-attempt"


def outcome(attempt: Attempt) -> Json:
    """`duration_ms` in milliseconds; `response_status` null: there was no answer."""
    return {
        "status": "delivered" if attempt.failure is None else "failed",
        "attempted_at": format_instant(attempt.at),
        "response_status": attempt.status,
        "duration_ms": attempt.duration_ms,
        "failure": attempt.failure,
        "delivery_id": attempt.delivery_id,
    }


def resource(asked: Asked, attempt: Attempt, fields: frozenset[str] | None) -> Json:
    attributes = {
        **outcome(attempt),
        "kind": attempt.kind,
        "attempt": attempt.attempt,
        "retry_at": None if attempt.retry_at is None else format_instant(attempt.retry_at),
        "event_count": attempt.events,
        "first_external_id": attempt.first_external_id,
        "last_external_id": attempt.last_external_id,
    }
    return {
        "type": TYPE,
        "id": attempt.id,
        "attributes": sparse(attributes, fields),
        "relationships": {webhook.TYPE: {"data": identifier(webhook.TYPE, attempt.webhook_id)}},
        "links": {"self": f"{asked.base_url}/api/webhooks/{attempt.webhook_id}/webhook-attempts"},
    }
