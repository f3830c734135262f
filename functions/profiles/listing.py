"""Pages of profiles (SPEC §1.5): identifiers are looked up, orders and times are read from indexes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cdp.documents import profiles
from cdp.documents.profile_orders import order
from cdp.jsonapi.cursors import Cursor, Part
from cdp.jsonapi.cursors import refused as cursor_refused
from cdp.jsonapi.matrix import Condition
from cdp.jsonapi.paging import Page, Slice, read_page
from cdp.jsonapi.params import Params, Sort
from cdp.jsonapi.ranges import EARLIEST, LATEST, time_range
from cdp.model.profile import Profile
from cdp.ports import ItemQuery, Table
from functions.profiles.conditions import FILTERS, MARKETING, SORTS, TIMES, identity_candidates, matches

PAGE, MAX_PAGE = 20, 100
_READ_AHEAD = 200


class Row(NamedTuple):
    """A profile and its sort key in the order asked for."""

    key: str
    profile: Profile


@dataclass(frozen=True, slots=True)
class Asked:
    """The query, read: conditions, order and page."""

    conditions: tuple[Condition, ...]
    sort: Sort
    size: int
    cursor: Cursor | None


def read_query(params: Params) -> Asked:
    """A filter on a time sorts by that time unless the order is given."""
    conditions = params.filter(FILTERS)
    filtered = next((c.field for c in conditions if c.field in TIMES), "created")
    sort = params.sort(SORTS, filtered)
    return Asked(conditions, sort, params.page_size(PAGE, MAX_PAGE), params.cursor(sort))


class Listing:
    """Reads pages of one account's profiles."""

    def __init__(self, table: Table, account_id: str, asked: Asked) -> None:
        self._table, self._account_id, self._asked = table, account_id, asked
        suppressed = any(c.field.startswith(MARKETING) for c in asked.conditions)
        self._order = order(asked.sort.field, suppressed=suppressed)

    def page(self) -> Page[Row]:
        asked = self._asked
        candidates = identity_candidates(asked.conditions)
        if candidates is None:
            return read_page(self._read, _position, sort=asked.sort, size=asked.size, cursor=asked.cursor)
        found = self._look_up(candidates)
        return read_page(
            lambda part: _slice(found, part), _position, sort=asked.sort, size=asked.size, cursor=asked.cursor
        )

    def _look_up(self, candidates: set[tuple[str, str]]) -> list[Row]:
        """The profiles behind these identifiers that match, ascending."""
        owners = profiles.find(self._table, self._account_id, candidates)
        stored = profiles.get_many(self._table, self._account_id, sorted(set(owners.values())))
        rows = [self._row(one.profile) for one in stored if one is not None and self._matches(one.profile)]
        return sorted((row for row in rows if row is not None), key=_position)

    def _read(self, part: Slice) -> list[Row]:
        """From the index of the order, leaving out what does not match."""
        low, high = self._bounds()
        after = None if part.after is None else self._place(part.after)
        rows: list[Row] = []
        limit = part.limit if not self._filtered() else max(part.limit, _READ_AHEAD)
        while len(rows) < part.limit:
            query = ItemQuery(
                self._order.partition(self._account_id),
                self._order.index,
                low,
                high,
                part.descending,
                limit,
                after,
            )
            found = profiles.page(self._table, self._account_id, self._order, query)
            read = [row for row in map(self._row, (one.profile for one in found)) if row is not None]
            rows += (row for row in read if self._matches(row.profile))
            if len(found) < limit or not read:
                break
            after = self._place(_position(read[-1]))
        return rows[: part.limit]

    def _bounds(self) -> tuple[str | None, str | None]:
        """Bounds of the sort key when the order is by a time."""
        field = self._asked.sort.field
        if field not in TIMES:
            return None, None
        start, end = time_range(self._asked.conditions, (field,))
        low = None if start == EARLIEST else start.isoformat(timespec="microseconds")
        return low, None if end == LATEST else end.isoformat(timespec="microseconds")

    def _filtered(self) -> bool:
        """Are there conditions that the index does not answer?"""
        return any(c.field != self._asked.sort.field for c in self._asked.conditions)

    def _matches(self, profile: Profile) -> bool:
        return matches(profile, profile.id(self._account_id), self._asked.conditions)

    def _row(self, profile: Profile) -> Row | None:
        key = self._order.key(self._account_id, profile)
        return None if key is None else Row(key, profile)

    def _place(self, position: Sequence[Part]) -> tuple[str, str, str]:
        match position:
            case (str(key), int(no)):
                return self._order.position(self._account_id, key, no)
        raise cursor_refused("The cursor does not belong to this collection.")


def _position(row: Row) -> tuple[str, int]:
    return row.key, row.profile.no


def _slice(rows: list[Row], part: Slice) -> list[Row]:
    """The part of rows that are all at hand, ascending."""
    after = part.after
    if part.descending:
        kept = [row for row in reversed(rows) if after is None or _position(row) < after]
    else:
        kept = [row for row in rows if after is None or _position(row) > after]
    return kept[: part.limit]
