"""Composition root of the room `code`: requests, and an inbox of recorded events."""

from __future__ import annotations

from cdp import connect
from cdp.documents.plans import Plans
from cdp.entry import Call, entry, utc_now
from cdp.inbox import consume
from cdp.jsonapi.front import serve
from cdp.jsonapi.throttle import Throttle
from cdp.ports import Runner
from cdp.resources.event import Address
from functions.code.checking import Inspector
from functions.code.fan_out import FanOut
from functions.code.operations import Functions
from functions.code.records import Records
from functions.code.settings import Settings
from functions.code.spec import SPEC
from functions.code.stored_events import StoredEvents
from functions.code.trials import Trials
from functions.code.turns import Turns
from functions.code.writing import Writer


def http(settings: Settings, sandbox: Runner) -> Call:
    table, secrets = connect.table(settings.table), connect.secrets(settings.secrets)
    runner = Turns(sandbox, table)
    stored = StoredEvents(table, connect.engine(settings.engine, settings.lake), connect.lake(settings.lake))
    parts = (
        Functions(table, Writer(table, secrets, Inspector(runner))),
        Trials(table, secrets, runner, stored, settings.platform_url),
        stored,
        Records(table, connect.queue(settings.executions_queue)),
    )
    operations = {key: operation for part in parts for key, operation in part.operations().items()}
    throttle = Throttle(connect.limits(settings.limits), settings.rate_limit_factor)
    return serve(SPEC, operations, throttle=throttle, plan=Plans(table).check)


def inbox(settings: Settings) -> Call:
    table, executions = connect.table(settings.table), connect.queue(settings.executions_queue)
    fan_out = FanOut(table, executions, Address(settings.platform_url), utc_now)
    queue = connect.queue(settings.code_queue)
    return lambda event: consume(queue, fan_out.process, event)


handler = entry(Settings, http=lambda settings: http(settings, connect.runner(settings.runner)), inbox=inbox)
