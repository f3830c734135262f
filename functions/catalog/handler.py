"""Composition root of the room `catalog`."""

from __future__ import annotations

from cdp import connect
from cdp.documents import accounts
from cdp.documents.plans import Plans
from cdp.entry import Call, entry
from cdp.inbox import consume
from cdp.jsonapi.front import serve
from cdp.jsonapi.throttle import Throttle
from functions.catalog import assembling
from functions.catalog.next_best_product import NextBestProduct
from functions.catalog.settings import Settings
from functions.catalog.spec import SPEC
from functions.catalog.waiting import Waiting


def http(settings: Settings) -> Call:
    table, record_queue = connect.table(settings.table), connect.queue(settings.record_queue)
    operations = {
        **assembling.operations(table, connect.queue(settings.catalog_queue)),
        **Waiting(table, record_queue).operations(),
        **NextBestProduct(table, Plans(table)).operations(),
    }
    throttle = Throttle(connect.limits(settings.limits), settings.rate_limit_factor)
    return serve(SPEC, operations, throttle=throttle, account_exists=accounts.Existing(table))


def inbox(settings: Settings) -> Call:
    queue = connect.queue(settings.catalog_queue)
    worker = assembling.worker(connect.table(settings.table), queue)
    return lambda event: consume(queue, worker.process, event)


handler = entry(Settings, http=http, inbox=inbox)
