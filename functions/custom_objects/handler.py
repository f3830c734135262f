"""Composition root of the room: HTTP requests, and its inbox."""

from __future__ import annotations

from cdp import connect
from cdp.documents.plans import Plans
from cdp.entry import Call, entry
from cdp.inbox import consume
from cdp.jsonapi.front import serve
from cdp.jsonapi.throttle import Throttle
from functions.custom_objects.settings import Settings
from functions.custom_objects.source_operations import Sources
from functions.custom_objects.spec import SPEC
from functions.custom_objects.type_operations import Types
from functions.custom_objects.work import Work


def http(settings: Settings) -> Call:
    table, queue = connect.table(settings.table), connect.queue(settings.custom_objects_queue)
    operations = {**Sources(table, queue).operations(), **Types(table, queue).operations()}
    throttle = Throttle(connect.limits(settings.limits), settings.rate_limit_factor)
    return serve(SPEC, operations, throttle=throttle, plan=Plans(table).check)


def inbox(settings: Settings) -> Call:
    work = Work(connect.table(settings.table), connect.bus(settings.bus))
    queue = connect.queue(settings.custom_objects_queue)
    return lambda event: consume(queue, work.process, event)


handler = entry(Settings, http=http, inbox=inbox)
