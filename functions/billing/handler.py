"""Composition root of the room `billing`."""

from __future__ import annotations

from cdp import connect
from cdp.entry import Call, entry
from cdp.jsonapi.front import serve
from cdp.jsonapi.throttle import Throttle
from functions.billing.operations import Billing
from functions.billing.settings import Settings
from functions.billing.spec import SPEC


def http(settings: Settings) -> Call:
    room = Billing(connect.table(settings.table), connect.engine(settings.engine, settings.lake))
    throttle = Throttle(connect.limits(settings.limits), settings.rate_limit_factor)
    return serve(SPEC, room.operations(), throttle=throttle)


handler = entry(Settings, http=http)
