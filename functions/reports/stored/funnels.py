"""The cards of an account's funnel dashboard (SPEC §8.1).

A card whose segment is not active or whose metric is gone stays, and says so in `error`; the others do not mind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from cdp.documents.funnels import MAX_FUNNELS, Dashboard, Funnel, dashboard, save
from cdp.errors import Rejected, Unavailable, not_found
from cdp.jsonapi.bodies import ATTRIBUTES, MAX_NAME, Body, Copy, New, checked_name
from cdp.jsonapi.documents import Json, Resources, collection, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.times import format_instant
from cdp.model.ids import new_short_id
from cdp.ports import Engine, Table
from functions.reports.kinds.funnel_definition import (
    Definition,
    Step,
    definition_of,
    stored_steps,
    way,
    way_of,
)
from functions.reports.report import Scope
from functions.reports.requests import pointing
from functions.reports.scoping import scope_of

TYPE = "funnel"
_NEEDS = ("segments",)
_ATTEMPTS = 8
_CARDS, _CARD = "/api/funnels", "/api/funnels/{id}"
Position = Annotated[int, Meta(ge=1, le=MAX_FUNNELS)]


class NewFunnel(msgspec.Struct, frozen=True):
    """`position` from 1; without one the card comes last."""

    name: str
    steps: list[Step]
    segment_id: str | None = None
    window_seconds: int | None = None
    position: Position | None = None


class FunnelChange(msgspec.Struct, frozen=True):
    """What is absent stays; null takes segment and window away."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    steps: list[Step] | msgspec.UnsetType = msgspec.UNSET
    segment_id: str | msgspec.UnsetType | None = msgspec.UNSET
    window_seconds: int | msgspec.UnsetType | None = msgspec.UNSET
    position: Position | msgspec.UnsetType = msgspec.UNSET


_new = Body(TYPE, New[NewFunnel])
_changes = Body(TYPE, New[FunnelChange])
_copy = Body(TYPE, Copy)


class Funnels:
    def __init__(self, table: Table, engine: Engine) -> None:
        self._table, self._engine = table, engine

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {
            f"GET {_CARDS}": self.listed,
            f"POST {_CARDS}": self.create,
            f"GET {_CARD}": self.one,
            f"PATCH {_CARD}": self.update,
            f"DELETE {_CARD}": self.delete,
            "POST /api/funnel-clone": self.clone,
        }

    def listed(self, request: Request) -> Response:
        """All of them, in their order."""
        cards, scope = dashboard(self._table, request.account_id).funnels, self._scope(request)
        return Response(document=collection(request, [_show(request, n, cards, scope) for n in range(len(cards))]))

    def one(self, request: Request) -> Response:
        cards = dashboard(self._table, request.account_id).funnels
        return self._shown(request, cards, _place(cards, request.path["id"]))

    def create(self, request: Request) -> Response:
        given = _new.read(request).attributes
        definition = Definition(given.steps, given.segment_id, given.window_seconds)
        with pointing(ATTRIBUTES):
            way(definition, self._scope(request))
        made = Funnel(
            new_short_id(), checked_name(given.name), stored_steps(given.steps), request.now, request.now,
            given.segment_id, given.window_seconds,
        )  # fmt: skip
        return self._added(request, lambda cards: (made, given.position))

    def clone(self, request: Request) -> Response:
        """A copy behind all others, named "Copy of …" unless the request names it."""
        data = _copy.read(request)
        id_ = new_short_id()

        def copy(cards: Sequence[Funnel]) -> tuple[Funnel, int | None]:
            original = cards[_place(cards, data.id)]
            name = f"Copy of {original.name}"[:MAX_NAME] if data.attributes.name is None else checked_name(data.attributes.name)
            fresh = msgspec.structs.replace(original, id=id_, name=name, created=request.now, updated=request.now)
            return fresh, None

        return self._added(request, copy)

    def update(self, request: Request) -> Response:
        given = _changes.read(request).attributes
        id_ = request.path["id"]

        def change(cards: tuple[Funnel, ...]) -> tuple[Funnel, ...]:
            at = _place(cards, id_)
            others = cards[:at] + cards[at + 1 :]
            place = at if given.position is msgspec.UNSET else min(given.position - 1, len(others))
            return (*others[:place], self._changed(request, cards[at], given), *others[place:])

        cards = self._write(request, change)
        return self._shown(request, cards, _place(cards, id_))

    def delete(self, request: Request) -> Response:
        def without(cards: tuple[Funnel, ...]) -> tuple[Funnel, ...]:
            at = _place(cards, request.path["id"])
            return cards[:at] + cards[at + 1 :]

        self._write(request, without)
        return Response(204)

    def _added(
        self, request: Request, make: Callable[[Sequence[Funnel]], tuple[Funnel, int | None]]
    ) -> Response:
        def add(cards: tuple[Funnel, ...]) -> tuple[Funnel, ...]:
            made, position = make(cards)
            if len(cards) >= MAX_FUNNELS:
                raise Rejected(f"An account keeps at most {MAX_FUNNELS} funnels.", field="/data")
            place = len(cards) if position is None else min(position - 1, len(cards))
            added.append(made.id)
            return (*cards[:place], made, *cards[place:])

        added: list[str] = []
        cards = self._write(request, add)
        shown = self._shown(request, cards, _place(cards, added[-1]))
        return Response(201, shown.document, headers={"location": f"{request.base_url}{_CARDS}/{added[-1]}"})

    def _changed(self, request: Request, old: Funnel, given: FunnelChange) -> Funnel:
        held = definition_of(old)
        definition = Definition(
            held.steps if given.steps is msgspec.UNSET else given.steps,
            held.segment_id if given.segment_id is msgspec.UNSET else given.segment_id,
            held.window_seconds if given.window_seconds is msgspec.UNSET else given.window_seconds,
        )
        if definition != held:
            with pointing(ATTRIBUTES):
                way(definition, self._scope(request))
        return Funnel(
            old.id, old.name if given.name is msgspec.UNSET else checked_name(given.name), stored_steps(definition.steps),
            old.created, max(request.now, old.updated), definition.segment_id, definition.window_seconds,
        )  # fmt: skip

    def _write(
        self, request: Request, change: Callable[[tuple[Funnel, ...]], tuple[Funnel, ...]]
    ) -> tuple[Funnel, ...]:
        """Change what is there now; whoever comes second looks again."""
        for _ in range(_ATTEMPTS):
            seen: Dashboard = dashboard(self._table, request.account_id)
            cards = change(seen.funnels)
            if save(self._table, request.account_id, seen, cards):
                return cards
        raise Unavailable("the funnels are being changed by others at the same moment")

    def _shown(self, request: Request, cards: Sequence[Funnel], at: int) -> Response:
        return Response(document=single(request, _show(request, at, cards, self._scope(request))))

    def _scope(self, request: Request) -> Scope:
        return scope_of(self._table, self._engine, request.account_id, request.now, _NEEDS)


def _place(cards: Sequence[Funnel], id_: str) -> int:
    for number, card in enumerate(cards):
        if card.id == id_:
            return number
    raise not_found(TYPE, id_)


def _show(request: Request, at: int, cards: Sequence[Funnel], scope: Scope) -> Json:
    card = cards[at]
    attributes: dict[str, Any] = {
        "name": card.name,
        "steps": [
            {"metric_id": one.metric_id, "label": one.label, "metric_filters": list(one.metric_filters)}
            for one in card.steps
        ],
        "segment_id": card.segment_id,
        "window_seconds": card.window_seconds,
        "position": at + 1,
        "error": _error(card, scope),
        "created": format_instant(card.created),
        "updated": format_instant(card.updated),
    }
    return Resources(request, TYPE, "funnels", fields=request.params.fields(TYPE)).make(card.id, attributes)


def _error(card: Funnel, scope: Scope) -> str | None:
    """Why the card cannot be counted any more."""
    try:
        way_of(card, scope)
    except Rejected as error:
        return str(error)
    return None
