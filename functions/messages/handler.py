"""Composition root of the room `messages`."""

from __future__ import annotations

from cdp import connect
from cdp.entry import Call, entry
from cdp.jsonapi.front import serve
from cdp.jsonapi.throttle import Throttle
from functions.messages.campaigns.operations import Campaigns
from functions.messages.flows.operations import PER_DAY as FLOWS_PER_DAY
from functions.messages.flows.operations import Flows
from functions.messages.forms.operations import Forms
from functions.messages.settings import Settings
from functions.messages.spec import SPEC
from functions.messages.templates.operations import Templates


def http(settings: Settings) -> Call:
    table = connect.table(settings.table)
    flows = Flows(table, per_day=FLOWS_PER_DAY * settings.rate_limit_factor)
    operations = {
        key: operation
        for one in (Campaigns(table), flows, Forms(table), Templates(table))
        for key, operation in one.operations().items()
    }
    throttle = Throttle(connect.limits(settings.limits), settings.rate_limit_factor)
    return serve(SPEC, operations, throttle=throttle)


handler = entry(Settings, http=http)
