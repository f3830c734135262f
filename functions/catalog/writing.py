"""Writing items and categories, and who is in what: steps in, what became of each out.

Steps go in rounds: what is stored is read, turned and written all at once. A thing that somebody else wrote in
between is turned again in the next round, as is the second of two steps on one thing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

from cdp import events
from cdp.documents import catalog_links as links
from cdp.documents.catalog import CATEGORIES, ITEMS, VARIANTS, CatalogCategory, CatalogItem
from cdp.documents.catalog_things import Stored, Thing, Things, place, placed_id
from cdp.errors import Rejected, Unavailable, not_found
from cdp.events import CatalogLinksDue
from cdp.ports import Delete, Put, Queue, Table
from cdp.resources.catalog import CATEGORY, ITEM, compound
from functions.catalog.steps import Outcome, Step

ATTEMPTS = 8  # rounds in which nothing came about
_FIRST_LINKS = 20  # written with the thing itself: a transaction has 25 writes
_INLINE = 1000  # links of a deleted category that are removed at once
T = TypeVar("T", bound=Thing)
O = TypeVar("O", bound=Thing)  # noqa: E741 - the other end


class Linked(Generic[T, O]):
    """Writes things of one kind, which are linked with those of another kind."""

    def __init__(
        self,
        table: Table,
        things: Things[T],
        others: Things[O],
        other_type: str,
        relationship: str,
        ends_of: Callable[[Table, str, T], Iterator[str]],
        put: Callable[[str, T, O], Put],
        unlink: Callable[[str, str, str], Delete],
        before_delete: Callable[[Table, str, T], None],
    ) -> None:
        self._table, self._things, self._others = table, things, others
        self.other_type, self._relationship = other_type, relationship
        self._ends_of, self._put, self._unlink, self._before_delete = ends_of, put, unlink, before_delete

    def run(self, account_id: str, steps: Sequence[Step[T]]) -> list[Outcome[T]]:
        """What became of every step, in their order."""
        outcomes: list[Outcome[T]] = [None] * len(steps)
        known = self._known(account_id, steps)
        left, attempts = list(range(len(steps))), ATTEMPTS
        while left:
            later = self._round(account_id, steps, left, known, outcomes)
            attempts = attempts - 1 if len(later) == len(left) else ATTEMPTS
            if not attempts:
                raise Unavailable("the catalog is being changed by others at the same moment")
            left = later
        return outcomes

    def _round(
        self,
        account_id: str,
        steps: Sequence[Step[T]],
        left: Sequence[int],
        known: dict[str, O],
        outcomes: list[Outcome[T]],
    ) -> list[int]:
        """Take a step with every thing; which steps are still to be taken."""
        stored = self._things.get_many(self._table, account_id, [steps[i].id for i in left])
        busy: dict[str, tuple[int, T | None, list[Put | Delete]]] = {}
        later: list[int] = []
        for i, one in zip(left, stored, strict=True):
            if steps[i].id in busy:
                later.append(i)
                continue
            try:
                thing, writes = self._turn(account_id, steps[i], one, known)
            except Rejected as error:
                outcomes[i] = error
                continue
            busy[steps[i].id] = i, thing, writes
        written = self._written(account_id, [writes for _, _, writes in busy.values()])
        done = [(i, thing) for (i, thing, _), ok in zip(busy.values(), written, strict=True) if ok]
        later += [i for (i, _, _), ok in zip(busy.values(), written, strict=True) if not ok]
        for i, thing in done:
            outcomes[i] = thing
            if thing is not None and (ends := steps[i].ends) is not None:
                self.relink(account_id, thing, [known[id_] for id_ in ends])
        return sorted(later)

    def _turn(
        self, account_id: str, step: Step[T], stored: Stored[T] | None, known: dict[str, O]
    ) -> tuple[T | None, list[Put | Delete]]:
        """What the step makes of what is stored, and the transaction that does it."""
        thing = step.turn(stored.thing if stored else None)
        if thing is None:
            if stored is None:
                return None, []
            self._before_delete(self._table, account_id, stored.thing)
            return None, self._things.delete(account_id, stored)
        ends = self.ends(step.ends or (), known, f"{step.at}/relationships/{self._relationship}/data")
        if stored is not None and thing is stored.thing:
            return thing, []
        first = [self._put(account_id, thing, end) for end in ends[:_FIRST_LINKS]] if stored is None else []
        return thing, [*self._things.put(account_id, thing, stored.version if stored else 0), *first]

    def _written(self, account_id: str, transactions: Sequence[Sequence[Put | Delete]]) -> list[bool]:
        """Of transactions, some of which have nothing to do."""
        done = iter(self._table.write([one for one in transactions if one]))
        return [not one or next(done) for one in transactions]

    def _known(self, account_id: str, steps: Sequence[Step[T]]) -> dict[str, O]:
        return self.existing(account_id, list(dict.fromkeys(id_ for step in steps for id_ in step.ends or ())))

    def existing(self, account_id: str, ids: Sequence[str]) -> dict[str, O]:
        """Those of the other kind that exist, by external id."""
        found = self._others.get_many(self._table, account_id, ids)
        return {one.thing.external_id: one.thing for one in found if one is not None}

    def ends(self, ids: Sequence[str], known: dict[str, O], at: str) -> list[O]:
        """The others of these ids; `at`: pointer of the list in which they stand."""
        for n, id_ in enumerate(ids):
            if id_ not in known:
                raise not_found(self.other_type, compound(id_), field=f"{at}/{n}/id")
        return [known[id_] for id_ in ids]

    def link(self, account_id: str, thing: T, ends: Sequence[O]) -> None:
        self._table.write([[self._put(account_id, thing, end)] for end in ends])

    def unlink(self, account_id: str, thing: T, ids: Sequence[str]) -> None:
        self._table.write([[self._unlink(account_id, thing.external_id, id_)] for id_ in ids])

    def relink(self, account_id: str, thing: T, ends: Sequence[O]) -> None:
        """Link it with these and no others."""
        before = set(self._ends_of(self._table, account_id, thing))
        wanted = {end.external_id for end in ends}
        self.link(account_id, thing, [end for end in ends if place(end) not in before])
        self.unlink(account_id, thing, sorted(set(map(placed_id, before)) - wanted))


def items(table: Table) -> Linked[CatalogItem, CatalogCategory]:
    return Linked(
        table, ITEMS, CATEGORIES, CATEGORY, "categories",
        ends_of=links.categories_of,
        put=links.put,
        unlink=links.delete,
        before_delete=_clear_item,
    )  # fmt: skip


def categories(table: Table) -> Linked[CatalogCategory, CatalogItem]:
    return Linked(
        table, CATEGORIES, ITEMS, ITEM, "items",
        ends_of=links.items_in,
        put=lambda account_id, category, item: links.put(account_id, item, category),
        unlink=lambda account_id, category_id, item_id: links.delete(account_id, item_id, category_id),
        before_delete=lambda table, account_id, category: None,
    )  # fmt: skip


def _clear_item(table: Table, account_id: str, item: CatalogItem) -> None:
    """What goes with an item: its variants and its places in categories. A variant that is made meanwhile
    changes the item, and the item is then turned again."""
    left = list(item.variants)
    while left:
        found = VARIANTS.get_many(table, account_id, left)
        own = [one for one in found if one is not None and one.thing.item_id == item.external_id]
        done = table.write([VARIANTS.delete(account_id, one) for one in own])
        left = [one.thing.external_id for one, ok in zip(own, done, strict=True) if not ok]
    links.forget_item(table, account_id, item.external_id)


def forget_links(table: Table, queue: Queue, account_id: str, category: CatalogCategory) -> None:
    """After a category was deleted: remove its links, those of a large one a thousand at a time."""
    if not links.forget_category(table, account_id, category, _INLINE):
        due = CatalogLinksDue(account_id, category.external_id, category.created.isoformat())
        queue.send([events.encode(due)])
