"""`profile-metric`: how often, or for how much, the person did something within a time.

Sums are of the events' values, whatever their currency, in ten-thousandths; events without a value add nothing,
nor do values of ten billion and more.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec

from cdp.filters import dates, grammar
from cdp.filters.dates import DateFilter
from cdp.filters.events import MetricFilter, passes, read_filters
from cdp.filters.numbers import NumericFilter
from cdp.filters.placeholders import Placeholders
from cdp.filters.windows import Span, instant_holds
from functions.audiences.conditions.condition import (
    ConditionType,
    Context,
    Dependencies,
    Event,
    Facts,
    Part,
    any_relative,
)
from functions.audiences.conditions.events import Id, events

_TIMEFRAMES = grammar.kinds(
    dates.StaticDateFilter, dates.StaticDateRangeFilter, dates.RelativeDateFilter, dates.RelativeAnniversaryFilter,
    dates.RelativeDateRangeFilter, dates.AlltimeFilter,
)  # fmt: skip
_MEASUREMENT = grammar.kinds(NumericFilter)
_UNITS, _LARGEST = 10_000, 1e10
_SUM = (
    "CAST(sum(CASE WHEN abs(value) < 1e10 THEN CAST(round(value * 10000) AS BIGINT) ELSE 0 END) AS DOUBLE) / 10000.0"
)


class _Given(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    type: Literal["profile-metric"]
    metric_id: Id
    measurement: Literal["count", "sum"]
    measurement_filter: dict[str, Any]
    timeframe_filter: dict[str, Any]
    metric_filters: list[Any] | None = None


@dataclass(frozen=True, slots=True)
class ProfileMetric:
    metric_id: str
    measurement: Literal["count", "sum"]
    amount: NumericFilter
    timeframe: DateFilter
    filters: tuple[MetricFilter, ...]

    @property
    def dependencies(self) -> Dependencies:
        metric = frozenset((self.metric_id,))
        return Dependencies(metric_ids=metric, detailed=metric if self.filters else frozenset())

    @property
    def relative(self) -> bool:
        return any_relative((self.timeframe, *(one.filter for one in self.filters)))

    def events_since(self, context: Context) -> datetime | None:
        """From when on events count; None: always."""
        window = self.timeframe.window(context)
        return window.start if isinstance(window, Span) else None

    def part(self, context: Context) -> Part:
        """Who has no such event has the amount 0: where 0 will do, the others are looked for."""
        window = self.timeframe.window(context)
        found = events(context.metric_nos.get(self.metric_id), window, self.filters, context)
        values = Placeholders()
        amount = "CAST(count(*) AS DOUBLE)" if self.measurement == "count" else _SUM
        condition = self.amount.number_sql(amount, values)
        zero = self.amount.number_holds(0.0)
        condition = f"NOT ({condition})" if zero else condition
        text = f"SELECT profile_no FROM found GROUP BY profile_no HAVING {condition}"
        return Part(values.select(text, {"found": found}), negated=zero)

    def holds(self, facts: Facts, context: Context) -> bool:
        window = self.timeframe.window(context)
        found = [
            event
            for event in facts.events.get(self.metric_id, ())
            if instant_holds(window, event.occurred_at, context.zone)
            and passes(event.value, event.properties, self.filters, context)
        ]
        return self.amount.number_holds(float(len(found)) if self.measurement == "count" else _total(found))


def _total(found: Iterable[Event]) -> float:
    values = (event.value for event in found if event.value is not None and abs(event.value) < _LARGEST)
    return sum(map(_minor, values)) / _UNITS


def _minor(value: float) -> int:
    """Rounded half away from zero, as the engines do it."""
    return int(math.copysign(math.floor(abs(value * _UNITS) + 0.5), value))


def parse(data: dict[str, Any], pointer: str) -> ProfileMetric:
    given = grammar.convert(data, _Given, pointer)
    amount = grammar.read_as(
        NumericFilter, given.measurement_filter, f"{pointer}/measurement_filter", _MEASUREMENT
    )
    timeframe = grammar.read_as(DateFilter, given.timeframe_filter, f"{pointer}/timeframe_filter", _TIMEFRAMES)
    filters = read_filters(given.metric_filters, f"{pointer}/metric_filters")
    return ProfileMetric(given.metric_id, given.measurement, amount, timeframe, filters)


CONDITION = ConditionType("profile-metric", parse)
