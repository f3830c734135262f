"""Which topics something goes out under. Pure."""

from __future__ import annotations

from cdp.documents.metrics import Metric
from cdp.events import AlertChanged
from cdp.model.ids import named_uuid
from cdp.webhooks.topics import KLAVIYO, STATIC, topic_of


def first_names(metric: Metric) -> tuple[str, ...]:
    """The topics of the metric's events: its own, and the one that everybody has for metrics of this name."""
    own, everybodys = topic_of(metric.service, metric.name, metric.id), topic_of(KLAVIYO, metric.name, metric.id)
    return (own, everybodys) if own != everybodys and everybodys in STATIC else (own,)


def alert_entry_id(message: AlertChanged) -> str:
    """The entry's external_id: an alert opens once and closes once."""
    return named_uuid(f"alert/{message.account_id}/{message.alert_id}/{'opened' if message.opened else 'closed'}")
