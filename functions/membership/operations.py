"""The look-up, the script that calls it, and the exchange ids for a shop's links."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cdp.documents import profiles
from cdp.documents.plans import Plans
from cdp.errors import Rejected
from cdp.jsonapi.documents import Json, collection, identifier
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.matrix import TEXT, Filters
from cdp.model import exchange
from cdp.model.ids import profile_id, profile_no
from cdp.ports import Table
from functions.membership.secret import ExchangeSecrets
from functions.membership.visitor import Keys, find, group_ids, memberships_of

SCRIPT = Path(__file__).with_name("script") / "regulars.js"
FILTERS = Filters({"profile_id": TEXT("any", "equals")})
MAX_PROFILES = 100
_ANSWER = {"cache-control": "private, max-age=60", "content-type": "application/json"}
_SCRIPT = {"cache-control": "public, max-age=3600", "content-type": "text/javascript; charset=utf-8"}


class Membership:
    def __init__(self, table: Table, secrets: ExchangeSecrets, plans: Plans) -> None:
        self._table, self._secrets, self._plans = table, secrets, plans
        self._script = SCRIPT.read_text()

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {
            "GET /client/group-memberships": self.look_up,
            "GET /client/regulars.js": self.script,
            "GET /api/exchange-ids": self.exchange_ids,
        }

    def look_up(self, request: Request) -> Response:
        """The groups among `ids` that the visitor is in; none if the plan lacks the feature, so that no page of the
        shop meets an error for it."""
        keys, ids = Keys(request.params), group_ids(request.params)
        no = find(self._table, request.account_id, self._secrets.get(request.account_id), keys)
        opened = self._plans(request.account_id).opens("cdp")
        groups = memberships_of(self._table, request.account_id, no, ids) if opened else []
        data = [identifier("group-membership", id_) for id_ in groups]
        return Response(document={"data": data}, headers=dict(_ANSWER))

    def script(self, request: Request) -> Response:
        return Response(body=self._script, headers=dict(_SCRIPT))

    def exchange_ids(self, request: Request) -> Response:
        """Exchange ids of up to 100 profiles, by `filter=any(profile_id,[…])`; unknown profiles are left out."""
        named = [dict.fromkeys(map(str, c.values)) for c in request.params.filter(FILTERS)]
        wanted = [id_ for id_ in named[0] if all(id_ in other for other in named)] if named else []
        if not 1 <= len(wanted) <= MAX_PROFILES:
            raise Rejected(
                f"The filter must name 1 to {MAX_PROFILES} profiles: any(profile_id,[\"…\"]).", parameter="filter"
            )
        numbers = [no for no in (profile_no(request.account_id, id_) for id_ in wanted) if no is not None]
        stored = profiles.get_many(self._table, request.account_id, numbers)
        secret = self._secrets.make(request.account_id)
        data = [
            _exchange_id(request, secret, no) for no, one in zip(numbers, stored, strict=True) if one is not None
        ]
        return Response(document=collection(request, data))


def _exchange_id(request: Request, secret: str, no: int) -> Json:
    id_ = profile_id(request.account_id, no)
    return {
        "type": "exchange-id",
        "id": id_,
        "attributes": {"exchange_id": exchange.mint(secret, request.account_id, no)},
        "links": {"self": f"{request.base_url}/api/exchange-ids?filter=equals(profile_id,%22{id_}%22)"},
        "relationships": {"profile": {"data": identifier("profile", id_)}},
    }
