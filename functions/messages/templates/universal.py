"""The operations on universal content: blocks and sections that templates share."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from cdp.documents.named import Stored
from cdp.documents.templates import UNIVERSAL, UniversalContent
from cdp.errors import Unavailable, not_found
from cdp.jsonapi.bodies import checked_name
from cdp.jsonapi.documents import Json, Resources, collection, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.matrix import INSTANT, TEXT, Filters, one_of
from cdp.jsonapi.times import format_instant
from cdp.model.ids import new_ulid
from cdp.ports import Table
from cdp.resources.named import Listing
from functions.messages.templates.bodies import (
    checked_universal,
    new_universal,
    universal_change,
    universal_clone,
)

TYPE = PATH = "template-universal-content"
_TIME = INSTANT("greater-or-equal", "greater-than", "less-or-equal", "less-than")
FILTERS = Filters(
    {
        "id": TEXT("any", "equals"),
        "name": TEXT("any", "equals"),
        "created": _TIME,
        "updated": _TIME,
        "definition.content_type": one_of(("block", "section"), "equals"),
        "definition.type": TEXT("equals"),
    }
)
NAMES = {"definition.content_type": "content_type", "definition.type": "type"}
SORTS = ("created", "id", "name", "updated")
PAGE = (20, 100)
_ATTEMPTS = 8


class Universal:
    def __init__(self, table: Table) -> None:
        self._table = table

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {
            f"GET /api/{PATH}": self.listed,
            f"POST /api/{PATH}": self.create,
            f"GET /api/{PATH}/{{id}}": self.one,
            f"PATCH /api/{PATH}/{{id}}": self.update,
            f"DELETE /api/{PATH}/{{id}}": self.delete,
            f"POST /api/{PATH}-clone": self.clone,
        }

    def listed(self, request: Request) -> Response:
        page = Listing(
            UNIVERSAL,
            self._table,
            request.account_id,
            request.params,
            filters=FILTERS,
            sorts=SORTS,
            size=PAGE,
            names=NAMES,
        ).page()
        return Response(document=collection(request, [_show(request, one) for one in page.rows], page))

    def create(self, request: Request) -> Response:
        given = new_universal.read(request).attributes
        return self._made(request, checked_name(given.name), checked_universal(given.definition))

    def one(self, request: Request) -> Response:
        return Response(document=single(request, _show(request, self._stored(request, request.path["id"]).thing)))

    def update(self, request: Request) -> Response:
        body = universal_change.read(request)
        given = body.attributes
        name = None if given.name is None else checked_name(given.name)
        definition = None if given.definition is None else checked_universal(given.definition)
        for _ in range(_ATTEMPTS):
            stored = self._stored(request, body.id)
            old = stored.thing
            new = msgspec.structs.replace(old, name=name or old.name, definition=definition or old.definition)
            if new != old:
                new = msgspec.structs.replace(new, updated=request.now)
                if not self._table.write([[UNIVERSAL.put(request.account_id, new, stored.version)]])[0]:
                    continue
            return Response(document=single(request, _show(request, new)))
        raise Unavailable("the content is being changed by others at the same moment")

    def delete(self, request: Request) -> Response:
        for _ in range(_ATTEMPTS):
            stored = self._stored(request, request.path["id"])
            if self._table.write([[UNIVERSAL.delete(request.account_id, stored)]])[0]:
                return Response(204)
        raise Unavailable("the content is being changed by others at the same moment")

    def clone(self, request: Request) -> Response:
        body = universal_clone.read(request)
        old = self._stored(request, body.id, "/data/id").thing
        name = body.attributes.name
        name = f"{old.name} (clone)"[-255:] if name is None else checked_name(name)
        return self._made(request, name, old.definition)

    def _made(self, request: Request, name: str, definition: Json) -> Response:
        made = UniversalContent(new_ulid(request.now), name, definition, request.now, request.now)
        if not self._table.write([[UNIVERSAL.put(request.account_id, made, 0)]])[0]:
            raise Unavailable("an id that was drawn by chance is taken")
        location = f"{request.base_url}/api/{PATH}/{made.id}"
        return Response(201, document=single(request, _show(request, made)), headers={"location": location})

    def _stored(self, request: Request, id_: str, field: str | None = None) -> Stored[UniversalContent]:
        stored = UNIVERSAL.get(self._table, request.account_id, id_)
        if stored is None:
            raise not_found("universal content", id_, field=field)
        return stored


def _show(request: Request, content: UniversalContent) -> Json:
    """Nothing draws it, so its screenshot was never generated."""
    attributes: Json = {
        "name": content.name,
        "definition": content.definition,
        "created": format_instant(content.created),
        "updated": format_instant(content.updated),
        "screenshot_status": "never_generated",
        "screenshot_url": "",
    }
    return Resources(request, TYPE, PATH, fields=request.params.fields(TYPE)).make(content.id, attributes)
