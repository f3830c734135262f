"""Composition root of the room `executions`: an inbox."""

from __future__ import annotations

from cdp import connect
from cdp.entry import Call, entry, utc_now
from cdp.inbox import consume
from cdp.ports import Queue
from functions.executions.dispatcher import Dispatcher
from functions.executions.leases import Leases
from functions.executions.programs import Programs
from functions.executions.records import Records
from functions.executions.settings import Settings
from functions.executions.waiting import Waiting


def dispatcher(settings: Settings, queue: Queue) -> Dispatcher:
    table = connect.table(settings.table)
    return Dispatcher(
        connect.runner(settings.runner),
        Programs(table, connect.secrets(settings.secrets), settings.platform_url),
        Waiting(table, queue, Leases(table, settings.account_slots), utc_now),
        Records(table),
        settings.retry_base_s,
        utc_now,
    )


def inbox(settings: Settings) -> Call:
    queue = connect.queue(settings.executions_queue)
    work = dispatcher(settings, queue)
    return lambda event: consume(queue, work.process, event)


handler = entry(Settings, inbox=inbox)
