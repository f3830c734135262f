"""One change of the catalog, whichever way it came in: alone, or as a row of a bulk job. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeAlias, TypeVar

from cdp.documents.catalog_things import Thing
from cdp.errors import Rejected, conflict, not_found
from cdp.resources.catalog import compound

T = TypeVar("T", bound=Thing)
Outcome: TypeAlias = T | Rejected | None  # what is there now; why nothing changed; None: it is gone


@dataclass(frozen=True)
class Step(Generic[T]):
    """`turn` makes of the thing that is stored under `id` (None: none is) the one that is to be (None: none is to
    be), or raises `Rejected`. `ends`: external ids of what it is to be linked with, None: as before. `at` points to
    the resource in the body."""

    at: str
    id: str
    turn: Callable[[T | None], T | None]
    ends: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class When:
    """`again`: the same was begun before; what is found done counts as done."""

    now: datetime
    again: bool = False


class Row(Protocol[T]):
    """A resource of a body."""

    def step(self, at: str, when: When) -> Step[T]:
        """What it asks for; `Rejected` if it can never be."""


def made(type_: str, thing: T, at: str, when: When) -> Callable[[T | None], T]:
    """The turn of one that is new. What the same request made before is known by its moment."""

    def turn(stored: T | None) -> T:
        if stored is None:
            return thing
        if when.again and stored.created == thing.created:
            return stored
        raise conflict(
            f"A {type_} with id {compound(thing.external_id)} exists already.", field=f"{at}/attributes/external_id"
        )

    return turn


def changed(type_: str, id_: str, at: str, apply: Callable[[T], T]) -> Callable[[T | None], T]:
    def turn(stored: T | None) -> T:
        if stored is None:
            raise missing(type_, id_, at)
        return apply(stored)

    return turn


def deleted(type_: str, id_: str, at: str, when: When) -> Callable[[Thing | None], None]:
    def turn(stored: Thing | None) -> None:
        if stored is None and not when.again:
            raise missing(type_, id_, at)

    return turn


def missing(type_: str, external_id: str, at: str) -> Rejected:
    return not_found(type_, compound(external_id), field=f"{at}/id")
