"""Composition root of the room `membership`."""

from __future__ import annotations

from cdp import connect
from cdp.documents import accounts
from cdp.documents.plans import Plans
from cdp.entry import Call, entry
from cdp.jsonapi.front import serve
from cdp.jsonapi.throttle import Throttle
from functions.membership.operations import Membership
from functions.membership.settings import Settings
from functions.membership.spec import SPEC


def http(settings: Settings) -> Call:
    table = connect.table(settings.table)
    plans, exists = Plans(table), accounts.Existing(table)
    room = Membership(table, plans)
    throttle = Throttle(connect.limits(settings.limits), settings.rate_limit_factor)
    return serve(SPEC, room.operations(), throttle=throttle, account_exists=exists, plan=plans.check)


handler = entry(Settings, http=http)
