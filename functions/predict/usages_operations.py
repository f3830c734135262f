"""The operations on the four cards of what looks at CLV attributes (SPEC §6.7). A row has the id of the object it is
about; `links.create` of a card leads to where such an object is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cdp.errors import not_found
from cdp.jsonapi.cursors import refused as cursor_refused
from cdp.jsonapi.documents import Json, Resources, collection, identifier, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.paging import Page, read_page
from cdp.ports import Table
from cdp.resources.at_hand import cut
from functions.predict.usages_cards import CARDS, Card, Usage, seen

PAGE = (20, 100)


class Usages:
    def __init__(self, table: Table) -> None:
        self._table = table

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        listed = {f"GET /api/{card.path}": self._listed(card) for card in CARDS}
        return {**listed, **{f"GET /api/{card.path}/{{id}}": self._one(card) for card in CARDS}}

    def _listed(self, card: Card) -> Operation:
        def listed(request: Request) -> Response:
            make = _maker(request, card)
            page = _page(card, self._rows(card, request), request)
            document = collection(request, [make(one) for one in page.rows], page)
            links: Any = document["links"]
            create = {"create": f"{request.base_url}/api/{card.opens}"}
            return Response(document={**document, "links": {**links, **create}})

        return listed

    def _one(self, card: Card) -> Operation:
        def one(request: Request) -> Response:
            make, id_ = _maker(request, card), request.path["id"]
            found = next((row for row in self._rows(card, request) if row.id == id_), None)
            if found is None:
                raise not_found(card.type, id_)
            return Response(document=single(request, make(found)))

        return one

    def _rows(self, card: Card, request: Request) -> list[Usage]:
        return list(card.rows(seen(self._table, request.account_id, request.now)))


def _page(card: Card, rows: list[Usage], request: Request) -> Page[Usage]:
    sort = request.params.sort(card.sorts, card.sorts[0])
    cursor = request.params.cursor(sort)
    if cursor is not None and [type(part) for part in cursor.position] != [str, str]:
        raise cursor_refused("The cursor does not belong to this collection.")

    def position(row: Usage) -> tuple[str, str]:
        return row.keys[sort.field], row.id

    ascending, size = sorted(rows, key=position), request.params.page_size(*PAGE)
    return read_page(
        lambda part: cut(ascending, part, position), position, sort=sort, size=size, cursor=cursor
    )


def _maker(request: Request, card: Card) -> Callable[[Usage], Json]:
    resources = Resources(request, card.type, card.path, fields=request.params.fields(card.type))

    def make(row: Usage) -> Json:
        attributes: Json = {"name": row.name, "clv_attributes": row.use.attributes, **row.shown}
        made = resources.make(row.id, attributes)
        opens = {"related": f"{request.base_url}/api/{card.opens}/{row.id}"}
        through = [identifier("segment", id_) for id_ in row.use.segments]
        relationships: Json = {card.of: {"data": identifier(card.of, row.id), "links": opens}}
        return {**made, "relationships": {**relationships, "qualifying-segments": {"data": through}}}

    return make

