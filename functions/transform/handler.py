"""Entry point of the room: HTTP requests, and its inbox of back-fills."""

from __future__ import annotations

from cdp import connect
from cdp.documents.plans import Plans
from cdp.entry import Call, entry
from cdp.inbox import consume
from cdp.jsonapi.front import serve
from cdp.jsonapi.throttle import Throttle
from functions.transform.backfill import Backfill
from functions.transform.operations import Transformations
from functions.transform.previews import Previews
from functions.transform.settings import Settings
from functions.transform.spec import SPEC


def http(settings: Settings) -> Call:
    table = connect.table(settings.table)
    operations = {
        **Transformations(table, connect.queue(settings.transform_queue)).operations(),
        **Previews(table).operations(),
    }
    throttle = Throttle(connect.limits(settings.limits), settings.rate_limit_factor)
    return serve(SPEC, operations, throttle=throttle, plan=Plans(table).check)


def inbox(settings: Settings) -> Call:
    queue = connect.queue(settings.transform_queue)
    backfill = Backfill(connect.table(settings.table), connect.bus(settings.bus), queue)
    return lambda event: consume(queue, backfill.process, event)


handler = entry(Settings, http=http, inbox=inbox)
