"""Which topics something goes out under. Pure."""

from __future__ import annotations

import uuid
from hashlib import blake2b

from cdp.documents.metrics import Metric
from cdp.events import AlertChanged
from cdp.webhooks.topics import KLAVIYO, STATIC, topic_of


def first_names(metric: Metric) -> tuple[str, ...]:
    """The topics of the metric's events: its own, and the one that everybody has for metrics of this name."""
    own, everybodys = topic_of(metric.service, metric.name, metric.id), topic_of(KLAVIYO, metric.name, metric.id)
    return (own, everybodys) if own != everybodys and everybodys in STATIC else (own,)


def alert_entry_id(message: AlertChanged) -> str:
    """The entry's external_id: an alert opens once and closes once (a UUID of version 8, from our own bits)."""
    text = f"alert/{message.account_id}/{message.alert_id}/{'opened' if message.opened else 'closed'}"
    digest = bytearray(blake2b(text.encode(), digest_size=16).digest())
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(digest)))
