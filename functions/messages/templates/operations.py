"""The operations on templates."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from cdp.documents import templates
from cdp.documents.named import Stored
from cdp.documents.templates import TEMPLATES, Content, Template
from cdp.errors import Unavailable, not_found
from cdp.jsonapi.bodies import checked_name
from cdp.jsonapi.documents import Json, collection, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.matrix import INSTANT, TEXT, Filters
from cdp.ports import Table
from cdp.resources.named import Listing
from functions.messages.templates import shown
from functions.messages.templates.bodies import (
    changed_content,
    new_content,
    new_template,
    template_change,
    template_clone,
    template_render,
)
from functions.messages.templates.rendering import render
from functions.messages.templates.universal import Universal

_TIME = INSTANT("equals", "greater-or-equal", "greater-than", "less-or-equal", "less-than")
FILTERS = Filters(
    {
        "id": TEXT("any", "equals"),
        "name": TEXT("any", "contains", "equals"),
        "created": _TIME,
        "updated": _TIME,
    }
)
SORTS = ("created", "id", "name", "updated")
_ATTEMPTS = 8


class Templates:
    def __init__(self, table: Table) -> None:
        self._table = table

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        own: dict[str, Operation] = {
            "GET /api/templates": self.listed,
            "POST /api/templates": self.create,
            "GET /api/templates/{id}": self.one,
            "PATCH /api/templates/{id}": self.update,
            "DELETE /api/templates/{id}": self.delete,
            "POST /api/template-clone": self.clone,
            "POST /api/template-render": self.render,
        }
        return own | dict(Universal(self._table).operations())

    def listed(self, request: Request) -> Response:
        view = _View(request)
        page = Listing(
            TEMPLATES, self._table, request.account_id, request.params, filters=FILTERS, sorts=SORTS
        ).page()
        held = templates.contents(self._table, request.account_id, [one.id for one in page.rows])
        data = [view.of(one, held.get(one.id, Content())) for one in page.rows]
        return Response(document=collection(request, data, page))

    def create(self, request: Request) -> Response:
        view = _View(request)
        given = new_template.read(request).attributes
        name, content = checked_name(given.name), new_content(given)
        made = templates.create(
            self._table, request.account_id, name, given.editor_type, content, request.now
        )
        return view.made(made, content)

    def one(self, request: Request) -> Response:
        found, content = self._held(request, request.path["id"])
        return Response(document=single(request, _View(request).of(found.thing, content)))

    def update(self, request: Request) -> Response:
        view = _View(request)
        body = template_change.read(request)
        name = None if body.attributes.name is None else checked_name(body.attributes.name)
        for _ in range(_ATTEMPTS):
            stored, old = self._held(request, body.id)
            content = changed_content(old, stored.thing.editor_type, body.attributes)
            new = msgspec.structs.replace(stored.thing, name=name or stored.thing.name)
            if (new, content) != (stored.thing, old):
                new = msgspec.structs.replace(new, updated=request.now)
                if not templates.save(self._table, request.account_id, new, stored.version, content):
                    continue
            return Response(document=single(request, view.of(new, content)))
        raise Unavailable("the template is being changed by others at the same moment")

    def delete(self, request: Request) -> Response:
        for _ in range(_ATTEMPTS):
            stored, _content = self._held(request, request.path["id"])
            if templates.remove(self._table, request.account_id, stored):
                return Response(204)
        raise Unavailable("the template is being changed by others at the same moment")

    def clone(self, request: Request) -> Response:
        view = _View(request)
        body = template_clone.read(request)
        stored, content = self._held(request, body.id, "/data/id")
        name = body.attributes.name
        name = f"{stored.thing.name} (clone)"[-255:] if name is None else checked_name(name)
        made = templates.create(
            self._table, request.account_id, name, stored.thing.editor_type, content, request.now
        )
        return view.made(made, content)

    def render(self, request: Request) -> Response:
        """The template with its variables filled in from the context; nothing is stored."""
        body = template_render.read(request)
        stored, content = self._held(request, body.id, "/data/id")
        context = body.attributes.context
        filled = Content(
            html=render(content.html, context, escaped=True),
            text=None if content.text is None else render(content.text, context, escaped=False),
            amp=None if content.amp is None else render(content.amp, context, escaped=True),
        )
        return Response(201, document=single(request, _View(request).of(stored.thing, filled)))

    def _held(self, request: Request, id_: str, field: str | None = None) -> tuple[Stored[Template], Content]:
        stored = TEMPLATES.get(self._table, request.account_id, id_)
        if stored is None:
            raise not_found("template", id_, field=field)
        held = templates.contents(self._table, request.account_id, [id_])
        return stored, held.get(id_, Content())


class _View:
    """How the request wants templates shown. Made before anything is written, so that a bad wish changes nothing."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._definition = bool(request.params.additional(shown.TYPE, (shown.DEFINITION,)))
        fields = request.params.fields(shown.TYPE)
        self._fields = fields | {shown.DEFINITION} if fields is not None and self._definition else fields

    def of(self, template: Template, content: Content) -> Json:
        return shown.resource(self._request, template, content, self._fields, definition=self._definition)

    def made(self, template: Template, content: Content) -> Response:
        location = f"{self._request.base_url}/api/templates/{template.id}"
        document = single(self._request, self.of(template, content))
        return Response(201, document=document, headers={"location": location})
