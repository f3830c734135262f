"""Composition root of the room `executions`: an inbox."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from cdp import connect
from cdp.inbox import consume
from cdp.ports import Queue
from cdp.settings import load
from functions.executions.dispatcher import Dispatcher
from functions.executions.leases import Leases
from functions.executions.programs import Programs
from functions.executions.records import Records
from functions.executions.settings import Settings
from functions.executions.waiting import Waiting


def utc_now() -> datetime:
    return datetime.now(UTC)


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


@cache
def app() -> tuple[Queue, Dispatcher]:
    settings = load(Settings)
    queue = connect.queue(settings.executions_queue)
    return queue, dispatcher(settings, queue)


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    queue, work = app()
    return consume(queue, work.process, event)
