"""GET and PATCH of /api/catalog-insights-settings/default: what insights leave out (SPEC §12.3).

What is saved holds for reports at once, for recommendations with their next refresh.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from cdp.documents import catalog, catalog_insights
from cdp.documents.catalog_insights import Excluded
from cdp.errors import Rejected
from cdp.jsonapi.bodies import ATTRIBUTES, Body, Resource
from cdp.jsonapi.documents import Json, Resources, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.times import format_instant
from cdp.ports import Table
from cdp.resources.catalog import compound, external

TYPE, ID = "catalog-insights-settings", "default"
PATH = f"/api/{TYPE}/{ID}"
MOST = 1_000
_Ids = Annotated[list[str], Meta(max_length=MOST)]


class _Attributes(msgspec.Struct, frozen=True):
    """What is not sent stays; a list is replaced as a whole."""

    excluded_item_ids: _Ids | UnsetType = UNSET
    excluded_category_ids: _Ids | UnsetType = UNSET


class _Settings(Resource, frozen=True, kw_only=True):
    id: Literal["default"]
    attributes: _Attributes


_body = Body(TYPE, _Settings)


@dataclass(frozen=True)
class CatalogInsightsSettings:
    """One document an account; it is there before anybody has changed it."""

    table: Table

    def operations(self) -> dict[str, Operation]:
        return {f"GET {PATH}": self.shown, f"PATCH {PATH}": self.changed}

    def shown(self, request: Request) -> Response:
        return self._answer(request, catalog_insights.EXCLUDED.get(self.table, request.account_id))

    def changed(self, request: Request) -> Response:
        given = _body.read(request).attributes
        change = partial(self._with, given=given, request=request)
        return self._answer(request, catalog_insights.EXCLUDED.change(self.table, request.account_id, change))

    def _with(self, held: Excluded, given: _Attributes, request: Request) -> Excluded:
        account, table = request.account_id, self.table
        items, categories = held.items, held.categories
        if given.excluded_item_ids is not UNSET:
            items = _known(given.excluded_item_ids, items, "item", lambda ids: catalog.items(table, account, ids))
        if given.excluded_category_ids is not UNSET:
            wanted = given.excluded_category_ids
            categories = _known(wanted, categories, "category", lambda ids: catalog.categories(table, account, ids))
        return Excluded(items, categories, request.now if held.updated is None else max(request.now, held.updated))

    def _answer(self, request: Request, saved: Excluded) -> Response:
        attributes: Json = {
            "excluded_item_ids": [compound(one) for one in saved.items],
            "excluded_category_ids": [compound(one) for one in saved.categories],
            "last_updated_at": None if saved.updated is None else format_instant(saved.updated),
        }
        make = Resources(request, TYPE, TYPE, fields=request.params.fields(TYPE)).make
        return Response(document=single(request, make(ID, attributes)))


def _known(
    wanted: list[str], held: tuple[str, ...], kind: str, find: Callable[[list[str]], Sequence[object | None]]
) -> tuple[str, ...]:
    """External ids, each once. What is excluded already may stay, though the catalog has lost it."""
    at = f"{ATTRIBUTES}/excluded_{kind}_ids"
    ids = [external(id_, field=f"{at}/{n}") for n, id_ in enumerate(wanted)]
    for n, (id_, found) in enumerate(zip(ids, find(ids), strict=True)):
        if found is None and id_ not in held:
            raise Rejected(f"A catalog {kind} with id {wanted[n]} does not exist.", field=f"{at}/{n}")
    return tuple(dict.fromkeys(ids))
