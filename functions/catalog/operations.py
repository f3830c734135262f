"""The operations on items, variants and categories, alike for all three."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Generic, TypeVar

from cdp.documents.catalog_things import Thing
from cdp.errors import Rejected, not_found
from cdp.jsonapi.documents import Json, collection, identifier, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.ports import Table
from cdp.resources.catalog import compound, external
from functions.catalog.kinds import Kind
from functions.catalog.listing import Listing
from functions.catalog.steps import Outcome, Step, When, deleted

T = TypeVar("T", bound=Thing)
O = TypeVar("O", bound=Thing)  # noqa: E741 - another kind
Run = Callable[[str, Sequence[Step[T]]], list[Outcome[T]]]
Included = Callable[[Request, Sequence[T]], list[Json]]


class Operations(Generic[T]):
    """`run` takes steps of an account; `include`: name of the relationship -> its resources; `gone` is told what
    was deleted."""

    def __init__(
        self,
        kind: Kind[T],
        table: Table,
        run: Run[T],
        *,
        include: Mapping[str, Included[T]],
        gone: Callable[[str, T], None],
    ) -> None:
        self._kind, self._table, self._run = kind, table, run
        self._include, self._gone = include, gone

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        path = self._kind.path
        return {
            f"GET {path}": self.listed,
            f"POST {path}": self.create,
            f"GET {path}/{{id}}": self.one,
            f"PATCH {path}/{{id}}": self.change,
            f"DELETE {path}/{{id}}": self.delete,
        }

    def related(self, owner: Kind[O]) -> Mapping[str, Operation]:
        """Those that belong to one of another kind: whole, and their ids."""
        name = self._kind.collection
        return {
            f"GET {owner.path}/{{id}}/{name}": partial(self._of, owner, self._page),
            f"GET {owner.path}/{{id}}/relationships/{name}": partial(self._of, owner, self._ids),
        }

    def listed(self, request: Request) -> Response:
        return self._page(request, None)

    def create(self, request: Request) -> Response:
        thing = self._take(request, self._kind.new(request.body).step("/data", When(request.now)))
        headers = {"location": f"{request.base_url}{self._kind.path}/{compound(thing.external_id)}"}
        return Response(201, document=single(request, self._shown(request, thing)), headers=headers)

    def one(self, request: Request) -> Response:
        wanted = request.params.include(self._include)
        thing = existing(self._kind, self._table, request)
        included = self._included(request, [thing]) if wanted else None
        return Response(document=single(request, self._shown(request, thing), included))

    def change(self, request: Request) -> Response:
        step = self._kind.change(request.body).step("/data", When(request.now))
        if step.id != external(request.path["id"], parameter="id"):
            raise Rejected("The id in the body is not the one in the path.", field="/data/id")
        return Response(document=single(request, self._shown(request, self._take(request, step))))

    def delete(self, request: Request) -> Response:
        thing = existing(self._kind, self._table, request)
        turn = deleted(self._kind.type, thing.external_id, "/data", When(request.now, again=True))
        (outcome,) = self._run(request.account_id, [Step("/data", thing.external_id, turn)])
        if isinstance(outcome, Rejected):
            raise outcome
        self._gone(request.account_id, thing)
        return Response(204)

    def _of(
        self, owner: Kind[O], answer: Callable[[Request, str | None], Response], request: Request
    ) -> Response:
        return answer(request, existing(owner, self._table, request).external_id)

    def _page(self, request: Request, of: str | None) -> Response:
        wanted = request.params.include(self._include)
        page = Listing(self._kind, self._table, request, of).page()
        data = [self._shown(request, one) for one in page.rows]
        included = self._included(request, page.rows) if wanted else None
        return Response(document=collection(request, data, page, included))

    def _ids(self, request: Request, of: str | None) -> Response:
        page = Listing(self._kind, self._table, request, of).page()
        data = [identifier(self._kind.type, compound(one.external_id)) for one in page.rows]
        return Response(document=collection(request, data, page))

    def _take(self, request: Request, step: Step[T]) -> T:
        (outcome,) = self._run(request.account_id, [step])
        if isinstance(outcome, Rejected):
            raise outcome
        if outcome is None:
            raise RuntimeError(f"{self._kind.type} {step.id} was neither made nor refused")
        return outcome

    def _shown(self, request: Request, thing: T) -> Json:
        return self._kind.shown(request, thing, request.params.fields(self._kind.type))

    def _included(self, request: Request, things: Sequence[T]) -> list[Json]:
        names = request.params.include(self._include)
        return [one for name in names for one in self._include[name](request, things)]


def existing(kind: Kind[T], table: Table, request: Request) -> T:
    """The thing that the path names."""
    id_ = external(request.path["id"], parameter="id")
    stored = kind.things.get(table, request.account_id, id_)
    if stored is None:
        raise not_found(kind.type, compound(id_))
    return stored.thing
