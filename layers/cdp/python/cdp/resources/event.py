"""Resource `event` (SPEC §2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from cdp.documents.metrics import Metric
from cdp.events.event_recorded import EventRecorded
from cdp.jsonapi.documents import Asked, Json, Resources, identifier
from cdp.jsonapi.times import format_instant
from cdp.lake.event_rows import EventRow
from cdp.lake.tables import month_of
from cdp.model.ids import event_name, event_uuid, parse_event_name, profile_id, profile_no
from cdp.model.profile import Profile
from cdp.resources import metric as metric_resource
from cdp.resources import profile as profile_resource

RELATIONSHIPS = ("profile", "metric")
_properties = msgspec.json.Decoder(dict[str, Any])


@dataclass(frozen=True, slots=True)
class Address:
    """Where the platform is reached, for documents that nobody asked for over HTTP. Without a trailing slash."""

    base_url: str
    raw_path: str = ""
    raw_query: str = ""


def resources(asked: Asked, fields: frozenset[str] | None) -> Resources:
    return Resources(asked, "event", "events", relationships=RELATIONSHIPS, fields=fields)


def event_id(row: EventRow) -> str:
    return event_name(month_of(row.occurred_at), row.metric_no, row.event_id)


def attributes(account_id: str, row: EventRow) -> Json:
    return {
        "timestamp": int(row.occurred_at.timestamp()),
        "event_properties": _event_properties(row),
        "datetime": format_instant(row.occurred_at),
        "uuid": event_uuid(account_id, row.event_id),
    }


def related(account_id: str, row: EventRow, metric_id: str) -> Json:
    return {
        "profile": identifier("profile", profile_id(account_id, row.profile_no)),
        "metric": identifier("metric", metric_id),
    }


def _event_properties(row: EventRow) -> dict[str, Any]:
    """All properties, and what exporters look for: the unique id, and value and currency when given."""
    shown = _properties.decode(row.properties)
    shown["$event_id"] = str(int(row.occurred_at.timestamp())) if row.unique_id is None else row.unique_id
    if row.value is not None:
        shown["$value"] = row.value
    if row.currency is not None:
        shown["$value_currency"] = row.currency
    return shown


def row_of(message: EventRecorded) -> EventRow:
    """The event as the lake has it."""
    name, person = parse_event_name(message.event_id), profile_no(message.account_id, message.profile_id)
    if name is None or person is None:
        raise ValueError(f"{message.event_id} or {message.profile_id} is no id of account {message.account_id}")
    _, metric_no, number = name
    at, properties = datetime.fromisoformat(message.occurred_at), bytes(message.properties).decode()
    return EventRow(metric_no, person, at, number, message.value, message.currency, message.unique_id, properties)


def document(asked: Asked, account_id: str, row: EventRow, metric: Metric, person: Profile | None) -> Json:
    """What GET /api/events/{id}?include=profile,metric answers. A profile that is no more is not included."""
    made = resources(asked, None).make(event_id(row), attributes(account_id, row), related(account_id, row, metric.id))
    included = [metric_resource.resources(asked).make(metric.id, metric_resource.attributes(metric))]
    if person is not None:
        shown = profile_resource.attributes(person)
        included.insert(0, profile_resource.resources(asked).make(person.id(account_id), shown))
    return {"data": made, "included": included}
