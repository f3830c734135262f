"""Entry point of the room: HTTP requests, and its inbox of touched profiles and due passes."""

from __future__ import annotations

from cdp import connect
from cdp.documents.plans import Plans
from cdp.entry import Call, entry, utc_now
from cdp.inbox import consume
from cdp.jsonapi.front import serve
from cdp.jsonapi.throttle import Throttle
from functions.audiences.deciding import Decider
from functions.audiences.evaluating import Audiences
from functions.audiences.funnel_segments import FunnelSegments
from functions.audiences.operations import Segments
from functions.audiences.passing import Passer
from functions.audiences.settings import Settings
from functions.audiences.spec import SPEC
from functions.audiences.writing import Writer


def http(settings: Settings) -> Call:
    table, queue = connect.table(settings.table), connect.queue(settings.audiences_queue)
    room = Segments(table, Writer(table, queue, settings.rate_limit_factor))
    throttle = Throttle(connect.limits(settings.limits), settings.rate_limit_factor)
    operations = {**room.operations(), **FunnelSegments(table, room).operations()}
    return serve(SPEC, operations, throttle=throttle, plan=Plans(table).check)


def inbox(settings: Settings) -> Call:
    lake, queue = connect.lake(settings.lake), connect.queue(settings.audiences_queue)
    engine = connect.engine(settings.engine, settings.lake)
    decider = Decider(connect.table(settings.table), engine, connect.bus(settings.bus), utc_now)
    audiences = Audiences(Passer(decider, lake), queue, utc_now)
    return lambda event: consume(queue, audiences.process, event)


handler = entry(Settings, http=http, inbox=inbox)
