"""Composition root of the room `webhooks`: HTTP requests, and an inbox of what may have to be delivered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from cdp import connect
from cdp.inbox import consume
from cdp.jsonapi.front import serve
from cdp.jsonapi.throttle import Throttle
from cdp.settings import load
from functions.webhooks.fan_out import FanOut
from functions.webhooks.log import Log
from functions.webhooks.operations import Webhooks
from functions.webhooks.replays import Replays
from functions.webhooks.settings import Settings
from functions.webhooks.spec import SPEC
from functions.webhooks.testing import Testing

Call = Callable[[Mapping[str, Any]], dict[str, Any]]


def http(settings: Settings) -> Call:
    table, secrets = connect.table(settings.table), connect.secrets(settings.secrets)
    deliveries, loopback = connect.queue(settings.deliveries_queue), settings.allow_loopback
    parts = (
        Webhooks(table, secrets, deliveries, most=settings.most_webhooks, allow_loopback=loopback),
        Testing(table, secrets, connect.outbound(allow_loopback=loopback), settings.platform_url),
        Log(table),
        Replays(table, deliveries),
    )
    operations = {key: operation for part in parts for key, operation in part.operations().items()}
    return serve(SPEC, operations, throttle=Throttle(connect.limits(settings.limits), settings.rate_limit_factor))


def inbox(settings: Settings) -> Call:
    queue = connect.queue(settings.webhooks_queue)
    spread = FanOut(connect.table(settings.table), connect.queue(settings.deliveries_queue), settings.platform_url)
    return lambda event: consume(queue, spread.process, event)


@cache
def requests() -> Call:
    return http(load(Settings))


@cache
def messages() -> Call:
    return inbox(load(Settings))


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    return messages()(event) if "Records" in event else requests()(event)
