"""Exchange ids: opaque names of profiles that a shop puts into its links as `_kx` (SPEC §19).

An exchange id is the profile's `_kx`, made here if it has none: random, and vouched for by the private key that
asked. Whoever brings it back, an event from a browser or a look-up of groups, finds the profile by it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime

from cdp.documents import profiles
from cdp.documents.profiles import Stored
from cdp.errors import Rejected
from cdp.jsonapi.documents import Json, collection, identifier
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.matrix import TEXT, Filters
from cdp.model.ids import profile_no
from cdp.ports import Table
from functions.profiles.announcing import Announcer

FILTERS = Filters({"profile_id": TEXT("any", "equals")})
MAX_PROFILES = 100
_KIND, _BYTES, _ATTEMPTS = "kx", 24, 8


class ExchangeIds:
    def __init__(self, table: Table, announcer: Announcer) -> None:
        self._table, self._announcer = table, announcer

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {"GET /api/exchange-ids": self.exchange_ids}

    def exchange_ids(self, request: Request) -> Response:
        """Of up to 100 profiles, by `filter=any(profile_id,[…])`; unknown profiles are left out."""
        named = [dict.fromkeys(map(str, c.values)) for c in request.params.filter(FILTERS)]
        wanted = [id_ for id_ in named[0] if all(id_ in other for other in named)] if named else []
        if not 1 <= len(wanted) <= MAX_PROFILES:
            raise Rejected(
                f'The filter must name 1 to {MAX_PROFILES} profiles: any(profile_id,["…"]).', parameter="filter"
            )
        numbers = [no for no in (profile_no(request.account_id, id_) for id_ in wanted) if no is not None]
        states = self._named(request.account_id, numbers, request.now)
        return Response(document=collection(request, [_resource(request, state) for state in states]))

    def _named(self, account_id: str, numbers: list[int], now: datetime) -> list[Stored]:
        """The profiles, each with an exchange id."""
        for _ in range(_ATTEMPTS):
            states = [one for one in profiles.get_many(self._table, account_id, numbers) if one is not None]
            held = {(_KIND, one.profile.kx) for one in states if one.profile.kx is not None}
            _, trusted = profiles.find_links(self._table, account_id, held)
            changed = [one for one in states if (_KIND, one.profile.kx) not in trusted]
            for state in changed:
                if state.profile.kx is None:
                    state.profile.kx, state.profile.updated = secrets.token_urlsafe(_BYTES), now
                state.links[_KIND, state.profile.kx] = True
            if all(profiles.save(self._table, account_id, changed)):
                self._announcer.profiles(account_id, changed=[one.profile.no for one in changed])
                return states
        raise profiles.CONTENDED


def _resource(request: Request, state: Stored) -> Json:
    id_ = state.profile.id(request.account_id)
    return {
        "type": "exchange-id",
        "id": id_,
        "attributes": {"exchange_id": state.profile.kx},
        "links": {"self": f"{request.base_url}/api/exchange-ids?filter=equals(profile_id,%22{id_}%22)"},
        "relationships": {"profile": {"data": identifier("profile", id_)}},
    }
