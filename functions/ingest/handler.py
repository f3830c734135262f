"""Entry point of the room."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from cdp import connect
from cdp.documents import accounts
from cdp.jsonapi.front import serve
from cdp.jsonapi.throttle import Throttle
from cdp.settings import load
from functions.ingest.operations import Ingest
from functions.ingest.settings import Settings
from functions.ingest.spec import SPEC


@cache
def app() -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    settings = load(Settings)
    table = connect.table(settings.table)
    room = Ingest(table, connect.queue(settings.record_queue))
    return serve(
        SPEC,
        room.operations(),
        throttle=Throttle(connect.limits(settings.limits), settings.rate_limit_factor),
        account_exists=accounts.Existing(table),
    )


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    return app()(event)
