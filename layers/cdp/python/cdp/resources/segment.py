"""Resource `segment` (SPEC §4.1). `evaluated_at` is ours: the time of the last full evaluation."""

from __future__ import annotations

from cdp.documents.segments import Segment
from cdp.jsonapi.documents import Asked, Json, Resources
from cdp.jsonapi.times import format_instant

TYPE = "segment"
RELATIONSHIPS = ("profiles", "tags", "flow-triggers")


def resources(asked: Asked, fields: frozenset[str] | None = None) -> Resources:
    return Resources(asked, TYPE, "segments", relationships=RELATIONSHIPS, fields=fields)


def attributes(segment: Segment) -> Json:
    evaluated = segment.evaluated_at
    return {
        "name": segment.name,
        "definition": segment.definition,
        "created": format_instant(segment.created),
        "updated": format_instant(segment.updated),
        "is_active": segment.is_active,
        "is_processing": segment.is_processing,
        "is_starred": segment.is_starred,
        "evaluated_at": None if evaluated is None else format_instant(evaluated),
    }
