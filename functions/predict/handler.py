"""Composition root of the room `predict`: requests, and an inbox of orders, schedules and long work in parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from cdp import connect
from cdp.documents.plans import Plans
from cdp.inbox import consume
from cdp.jsonapi.front import serve
from cdp.jsonapi.throttle import Throttle
from cdp.settings import load
from functions.predict.clv_settings import ClvSettings
from functions.predict.dashboard import Dashboard
from functions.predict.previews import Previews
from functions.predict.settings import Settings
from functions.predict.spec import SPEC
from functions.predict.trained import Trained
from functions.predict.usages_operations import Usages
from functions.predict.working import worker

Call = Callable[[Mapping[str, Any]], dict[str, Any]]


def utc_now() -> datetime:
    return datetime.now(UTC)


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


@cache
def requests() -> Call:
    return http(load(Settings))


@cache
def messages() -> Call:
    return inbox(load(Settings))


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    return messages()(event) if "Records" in event else requests()(event)
