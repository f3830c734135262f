"""The event as the API shows it. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from cdp.jsonapi.documents import Asked, Json, Resources, identifier
from cdp.jsonapi.times import format_instant
from cdp.lake.event_rows import EventRow
from cdp.lake.tables import month_of
from cdp.model.ids import event_name, event_uuid, profile_id

RELATIONSHIPS = ("profile", "metric")
_properties = msgspec.json.Decoder(dict[str, Any])


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
