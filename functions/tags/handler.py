"""Composition root of the room `tags`."""

from __future__ import annotations

from cdp import connect
from cdp.entry import Call, entry
from cdp.jsonapi.front import serve
from cdp.jsonapi.throttle import Throttle
from functions.tags.bearing import Bearing
from functions.tags.operations import Tags
from functions.tags.settings import Settings
from functions.tags.spec import SPEC


def http(settings: Settings) -> Call:
    table = connect.table(settings.table)
    throttle = Throttle(connect.limits(settings.limits), settings.rate_limit_factor)
    return serve(SPEC, {**Tags(table).operations(), **Bearing(table).operations()}, throttle=throttle)


handler = entry(Settings, http=http)
