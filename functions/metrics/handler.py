"""Composition root of the room `metrics`."""

from __future__ import annotations

from functools import partial

from cdp import connect
from cdp.entry import Call, entry
from cdp.jsonapi.front import serve
from cdp.jsonapi.throttle import Throttle
from cdp.lake.uses import busiest
from functions.metrics.custom_operations import CustomMetrics
from functions.metrics.custom_writing import Writer
from functions.metrics.mapped_operations import MappedMetrics
from functions.metrics.mapping import Mapper
from functions.metrics.operations import Metrics
from functions.metrics.settings import Settings
from functions.metrics.spec import SPEC


def http(settings: Settings) -> Call:
    table, engine = connect.table(settings.table), connect.engine(settings.engine, settings.lake)
    mapper = Mapper(table, partial(busiest, engine), settings.rate_limit_factor)
    operations = {
        **Metrics(table, engine, connect.lake(settings.lake)).operations(),
        **CustomMetrics(table, Writer(table, settings.rate_limit_factor)).operations(),
        **MappedMetrics(table, mapper).operations(),
    }
    throttle = Throttle(connect.limits(settings.limits), settings.rate_limit_factor)
    return serve(SPEC, operations, throttle=throttle)


handler = entry(Settings, http=http)
