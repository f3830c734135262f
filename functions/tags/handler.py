"""Composition root of the room `tags`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from cdp import connect
from cdp.jsonapi.front import serve
from cdp.jsonapi.throttle import Throttle
from cdp.settings import load
from functions.tags.bearing import Bearing
from functions.tags.operations import Tags
from functions.tags.settings import Settings
from functions.tags.spec import SPEC


def http(settings: Settings) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    table = connect.table(settings.table)
    throttle = Throttle(connect.limits(settings.limits), settings.rate_limit_factor)
    return serve(SPEC, {**Tags(table).operations(), **Bearing(table).operations()}, throttle=throttle)


@cache
def app() -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    return http(load(Settings))


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    return app()(event)
