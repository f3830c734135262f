"""Resource `tag` (SPEC §2.3)."""

from __future__ import annotations

from cdp.documents.tags import Tag
from cdp.jsonapi.documents import Asked, Json, Resources, identifier

TYPE = "tag"
RELATIONSHIPS = ("tag-group", "lists", "segments", "campaigns", "flows")


def resource(asked: Asked, tag: Tag, fields: frozenset[str] | None = None) -> Json:
    made = Resources(asked, TYPE, "tags", relationships=RELATIONSHIPS, fields=fields)
    return made.make(tag.id, {"name": tag.name}, {"tag-group": identifier("tag-group", tag.group_id)})
