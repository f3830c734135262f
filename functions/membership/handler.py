"""Composition root of the room `membership`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from cdp import connect
from cdp.documents import accounts
from cdp.documents.plans import Plans
from cdp.jsonapi.front import serve
from cdp.jsonapi.throttle import Throttle
from cdp.settings import load
from functions.membership.operations import Membership
from functions.membership.settings import Settings
from functions.membership.spec import SPEC


def http(settings: Settings) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    table = connect.table(settings.table)
    plans, exists = Plans(table), accounts.Existing(table)
    room = Membership(table, plans)
    throttle = Throttle(connect.limits(settings.limits), settings.rate_limit_factor)
    return serve(SPEC, room.operations(), throttle=throttle, account_exists=exists, plan=plans.check)


@cache
def app() -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    return http(load(Settings))


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    return app()(event)
