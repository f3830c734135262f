"""One page of a sorted collection, and the way to its neighbours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from cdp.jsonapi.cursors import Cursor, Part
from cdp.jsonapi.params import Sort

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Slice:
    """What to read: rows behind `after` (or from the start), in that direction, at most `limit`."""

    after: tuple[Part, ...] | None
    descending: bool
    limit: int


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows in the order asked for; `next` and `prev` are None at the ends."""

    rows: list[T]
    next: Cursor | None = None
    prev: Cursor | None = None


def read_page(
    read: Callable[[Slice], list[T]],
    position: Callable[[T], tuple[Part, ...]],
    *,
    sort: Sort,
    size: int,
    cursor: Cursor | None,
) -> Page[T]:
    """Read one page through `read`. A backward cursor is read in the opposite order and turned round.

    One row more than the page tells whether the collection goes on; on the side we come from it does.
    """
    backward = cursor is not None and cursor.backward
    rows = read(Slice(cursor.position if cursor else None, sort.descending ^ backward, size + 1))
    more = len(rows) > size
    rows = rows[:size]
    if not rows:
        return Page(rows)
    if backward:
        rows.reverse()
    has_next, has_prev = (True, more) if backward else (more, cursor is not None)
    return Page(
        rows,
        next=Cursor(sort.name, position(rows[-1])) if has_next else None,
        prev=Cursor(sort.name, position(rows[0]), backward=True) if has_prev else None,
    )
