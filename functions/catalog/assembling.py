"""The room's parts, put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from cdp.documents import catalog
from cdp.documents.catalog import CatalogItem
from cdp.jsonapi.documents import Json
from cdp.jsonapi.front import Operation, Request
from cdp.ports import Queue, Table
from cdp.resources import catalog as shown
from functions.catalog import writing
from functions.catalog.job_operations import Jobs
from functions.catalog.kinds import CATEGORY, ITEM, VARIANT
from functions.catalog.linking import Links
from functions.catalog.operations import Operations
from functions.catalog.variant_writing import Variants
from functions.catalog.working import Bulk, Worker


def operations(table: Table, queue: Queue) -> Mapping[str, Operation]:
    """Route key → operation, of everything that is the catalog's own."""
    items, categories, variants = writing.items(table), writing.categories(table), Variants(table)
    gone = partial(writing.forget_links, table, queue)
    of_items = Operations(ITEM, table, items.run, include={"variants": partial(_variants, table)}, gone=_nothing)
    of_variants = Operations(VARIANT, table, variants.run, include={}, gone=_nothing)
    of_categories = Operations(CATEGORY, table, categories.run, include={}, gone=gone)
    return {
        **of_items.operations(),
        **of_variants.operations(),
        **of_categories.operations(),
        **of_items.related(CATEGORY),
        **of_variants.related(ITEM),
        **of_categories.related(ITEM),
        **Links(table, ITEM, CATEGORY, items).operations(),
        **Links(table, CATEGORY, ITEM, categories).operations(),
        **Jobs(ITEM, table, queue).operations(),
        **Jobs(VARIANT, table, queue).operations(),
        **Jobs(CATEGORY, table, queue).operations(),
    }


def worker(table: Table, queue: Queue) -> Worker:
    gone = partial(writing.forget_links, table, queue)
    bulks: dict[str, Bulk[Any]] = {
        "item": Bulk(ITEM, table, writing.items(table).run, _nothing),
        "variant": Bulk(VARIANT, table, Variants(table).run, _nothing),
        "category": Bulk(CATEGORY, table, writing.categories(table).run, gone),
    }
    return Worker(table, queue, bulks)


def _nothing(account_id: str, thing: object) -> None:
    """All that goes with it is gone already."""


def _variants(table: Table, request: Request, items: Sequence[CatalogItem]) -> list[Json]:
    fields = request.params.fields(shown.VARIANT)
    found = catalog.variants(table, request.account_id, [id_ for item in items for id_ in item.variants])
    return [shown.variant(request, one, fields) for one in found if one is not None]
