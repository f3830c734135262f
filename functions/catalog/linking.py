"""The operations on links: items of a category, categories of an item. Add, replace, remove."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

import msgspec

from cdp.documents.catalog_things import Thing
from cdp.errors import Rejected
from cdp.jsonapi.front import Operation, Request, Response
from cdp.ports import Table
from cdp.resources.catalog import external
from functions.catalog.kinds import Kind
from functions.catalog.operations import existing
from functions.catalog.writing import Linked

T = TypeVar("T", bound=Thing)
O = TypeVar("O", bound=Thing)  # noqa: E741 - the other end


class _End(msgspec.Struct, frozen=True, gc=False):
    type: str
    id: str


class _Ends(msgspec.Struct, frozen=True, gc=False):
    data: list[_End]


_ends = msgspec.json.Decoder(_Ends)


class Links(Generic[T, O]):
    def __init__(self, table: Table, kind: Kind[T], other: Kind[O], linked: Linked[T, O]) -> None:
        self._table, self._kind, self._other, self._linked = table, kind, other, linked

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        path = f"{self._kind.path}/{{id}}/relationships/{self._other.collection}"
        return {f"POST {path}": self.add, f"PATCH {path}": self.replace, f"DELETE {path}": self.remove}

    def add(self, request: Request) -> Response:
        thing, ends = self._read(request)
        self._linked.link(request.account_id, thing, ends)
        return Response(204)

    def replace(self, request: Request) -> Response:
        thing, ends = self._read(request)
        self._linked.relink(request.account_id, thing, ends)
        return Response(204)

    def remove(self, request: Request) -> Response:
        thing, ends = self._read(request)
        self._linked.unlink(request.account_id, thing, [end.external_id for end in ends])
        return Response(204)

    def _read(self, request: Request) -> tuple[T, list[O]]:
        """The thing of the path and those that the body names: all of them exist, or nothing is done."""
        thing = existing(self._kind, self._table, request)
        ids = []
        for at, one in enumerate(request.decode(_ends).data):
            if one.type != self._other.type:
                raise Rejected(f"The type must be {self._other.type!r}, not {one.type!r}.", field=f"/data/{at}/type")
            ids.append(external(one.id, field=f"/data/{at}/id"))
        known = self._linked.existing(request.account_id, ids)
        ends = self._linked.ends(ids, known, "/data")
        return thing, list({end.external_id: end for end in ends}.values())
