"""What a test call sends: an event that never was. Pure.

Its topic is one that nothing else has, so a receiver never takes it for something that a customer did; its document
has the shape of every other event's.
"""

from __future__ import annotations

import uuid
from datetime import datetime

import msgspec

from cdp.documents.metrics import Metric
from cdp.lake.event_rows import EventRow
from cdp.model.ids import short_id
from cdp.model.profile import Profile
from cdp.resources.event import Address, document
from cdp.webhooks.delivery import Entry

TOPIC = "system:webhook_test"
_NAME, _SERVICE = "Webhook Test", "regulars"
_PROPERTIES = msgspec.json.encode({"test": True, "note": "This event was made up to test a webhook."}).decode()


def entry(platform_url: str, account_id: str, now: datetime) -> Entry:
    """Another one every time."""
    metric = Metric(short_id(account_id, _SERVICE, _NAME), 0, _NAME, _SERVICE, now, now)
    person = Profile(0, now, now, email="webhook-test@example.com", first_name="Test")
    row = EventRow(metric.no, person.no, now, 0, None, None, "webhook-test", _PROPERTIES)
    return Entry(TOPIC, str(uuid.uuid4()), document(Address(platform_url), account_id, row, metric, person))
