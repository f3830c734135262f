"""Which of the products that somebody might buy next can be offered now, and what they are called (SPEC §12.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any

from cdp.documents import affinities, catalog, catalog_insights
from cdp.documents.affinities import Head
from cdp.ports import Table
from cdp.resources.catalog import compound

_AT_ONCE = 100
Choices = Callable[[], Iterator[str]]


class Offers:
    """Reads every product once. With a catalog its items alone can be offered, if they are to be had; without one
    whatever has been sold."""

    def __init__(self, table: Table, account_id: str, head: Head) -> None:
        self._table, self._account_id, self._head = table, account_id, head
        self._excluded = frozenset(catalog_insights.EXCLUDED.get(table, account_id).items)
        self._titles: dict[str, str | None] = {}  # None: cannot be offered

    def first(self, wanted: Mapping[int, Iterator[str]]) -> dict[int, dict[str, Any]]:
        """By profile number the first product of its choices that can be offered, as it is served."""
        found: dict[int, dict[str, Any]] = {}
        waiting = {no: choice for no, choices in wanted.items() if (choice := next(choices, None)) is not None}
        while waiting:
            self._read({item for item in waiting.values() if item not in self._titles})
            open_ = {no: item for no, item in waiting.items() if self._titles[item] is not None}
            found.update((no, self._shown(item)) for no, item in open_.items())
            left = (no for no in waiting if no not in open_)
            waiting = {no: choice for no in left if (choice := next(wanted[no], None)) is not None}
        return found

    def choices(self, ranked: list[str], fresh: frozenset[str]) -> Iterator[str]:
        """What was ranked for a profile, and then the bestsellers that are not in its newest order."""
        return chain(ranked, (item for item in self._head.bestsellers if item not in fresh))

    def _shown(self, item: str) -> dict[str, Any]:
        return {"id": compound(item), "external_id": item, "title": self._titles[item]}

    def _read(self, items: set[str]) -> None:
        wanted = sorted(items)
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            if self._head.stocked:
                things = catalog.items(self._table, self._account_id, some)
                for item, thing in zip(some, things, strict=True):
                    sold = thing is not None and catalog.available(thing) and item not in self._excluded
                    self._titles[item] = thing.title if thing is not None and sold else None
            else:
                self._titles.update((item, item) for item in some)
                for shard in affinities.look_up(self._table, self._account_id, self._head, some):
                    self._titles.update((item, habit.title or item) for item, habit in shard.habits.items())
