"""Resources `monitor`, `monitor-alert` and `monitor-evaluation`."""

from __future__ import annotations

from cdp.documents.alerts import Alert
from cdp.documents.monitors import Monitor
from cdp.jsonapi.documents import Asked, Json, Resources, identifier, single
from cdp.jsonapi.times import format_instant

MONITOR, ALERT = "monitor", "monitor-alert"


def monitor(asked: Asked, one: Monitor, fields: frozenset[str] | None = None) -> Json:
    shown: Json = {
        "name": one.name,
        "monitor_type": one.monitor_type,
        "conditions": one.conditions,
        "join": one.join,
        "notifications": one.notifications,
        "enabled": one.enabled,
        "status": one.status,
        "last_checked_at": None if one.last_checked is None else format_instant(one.last_checked),
        "evaluation": one.evaluation,
        "created": format_instant(one.created),
        "updated": format_instant(one.updated),
    }
    made = Resources(asked, MONITOR, "monitors", fields=fields).make(one.id, shown)
    alerts = {"links": {"related": f"{asked.base_url}/api/monitors/{one.id}/alerts"}}
    return {**made, "relationships": {**_object(asked, one.monitor_type, one.object_id), "alerts": alerts}}


def alert(asked: Asked, one: Alert, fields: frozenset[str] | None = None) -> Json:
    shown: Json = {
        "name": one.name,
        "monitor_type": one.monitor_type,
        "status": one.status,
        "home": one.home,
        "first_seen": format_instant(one.first_seen),
        "last_seen": format_instant(one.last_seen),
        "times_seen": one.times_seen,
        "closed_at": None if one.closed_at is None else format_instant(one.closed_at),
        "closed_because": one.closed_because,
        "evaluation": one.evaluation,
        "created": format_instant(one.created),
        "updated": format_instant(one.updated),
    }
    made = Resources(asked, ALERT, "monitor-alerts", fields=fields).make(one.id, shown)
    related: Json = {"data": identifier(MONITOR, one.monitor_id), "links": {"related": _url(asked, "monitors", one.monitor_id)}}
    return {**made, "relationships": {"monitor": related, **_object(asked, one.monitor_type, one.object_id)}}


def alert_document(asked: Asked, one: Alert, fields: frozenset[str] | None = None) -> Json:
    """What GET /api/monitor-alerts/{id} answers."""
    return single(asked, alert(asked, one, fields))


def _object(asked: Asked, kind: str, id_: str) -> Json:
    return {kind: {"data": identifier(kind, id_), "links": {"related": _url(asked, f"{kind}s", id_)}}}


def _url(asked: Asked, collection: str, id_: str) -> str:
    return f"{asked.base_url}/api/{collection}/{id_}"
