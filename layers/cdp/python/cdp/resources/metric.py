"""Resource `metric` (SPEC §3)."""

from __future__ import annotations

from cdp.documents.metrics import SERVICE, Metric
from cdp.jsonapi.documents import Asked, Json, Resources
from cdp.jsonapi.times import format_instant
from cdp.model.ids import short_id

TYPE = "metric"
RELATIONSHIPS = ("flow-triggers",)


def resources(asked: Asked, fields: frozenset[str] | None = None) -> Resources:
    return Resources(asked, TYPE, "metrics", relationships=RELATIONSHIPS, fields=fields)


def attributes(metric: Metric) -> Json:
    return {
        "name": metric.name,
        "created": format_instant(metric.created),
        "updated": format_instant(metric.updated),
        "integration": integration(metric.service),
    }


def integration(service: str) -> dict[str, str]:
    """The service a metric comes from. One that we know by its key only is called by it."""
    name = "API" if service == SERVICE else service
    return {
        "object": "integration",
        "id": short_id("integration", service),
        "key": service,
        "name": name,
        "category": name,
    }
