"""Writing variants: steps in, what became of each out.

An item lists its variants and which of them can be sold, so a variant that comes, goes, or can be sold from now
on is written with its item in one transaction; that also keeps an item from being deleted under a new variant.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from cdp.documents.catalog import ITEMS, VARIANTS, CatalogItem, CatalogVariant
from cdp.documents.catalog_things import Stored
from cdp.errors import Rejected, Unavailable, not_found
from cdp.ports import Delete, Put, Table
from cdp.resources.catalog import ITEM, compound
from functions.catalog.steps import Outcome, Step
from functions.catalog.writing import ATTEMPTS

_TOGETHER = 8  # variants of one item in a transaction, which has 25 writes and 4 MB
_MAX_LIST_BYTES = 80_000  # of an item's list of variants
_Turned = tuple[int, Stored[CatalogVariant] | None, CatalogVariant | None]


@dataclass(frozen=True)
class Variants:
    table: Table

    def run(self, account_id: str, steps: Sequence[Step[CatalogVariant]]) -> list[Outcome[CatalogVariant]]:
        """What became of every step, in their order."""
        outcomes: list[Outcome[CatalogVariant]] = [None] * len(steps)
        left, attempts = list(range(len(steps))), ATTEMPTS
        while left:
            later = self._round(account_id, steps, left, outcomes)
            attempts = attempts - 1 if len(later) == len(left) else ATTEMPTS
            if not attempts:
                raise Unavailable("the catalog is being changed by others at the same moment")
            left = later
        return outcomes

    def _round(
        self,
        account_id: str,
        steps: Sequence[Step[CatalogVariant]],
        left: Sequence[int],
        outcomes: list[Outcome[CatalogVariant]],
    ) -> list[int]:
        """Take a few steps with every item; which steps are still to be taken."""
        stored = VARIANTS.get_many(self.table, account_id, [steps[i].id for i in left])
        of_items: dict[str, list[_Turned]] = defaultdict(list)
        busy: set[str] = set()
        later: list[int] = []
        for i, one in zip(left, stored, strict=True):
            if steps[i].id in busy:
                later.append(i)
                continue
            try:
                thing = steps[i].turn(one.thing if one else None)
            except Rejected as error:
                outcomes[i] = error
                continue
            if thing is (one.thing if one else None):
                outcomes[i] = thing  # done before
                continue
            busy.add(steps[i].id)
            of_items[_item_id(one, thing)].append((i, one, thing))
        return sorted([*later, *self._write(account_id, steps, of_items, outcomes)])

    def _write(
        self,
        account_id: str,
        steps: Sequence[Step[CatalogVariant]],
        of_items: dict[str, list[_Turned]],
        outcomes: list[Outcome[CatalogVariant]],
    ) -> list[int]:
        """One transaction an item; which steps it leaves."""
        transactions: list[tuple[list[_Turned], list[Put | Delete]]] = []
        later: list[int] = []
        items = ITEMS.get_many(self.table, account_id, list(of_items))
        for (item_id, turned), item in zip(of_items.items(), items, strict=True):
            later += [i for i, _, _ in turned[_TOGETHER:]]
            fitting: list[_Turned] = []
            listed = dict(item.thing.variants) if item else {}
            for i, one, thing in turned[:_TOGETHER]:
                try:
                    listed = _listed(listed, item_id, item, one, thing, steps[i].at)
                    fitting.append((i, one, thing))
                except Rejected as error:
                    outcomes[i] = error
            if fitting:
                transactions.append((fitting, self._transaction(account_id, fitting, item, listed)))
        written = self.table.write([writes for _, writes in transactions])
        for (turned, _), ok in zip(transactions, written, strict=True):
            for i, _, thing in turned:
                if ok:
                    outcomes[i] = thing
                else:
                    later.append(i)
        return later

    def _transaction(
        self,
        account_id: str,
        turned: Sequence[_Turned],
        item: Stored[CatalogItem] | None,
        listed: dict[str, bool],
    ) -> list[Put | Delete]:
        writes: list[Put | Delete] = []
        for _, one, thing in turned:
            if thing is not None:
                writes += VARIANTS.put(account_id, thing, one.version if one else 0)
            elif one is not None:
                writes += VARIANTS.delete(account_id, one)
        if item is not None and listed != item.thing.variants:
            changed = replace(item.thing, variants=listed)
            writes.append(ITEMS.put_document(account_id, changed, item.version))
        return writes


def _item_id(before: Stored[CatalogVariant] | None, thing: CatalogVariant | None) -> str:
    if thing is not None:
        return thing.item_id
    return before.thing.item_id if before else ""


def _listed(
    listed: dict[str, bool],
    item_id: str,
    item: Stored[CatalogItem] | None,
    before: Stored[CatalogVariant] | None,
    thing: CatalogVariant | None,
    at: str,
) -> dict[str, bool]:
    """The item's variants after a step; `Rejected` if it has no room for a new one or does not exist."""
    if thing is None:
        gone = before.thing.external_id if before else ""
        return {id_: can for id_, can in listed.items() if id_ != gone}
    field = f"{at}/relationships/item/data/id"
    if item is None:
        if before is not None:
            return listed
        raise not_found(ITEM, compound(item_id), field=field)
    after = {**listed, thing.external_id: thing.sellable}
    if before is None and len(msgspec.json.encode(after)) > _MAX_LIST_BYTES:
        raise Rejected("The item has no room for another variant.", field=field)
    return after
