"""Bodies of the operations on templates. Pure.

A definition of the drag-and-drop editor is kept as it is sent; only its outline is looked at.
"""

from __future__ import annotations

from typing import Any

import msgspec

from cdp.documents.templates import Content, EditorType
from cdp.errors import Rejected
from cdp.jsonapi.bodies import Body, Changed, Copy, New

AT = "/data/attributes"
MAX_CONTENT = 300_000  # bytes: one item of the table
_PARTS = ("id", "template_id", "body", "styles")
_UNIVERSAL_PARTS = ("id", "data_id", "universal_id", "content_type", "type", "data", "rows")
_BODY_PARTS = ("id", "properties", "styles", "sections")


class _New(msgspec.Struct, gc=False):
    name: str
    editor_type: EditorType
    html: str | None = None
    text: str | None = None
    amp: str | None = None
    definition: dict[str, Any] | None = None


class _Change(msgspec.Struct, gc=False):
    """What is absent stays; null empties `text` and `amp`."""

    name: str | None = None
    html: str | None = None
    text: str | msgspec.UnsetType | None = msgspec.UNSET
    amp: str | msgspec.UnsetType | None = msgspec.UNSET
    definition: dict[str, Any] | None = None


class _Context(msgspec.Struct, gc=False):
    context: dict[str, Any]


class _Universal(msgspec.Struct, gc=False):
    name: str
    definition: dict[str, Any]


class _UniversalChange(msgspec.Struct, gc=False):
    name: str | None = None
    definition: dict[str, Any] | None = None


new_universal = Body("template-universal-content", New[_Universal])
universal_change = Body("template-universal-content", Changed[_UniversalChange])
universal_clone = Body("template-universal-content", Copy)
new_template = Body("template", New[_New])
template_change = Body("template", Changed[_Change])
template_clone = Body("template", Copy)
template_render = Body("template", Changed[_Context])


def new_content(given: _New) -> Content:
    """What a new template holds: a definition if it is made by drag and drop, else HTML."""
    if given.editor_type != "SYSTEM_DRAGGABLE" and given.html is None:
        raise Rejected(f"A template of type {given.editor_type} needs HTML.", field=f"{AT}/html")
    if given.editor_type == "SYSTEM_DRAGGABLE" and given.definition is None:
        raise Rejected("A template of type SYSTEM_DRAGGABLE needs a definition.", field=f"{AT}/definition")
    return changed_content(
        Content(),
        given.editor_type,
        _Change(html=given.html, text=given.text, amp=given.amp, definition=given.definition),
    )


def changed_content(old: Content, editor_type: EditorType, given: _Change) -> Content:
    """`old` with what is given; what the editor's type does not allow is refused."""
    dragged = editor_type == "SYSTEM_DRAGGABLE"
    barred = {"html": dragged and given.html, "amp": dragged and given.amp, "definition": not dragged and given.definition}
    for name, value in barred.items():
        if value:
            raise Rejected(f"A template of type {editor_type} takes no {name}.", field=f"{AT}/{name}")
    if given.definition is not None:
        _check(given.definition)
    new = Content(
        html=old.html if given.html is None else given.html,
        text=old.text if given.text is msgspec.UNSET else given.text,
        amp=old.amp if given.amp is msgspec.UNSET else given.amp,
        definition=old.definition if given.definition is None else given.definition,
    )
    if len(msgspec.json.encode(new)) > MAX_CONTENT:
        raise Rejected(
            f"What a template holds has at most {MAX_CONTENT} bytes.",
            field=AT,
            status=413,
            code="payload_too_large",
            title="Payload too large.",
        )
    return new


def checked_universal(definition: dict[str, Any]) -> dict[str, Any]:
    """A block or a section; what it holds is kept as it is sent."""
    at = f"{AT}/definition"
    _known(definition, _UNIVERSAL_PARTS, at)
    if definition.get("content_type") not in ("block", "section"):
        raise Rejected("The content_type is block or section.", field=f"{at}/content_type")
    if not isinstance(definition.get("type"), str) or not definition["type"]:
        raise Rejected("A definition needs a type.", field=f"{at}/type")
    if not isinstance(definition.get("data"), dict):
        raise Rejected("A definition needs data, an object.", field=f"{at}/data")
    return definition


def _check(definition: dict[str, Any]) -> None:
    at = f"{AT}/definition"
    _known(definition, _PARTS, at)
    if not isinstance(definition.get("body"), dict):
        raise Rejected("A definition needs a body, an object.", field=f"{at}/body")
    if not isinstance(definition.get("styles"), list):
        raise Rejected("A definition needs styles, a list.", field=f"{at}/styles")
    _known(definition["body"], _BODY_PARTS, f"{at}/body")
    for name in ("properties", "styles"):
        if not isinstance(definition["body"].get(name), dict):
            raise Rejected(f"The body needs {name}, an object.", field=f"{at}/body/{name}")


def _known(found: dict[str, Any], names: tuple[str, ...], at: str) -> None:
    for name in found:
        if name not in names:
            raise Rejected(f"{name!r} is not known here; known: {', '.join(names)}.", field=f"{at}/{name}")
