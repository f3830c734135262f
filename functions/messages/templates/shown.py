"""Resource `template` (SPEC §2.4)."""

from __future__ import annotations

from cdp.documents.templates import Content, Template
from cdp.jsonapi.documents import Asked, Json, Resources
from cdp.jsonapi.times import format_instant

TYPE = "template"
DEFINITION = "definition"


def resource(
    asked: Asked,
    template: Template,
    content: Content,
    fields: frozenset[str] | None = None,
    *,
    definition: bool = False,
) -> Json:
    """One template; its `definition` only on demand. Nothing draws it, so it has no screenshot."""
    attributes: Json = {
        "name": template.name,
        "editor_type": template.editor_type,
        "html": content.html,
        "text": content.text,
        "amp": content.amp,
        "created": format_instant(template.created),
        "updated": format_instant(template.updated),
        "screenshot_url": None,
    }
    if definition and content.definition is not None:
        attributes[DEFINITION] = content.definition
    return Resources(asked, TYPE, "templates", fields=fields).make(template.id, attributes)
