"""Composition root of the room `lists`: HTTP requests, and its inbox of deleted lists."""

from __future__ import annotations

from cdp import connect
from cdp.entry import Call, entry
from cdp.inbox import consume
from cdp.jsonapi.front import serve
from cdp.jsonapi.throttle import Throttle
from functions.lists.joining import Joining
from functions.lists.operations import PER_DAY, Lists
from functions.lists.settings import Settings
from functions.lists.spec import SPEC


def _joining(settings: Settings) -> Joining:
    return Joining(connect.table(settings.table), connect.bus(settings.bus))


def http(settings: Settings) -> Call:
    per_day = PER_DAY * settings.rate_limit_factor
    room = Lists(connect.table(settings.table), connect.queue(settings.lists_queue), per_day=per_day)
    throttle = Throttle(connect.limits(settings.limits), settings.rate_limit_factor)
    return serve(SPEC, {**room.operations(), **_joining(settings).operations()}, throttle=throttle)


def inbox(settings: Settings) -> Call:
    joining = _joining(settings)
    queue = connect.queue(settings.lists_queue)
    return lambda event: consume(queue, joining.process, event)


handler = entry(Settings, http=http, inbox=inbox)
