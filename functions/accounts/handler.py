"""Composition root of the room `accounts`."""

from __future__ import annotations

from cdp import connect
from cdp.documents import accounts
from cdp.entry import Call, entry
from cdp.errors import not_found
from cdp.jsonapi.documents import collection, single
from cdp.jsonapi.front import Request, Response, serve
from cdp.jsonapi.throttle import Throttle
from cdp.ports import Table
from functions.accounts.attribution_settings import AttributionSettingsOperations
from functions.accounts.resource import resource
from functions.accounts.settings import Settings
from functions.accounts.spec import SPEC


class Accounts:
    """A key opens one account, so the list has one entry."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def listed(self, request: Request) -> Response:
        account = accounts.get(self._table, request.account_id)
        return Response(
            document=collection(request, [resource(request, account, request.params.fields("account"))])
        )

    def one(self, request: Request) -> Response:
        id_ = request.path["id"]
        if id_ != request.account_id:
            raise not_found("account", id_)
        account = accounts.get(self._table, id_)
        return Response(
            document=single(request, resource(request, account, request.params.fields("account")))
        )


def http(settings: Settings) -> Call:
    table = connect.table(settings.table)
    room = Accounts(table)
    operations = {
        "GET /api/accounts": room.listed,
        "GET /api/accounts/{id}": room.one,
        **AttributionSettingsOperations(table).operations(),
    }
    return serve(SPEC, operations, throttle=Throttle(connect.limits(settings.limits), settings.rate_limit_factor))


handler = entry(Settings, http=http)
