"""Pages of an account's named things (documents.named), as the listings of lists, segments and tags ask for them.

Ids and names are looked up; other conditions are applied while reading the index of the order asked for, which
bounds the reading if the order is by a time that the filter names too. An order that has no index is made of all
the things, once read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Generic, TypeVar

from cdp.documents.named import ORDERS, Collection, Place, Stored, Thing, moment, place
from cdp.jsonapi.cursors import Part
from cdp.jsonapi.cursors import refused as cursor_refused
from cdp.jsonapi.matrix import Filters
from cdp.jsonapi.paging import Page, Slice, read_page
from cdp.jsonapi.params import Params
from cdp.jsonapi.ranges import EARLIEST, LATEST, time_range
from cdp.ports import Table
from cdp.resources.at_hand import cut, holds

_READ_AHEAD = 200
_NO_NAMES: Mapping[str, str] = {}
T = TypeVar("T", bound=Thing)


class Listing(Generic[T]):
    """One page of one kind of things. `sorts` are the fields by which they can be sorted, the first by default.

    `size` is default and maximum of a page. A filter on a time sorts by it unless the order is given. `names` maps
    fields as the API calls them to ours, where they differ. `seen` turns a thing into what is shown of it, whose
    fields the filter looks at.
    """

    def __init__(
        self,
        things: Collection[T],
        table: Table,
        account_id: str,
        params: Params,
        *,
        filters: Filters,
        sorts: tuple[str, ...] = tuple(ORDERS),
        size: tuple[int, int] = (10, 10),
        names: Mapping[str, str] = _NO_NAMES,
        seen: Callable[[T], T] | None = None,
    ) -> None:
        self._things, self._table, self._account_id = things, table, account_id
        asked = params.filter(filters)
        timed = (c.field for c in asked if isinstance(c.value, datetime) and c.field in sorts)
        self._sort = params.sort(sorts, next(timed, sorts[0]))
        self._field = names.get(self._sort.field, self._sort.field)
        self._conditions = [replace(c, field=names.get(c.field, c.field)) for c in asked]
        self._seen: Callable[[T], T] = seen or (lambda thing: thing)
        self._size = params.page_size(*size)
        self._cursor = params.cursor(self._sort)

    def page(self) -> Page[T]:
        found = self._look_up()
        read = self._read if found is None else lambda part: cut(found, part, self._position)
        return read_page(read, self._position, sort=self._sort, size=self._size, cursor=self._cursor)

    def _look_up(self) -> list[T] | None:
        """The things that the filter names by id or name, or all if their order has no index, ascending; else
        None."""
        for condition in self._conditions:
            if condition.operator not in ("equals", "any") or condition.field not in ("id", "name"):
                continue
            values = [str(value) for value in condition.values]
            stored: list[Stored[T]] = []
            if condition.field == "id":
                many = self._things.get_many(self._table, self._account_id, values)
                stored += (one for one in many if one is not None)
            else:
                for value in values:
                    stored += self._things.called(self._table, self._account_id, value)
            return self._ordered(stored)
        if self._field in self._things.orders:
            return None
        return self._ordered(self._things.all(self._table, self._account_id))

    def _ordered(self, stored: Iterable[Stored[T]]) -> list[T]:
        return sorted(self._kept(stored), key=self._position)

    def _read(self, part: Slice) -> list[T]:
        low, high = self._bounds()
        after = None if part.after is None else _place(part.after)
        limit = max(part.limit, _READ_AHEAD) if self._conditions else part.limit
        rows: list[T] = []
        while len(rows) < part.limit:
            stored = self._things.page(
                self._table,
                self._account_id,
                self._field,
                low=low,
                high=high,
                descending=part.descending,
                limit=limit,
                after=after,
            )
            rows += self._kept(stored)
            if len(stored) < limit:
                break
            after = place(stored[-1].thing, self._field)
        return rows[: part.limit]

    def _bounds(self) -> tuple[str | None, str | None]:
        field = self._field
        if not any(c.field == field and isinstance(c.value, datetime) for c in self._conditions):
            return None, None
        start, end = time_range(self._conditions, (field,))
        return None if start == EARLIEST else moment(start), None if end == LATEST else moment(end)

    def _position(self, thing: T) -> tuple[Part, ...]:
        return tuple(place(thing, self._field))

    def _kept(self, stored: Iterable[Stored[T]]) -> Iterator[T]:
        for thing in (self._seen(one.thing) for one in stored):
            if all(holds(thing, condition) for condition in self._conditions):
                yield thing


def _place(position: tuple[Part, ...]) -> Place:
    match position:
        case (str(key), str(id_)):
            return Place(key, id_)
    raise cursor_refused("The cursor does not belong to this collection.")
