"""Composition root of the room `webhooks`: HTTP requests, and an inbox of what may have to be delivered."""

from __future__ import annotations

from cdp import connect
from cdp.entry import Call, entry
from cdp.inbox import consume
from cdp.jsonapi.front import serve
from cdp.jsonapi.throttle import Throttle
from functions.webhooks.fan_out import FanOut
from functions.webhooks.log import Log
from functions.webhooks.operations import Webhooks
from functions.webhooks.replays import Replays
from functions.webhooks.settings import Settings
from functions.webhooks.spec import SPEC
from functions.webhooks.testing import Testing


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


handler = entry(Settings, http=http, inbox=inbox)
