"""Composition root of the room `billing`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from cdp import connect
from cdp.jsonapi.front import serve
from cdp.jsonapi.throttle import Throttle
from cdp.settings import load
from functions.billing.operations import Billing
from functions.billing.settings import Settings
from functions.billing.spec import SPEC


def http(settings: Settings) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    room = Billing(connect.table(settings.table), connect.engine(settings.engine, settings.lake))
    throttle = Throttle(connect.limits(settings.limits), settings.rate_limit_factor)
    return serve(SPEC, room.operations(), throttle=throttle)


@cache
def app() -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    return http(load(Settings))


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    return app()(event)
