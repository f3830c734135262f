"""Which functions an event triggers."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from cdp.documents import accounts
from cdp.documents.code_functions import Function
from cdp.errors import Rejected
from cdp.events import EventRecorded
from cdp.filters.events import MetricFilter, passes, read_filters
from cdp.ports import Table

log = logging.getLogger("regulars.code")
_properties = msgspec.json.Decoder(dict[str, Any])


class Now(NamedTuple):
    """When it is for filters."""

    now: datetime
    zone: ZoneInfo


class Matcher:
    """The live functions of an account, by their metrics."""

    def __init__(self, table: Table, account_id: str, live: Sequence[Function], now: datetime) -> None:
        self._table, self._account_id, self._now = table, account_id, now
        self._by_metric: dict[str, list[tuple[Function, tuple[MetricFilter, ...]]]] = defaultdict(list)
        for function in live:
            if (filters := _filters(function)) is not None:
                self._by_metric[function.trigger.metric_id].append((function, filters))

    def functions(self, message: EventRecorded) -> list[Function]:
        """Those that the event triggers; never the one that made it."""
        found = self._by_metric.get(message.metric_id, ())
        return [
            function
            for function, filters in found
            if function.id != message.source_function and (not filters or self._passes(message, filters))
        ]

    def _passes(self, message: EventRecorded, filters: Sequence[MetricFilter]) -> bool:
        return passes(message.value, _properties.decode(message.properties), filters, self._clock)

    @cached_property
    def _clock(self) -> Now:
        return Now(self._now, accounts.get(self._table, self._account_id).zone)


def _filters(function: Function) -> tuple[MetricFilter, ...] | None:
    """None: they cannot be read any more, and the function is not triggered."""
    try:
        return read_filters(function.trigger.filters, "/trigger/filters")
    except Rejected as error:
        log.error("function %s is not triggered, its filters cannot be read: %s", function.id, error.message)
        return None
