"""Composition root of the room `predict`: requests, and an inbox of orders, schedules and long work in parts."""

from __future__ import annotations

from cdp import connect
from cdp.documents.plans import Plans
from cdp.entry import Call, entry, utc_now
from cdp.inbox import consume
from cdp.jsonapi.front import serve
from cdp.jsonapi.throttle import Throttle
from functions.predict.clv_settings import ClvSettings
from functions.predict.dashboard import Dashboard
from functions.predict.previews import Previews
from functions.predict.settings import Settings
from functions.predict.spec import SPEC
from functions.predict.trained import Trained
from functions.predict.usages_operations import Usages
from functions.predict.working import worker


def http(settings: Settings) -> Call:
    table, engine = connect.table(settings.table), connect.engine(settings.engine, settings.lake)
    queue = connect.queue(settings.predict_queue)
    clv = ClvSettings(table, engine, queue)
    parts = (
        clv,
        Trained(table),
        Previews(table, queue, settings.answer_within_s),
        Dashboard(table, engine, clv),
        Usages(table),
    )
    operations = {key: operation for part in parts for key, operation in part.operations().items()}
    throttle = Throttle(connect.limits(settings.limits), settings.rate_limit_factor)
    return serve(SPEC, operations, throttle=throttle, plan=Plans(table).check)


def inbox(settings: Settings) -> Call:
    queue = connect.queue(settings.predict_queue)
    work = worker(
        connect.table(settings.table),
        connect.lake(settings.lake),
        connect.engine(settings.engine, settings.lake),
        connect.bus(settings.bus),
        queue,
        connect.queue(settings.fit_queue),
        connect.queue(settings.audiences_queue),
        utc_now,
    )
    return lambda event: consume(queue, work.process, event)


handler = entry(Settings, http=http, inbox=inbox)
