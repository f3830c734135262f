"""Resource `list` (SPEC §2.3)."""

from __future__ import annotations

from collections.abc import Sequence

from cdp.documents.lists import List
from cdp.documents.tags import Tag
from cdp.jsonapi.documents import Asked, Json, Resources, identifier
from cdp.jsonapi.times import format_instant

TYPE = "list"
RELATIONSHIPS = ("profiles", "tags", "flow-triggers")


def resources(asked: Asked, fields: frozenset[str] | None = None) -> Resources:
    return Resources(asked, TYPE, "lists", relationships=RELATIONSHIPS, fields=fields)


def attributes(list_: List) -> Json:
    return {
        "name": list_.name,
        "created": format_instant(list_.created),
        "updated": format_instant(list_.updated),
        "opt_in_process": list_.opt_in_process,
    }


def related(tags: Sequence[Tag]) -> Json:
    """The relationships whose data is cheap."""
    return {"tags": [identifier("tag", tag.id) for tag in tags]}
