"""The catalog as orders see it: what names an item, and where it belongs. Read from the entries that listings go
through, without any item's document; what is excluded from insights is said, too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from cdp.documents import catalog_insights
from cdp.documents.catalog import ITEMS, VARIANTS, all_categories
from cdp.documents.catalog_things import Entry, Things
from cdp.orders.products import Shelf, Shelved
from cdp.ports import Table


def shelf(table: Table, account_id: str) -> Shelf:
    """The catalog as it stands now."""
    names: dict[str, str] = {}
    belongs: dict[str, list[str]] = defaultdict(list)
    for category, item_ids in all_categories(table, account_id):
        names[category.external_id] = category.name
        for item in item_ids:
            belongs[item].append(category.external_id)
    items = {
        one.external_id: Shelved(one.title, tuple(belongs[one.external_id])) for one in _entries(ITEMS, table, account_id)
    }
    variants = {one.external_id: one.item_id for one in _entries(VARIANTS, table, account_id)}
    excluded = catalog_insights.EXCLUDED.get(table, account_id)
    return Shelf(items, variants, names, frozenset(excluded.items), frozenset(excluded.categories))


def _entries(things: Things[Any], table: Table, account_id: str) -> Iterator[Entry]:
    after: str | None = None
    while page := things.page(table, account_id, after=after):
        yield from (placed.entry for placed in page)
        after = page[-1].place
