"""Pages of items, variants and categories: which index leads to them, and which conditions are then looked at.

All orders are by creation, so a cursor is a place in that order (catalog_things.place) whichever index was read.
Ids are looked up; a sku, the relation to another thing and `published` have an index each; titles are searched in
the entries.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar

from cdp.documents.catalog_things import Entry, Thing, place, placed_id
from cdp.jsonapi.cursors import Part
from cdp.jsonapi.cursors import refused as cursor_refused
from cdp.jsonapi.front import Request
from cdp.jsonapi.matrix import Condition
from cdp.jsonapi.paging import Page, Slice, read_page
from cdp.ports import Table
from cdp.resources.at_hand import cut
from cdp.resources.catalog import external
from functions.catalog.kinds import Kind
from functions.catalog.relations import Found, Walk

PAGE, MAX_PAGE = 100, 100
SORTS = ("created",)
_READ_AHEAD = 1000
_TITLES = ("title", "name")
T = TypeVar("T", bound=Thing)


class Listing(Generic[T]):
    """One page of one kind. `of`: only what belongs to the thing of this external id."""

    def __init__(self, kind: Kind[T], table: Table, request: Request, of: str | None = None) -> None:
        self._kind, self._table, self._account_id = kind, table, request.account_id
        params = request.params
        conditions = params.filter(kind.filters)
        named = [c for c in conditions if c.field == kind.relation.field]
        self._ends = [] if of is None else [of]
        self._ends += [external(str(c.value), parameter="filter") for c in named]
        self._ids = _ids(conditions)
        self._titles = [str(c.value) for c in conditions if c.field in _TITLES]
        self._skus = [str(c.value) for c in conditions if c.field == "sku"]
        self._published = [bool(c.value) for c in conditions if c.field == "published"]
        self._sort = params.sort(SORTS, SORTS[0])
        self._size = params.page_size(PAGE, MAX_PAGE)
        self._cursor = params.cursor(self._sort)

    def page(self) -> Page[T]:
        read = self._read if self._ids is None else self._look_up
        return read_page(read, _position, sort=self._sort, size=self._size, cursor=self._cursor)

    def _look_up(self, part: Slice) -> list[T]:
        stored = self._kind.things.get_many(self._table, self._account_id, self._ids or [])
        things = {place(one.thing): one.thing for one in stored if one is not None and self._admits(one.thing.entry)}
        found = [Found(at, things[at].entry) for at in sorted(things)]
        return cut([things[one.place] for one in self._belonging(found, self._ends)], part, _position)

    def _read(self, part: Slice) -> list[T]:
        searched = bool(self._titles or False in self._published)  # few are like that
        through = bool(self._ends) and not self._skus and not (self._kind.relation.many and searched)
        unseen = self._ends[1:] if through else self._ends  # whose things the index does not lead to
        sifted = self._titles or unseen or (through and self._published)
        limit = max(part.limit, _READ_AHEAD) if sifted else part.limit
        walk = Walk(part.descending, limit, _after(part.after))
        rows: list[T] = []
        while len(rows) < part.limit:
            found = self._related(walk) if through else self._entries(walk)
            seen = [one for one in found if one.entry is None or self._admits(one.entry)]
            rows += self._things(self._belonging(seen, unseen))
            if len(found) < limit:
                break
            walk = walk._replace(after=found[-1].place)
        return rows[: part.limit]

    def _related(self, walk: Walk) -> list[Found]:
        return self._kind.relation.page(self._table, self._account_id, self._ends[0], walk)

    def _entries(self, walk: Walk) -> list[Found]:
        """By the narrowest of the entries' indexes; a title is looked for in all of them."""
        sku = self._skus[0] if self._skus else None
        published = self._published[0] if self._published and not self._titles else None
        page = self._kind.things.page(
            self._table, self._account_id, sku=sku, published=published, **walk._asdict()
        )
        return [Found(*one) for one in page]

    def _things(self, found: Sequence[Found]) -> Iterator[T]:
        """What is still there of what an index led to, and is still like that."""
        ids = [placed_id(one.place) for one in found]
        stored = self._kind.things.get_many(self._table, self._account_id, ids)
        for at, one in zip(found, stored, strict=True):
            if one is not None and place(one.thing) == at.place and self._admits(one.thing.entry):
                yield one.thing

    def _admits(self, entry: Entry) -> bool:
        return (
            all(part in entry.title for part in self._titles)
            and all(sku == entry.sku for sku in self._skus)
            and all(published == entry.published for published in self._published)
        )

    def _belonging(self, found: Sequence[Found], ends: Sequence[str]) -> list[Found]:
        """What belongs to all of `ends`."""
        kept = list(found)
        for end in ends:
            holds = self._kind.relation.holds(self._table, self._account_id, end, kept)
            kept = [one for one, yes in zip(kept, holds, strict=True) if yes]
        return kept


def _ids(conditions: Sequence[Condition]) -> list[str] | None:
    """External ids that every condition on ids names; None if there is none."""
    wanted: list[str] | None = None
    for condition in conditions:
        if condition.field == "ids":
            named = list(dict.fromkeys(external(str(value), parameter="filter") for value in condition.values))
            wanted = named if wanted is None else [id_ for id_ in wanted if id_ in named]
    return wanted


def _position(thing: Thing) -> tuple[Part, ...]:
    return (place(thing),)


def _after(position: tuple[Part, ...] | None) -> str | None:
    match position:
        case None:
            return None
        case (str(at),):
            return at
    raise cursor_refused("The cursor does not belong to this collection.")
