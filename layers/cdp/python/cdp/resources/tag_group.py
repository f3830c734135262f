"""Resource `tag-group` (SPEC §2.3)."""

from __future__ import annotations

from cdp.documents.tags import TagGroup
from cdp.jsonapi.documents import Asked, Json, Resources

TYPE = "tag-group"
RELATIONSHIPS = ("tags",)


def resource(asked: Asked, group: TagGroup, fields: frozenset[str] | None = None) -> Json:
    made = Resources(asked, TYPE, "tag-groups", relationships=RELATIONSHIPS, fields=fields)
    shown = {"name": group.name, "exclusive": group.exclusive, "default": group.default}
    return made.make(group.id, shown)
