"""Resources `webhook` and `webhook-topic` (SPEC §15)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from cdp.documents.webhooks import Webhook
from cdp.jsonapi.documents import Asked, Json, Resources, identifier
from cdp.jsonapi.times import format_instant

TYPE, TOPIC = "webhook", "webhook-topic"
TOPICS = "webhook-topics"


def resource(asked: Asked, webhook: Webhook, fields: frozenset[str] | None, further: Mapping[str, object] | None = None) -> Json:
    """No secret in it, and of the address the host only: what follows often is one."""
    attributes = {
        "name": webhook.name,
        "description": webhook.description,
        "endpoint_url": origin(webhook.endpoint_url),
        "enabled": webhook.enabled,
        "created_at": format_instant(webhook.created),
        "updated_at": format_instant(webhook.updated),
        **(further or {}),
    }
    related = {TOPICS: [identifier(TOPIC, topic) for topic in webhook.topics]}
    return Resources(asked, TYPE, "webhooks", fields=fields).make(webhook.id, attributes, related)


def topic(asked: Asked, id_: str) -> Json:
    """A topic has no attributes."""
    return {**identifier(TOPIC, id_), "links": {"self": f"{asked.base_url}/api/{TOPICS}/{quote(id_, safe=':')}"}}


def origin(url: str) -> str:
    """Scheme, host and port."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
