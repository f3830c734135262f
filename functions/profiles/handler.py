"""Entry point of the room: HTTP requests, and its inbox of accepted bulk imports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from cdp import connect
from cdp.documents import accounts
from cdp.inbox import consume
from cdp.jsonapi.front import serve
from cdp.jsonapi.throttle import Throttle
from cdp.settings import load
from functions.profiles.importing import Importer
from functions.profiles.job_operations import Imports
from functions.profiles.operations import Profiles
from functions.profiles.settings import Settings
from functions.profiles.spec import SPEC

Call = Callable[[Mapping[str, Any]], dict[str, Any]]


def http(settings: Settings) -> Call:
    table = connect.table(settings.table)
    operations = {
        **Profiles(table).operations(),
        **Imports(table, connect.queue(settings.profiles_queue)).operations(),
    }
    throttle = Throttle(connect.limits(settings.limits), settings.rate_limit_factor)
    return serve(SPEC, operations, throttle=throttle, account_exists=accounts.Existing(table))


def inbox(settings: Settings) -> Call:
    importer = Importer(connect.table(settings.table))
    queue = connect.queue(settings.profiles_queue)
    return lambda event: consume(queue, importer.process, event)


@cache
def app() -> tuple[Call, Call]:
    settings = load(Settings)
    return http(settings), inbox(settings)


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    requests, messages = app()
    return messages(event) if "Records" in event else requests(event)
