"""The next best product of a recipient, as JSON and as a piece of an e-mail (SPEC §12.4, docs/adr/0137).

Anybody may ask: the answer is a product of the catalog and nothing else. Whoever is not known, has not bought, or whose
product is sold out gets the bestseller, so that nobody can tell them apart and no mail has a hole.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from cdp.documents import accounts, affinities, catalog, catalog_insights, merges, profiles
from cdp.documents.catalog import CatalogItem
from cdp.documents.plans import Plans
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.params import Params
from cdp.model.ids import profile_no
from cdp.ports import Table
from cdp.resources.catalog import item as resource
from functions.catalog.product_fragment import fragment

PATH = "/client/next-best-product"
HTML_PATH = f"{PATH}.html"
FEATURE = "analytics"
SHOWN = frozenset({"external_id", "title", "description", "url", "price", "image_full_url", "image_thumbnail_url"})
_BESTSELLERS = 50  # that are looked at until one can be had
_MAX_CHARS = 255
_CACHED = {"cache-control": "private, max-age=60", "x-content-type-options": "nosniff"}
_HTML = {
    **_CACHED,
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'; img-src http: https:; style-src 'unsafe-inline'",
}


class NextBestProduct:
    def __init__(self, table: Table, plans: Plans) -> None:
        self._table, self._plans = table, plans

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {f"GET {PATH}": self.show, f"GET {HTML_PATH}": self.show_html}

    def show(self, request: Request) -> Response:
        """The item, or null if there is none to be had at all."""
        found = self._find(request)
        document: dict[str, object] = {"data": None if found is None else resource(request, found, SHOWN)}
        document["meta"] = {"currency": self._currency(request)}
        return Response(document=document, headers=dict(_CACHED))

    def show_html(self, request: Request) -> Response:
        """A fragment; an empty one if there is no item to be had at all."""
        found = self._find(request)
        text = "" if found is None else fragment(found, self._currency(request), request.params.first("button"))
        return Response(body=text, headers=dict(_HTML))

    def _find(self, request: Request) -> CatalogItem | None:
        account_id = request.account_id
        if not self._plans(account_id).opens(FEATURE):
            return None
        wanted = self._own(account_id, request.params)
        head = affinities.head(self._table, account_id)
        ids = [*([wanted] if wanted else []), *islice(head.bestsellers if head else (), _BESTSELLERS)]
        excluded = catalog_insights.EXCLUDED.get(self._table, account_id).items
        for found in catalog.items(self._table, account_id, list(dict.fromkeys(ids))):
            if found is not None and catalog.available(found) and found.external_id not in excluded:
                return found
        return None

    def _own(self, account_id: str, params: Params) -> str | None:
        """External id of the product that was worked out for the recipient."""
        no = self._recipient(account_id, params)
        state = profiles.get_many(self._table, account_id, [merges.successors(self._table, account_id, [no]).get(no, no)])[0]
        product = None if state is None else state.profile.predictive.get("next_best_product")
        return None if product is None else product["external_id"]

    def _recipient(self, account_id: str, params: Params) -> int:
        """Number of the profile, or of nobody. An exchange id counts if a private key has vouched for it."""
        identity = ("kx", (params.first("exchange_id") or "")[: _MAX_CHARS + 1])
        if 0 < len(identity[1]) <= _MAX_CHARS:
            owners, trusted = profiles.find_links(self._table, account_id, [identity])
            return owners[identity] if identity in trusted else merges.ERASED
        return profile_no(account_id, params.first("profile_id") or "") or merges.ERASED

    def _currency(self, request: Request) -> str:
        return accounts.get(self._table, request.account_id).currency
