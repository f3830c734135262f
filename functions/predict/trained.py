"""GET /api/clv-models and one of them: every model that was trained, with its parameters and hold-out figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from cdp.documents import clv, clv_models
from cdp.documents.clv_models import Model
from cdp.errors import not_found
from cdp.jsonapi.cursors import Part
from cdp.jsonapi.documents import Json, Resources, collection, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.paging import Slice, read_page
from cdp.ports import Table
from functions.predict import shown

TYPE = "clv-model"
PAGE, MAX_PAGE = 20, 100
Row: TypeAlias = tuple[Model, tuple[str, str, str]]


@dataclass(frozen=True)
class Trained:
    table: Table

    def operations(self) -> dict[str, Operation]:
        return {"GET /api/clv-models": self.listed, "GET /api/clv-models/{id}": self.one}

    def listed(self, request: Request) -> Response:
        sort = request.params.sort(("trained_at",), "-trained_at")

        def read(part: Slice) -> list[Row]:
            after = None if part.after is None else (str(part.after[0]), str(part.after[1]), str(part.after[2]))
            return clv_models.page(
                self.table, request.account_id, limit=part.limit, after=after, descending=part.descending
            )

        size, cursor = request.params.page_size(PAGE, MAX_PAGE), request.params.cursor(sort)
        page = read_page(read, _position, sort=sort, size=size, cursor=cursor)
        return Response(document=collection(request, [self._resource(request, one) for one, _ in page.rows], page))

    def one(self, request: Request) -> Response:
        found = clv_models.get(self.table, request.account_id, request.path["id"])
        if found is None:
            raise not_found(TYPE, request.path["id"])
        return Response(document=single(request, self._resource(request, found)))

    def _resource(self, request: Request, one: Model) -> Json:
        in_force = clv.STATE.get(self.table, request.account_id).model_id == one.id
        make = Resources(request, TYPE, "clv-models", fields=request.params.fields(TYPE)).make
        return make(one.id, {**shown.model(one), "in_force": in_force})


def _position(row: Row) -> tuple[Part, ...]:
    return row[1]
