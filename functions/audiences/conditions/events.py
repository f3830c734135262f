"""Events of one metric with conditions on their properties: what metric and funnel conditions read."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from cdp.errors import Rejected
from cdp.filters import grammar
from cdp.filters.clock import Clock
from cdp.filters.filter import Filter
from cdp.filters.json_text import layered
from cdp.filters.placeholders import Placeholders
from cdp.filters.values import Json
from cdp.filters.windows import Span, Window, instant_sql
from cdp.lake.tables import month_of
from cdp.query.sql import Months, Query, json_path
from functions.audiences.conditions.condition import Event

MAX_FILTERS = 10
Id = Annotated[str, Meta(min_length=1, max_length=64)]
VALUE = "$value"  # the event's value, wherever the client put it
_NOWHERE = -1  # the number of no metric
_LAST_YEAR = 2999


class MetricFilter(msgspec.Struct, frozen=True):
    """A filter on one property of the event; without a filter it must be set."""

    property: str
    filter: Filter | None


class _Given(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    property: Annotated[str, Meta(min_length=1, max_length=500)]
    filter: dict[str, Any] | None = None


def read_filters(data: list[Any] | None, pointer: str) -> tuple[MetricFilter, ...]:
    """`metric_filters`, all of which must hold."""
    if len(data or ()) > MAX_FILTERS:
        raise Rejected(f"At most {MAX_FILTERS} filters are possible here.", field=pointer)
    found = []
    for number, one in enumerate(data or ()):
        at = f"{pointer}/{number}"
        given = grammar.convert(one, _Given, at)
        condition = None
        if given.filter is not None:
            condition = grammar.read(given.filter, f"{at}/filter", grammar.EVENT_PROPERTY)
        found.append(MetricFilter(given.property, condition))
    return tuple(found)


def passes(event: Event, filters: tuple[MetricFilter, ...], clock: Clock) -> bool:
    return all(_holds(_value(event, one.property), one.filter, clock) for one in filters)


def _value(event: Event, name: str) -> Json:
    return event.value if name == VALUE else event.properties.get(name)


def _holds(value: Json, condition: Filter | None, clock: Clock) -> bool:
    return value is not None if condition is None else condition.holds(value, clock)


def events(
    metric_no: int | None, window: Window, filters: tuple[MetricFilter, ...], clock: Clock
) -> Query:
    """Columns `profile_no`, `occurred_at` and `value` of the metric's events that fall into the window and pass."""
    values = Placeholders()
    metric = values.add(_NOWHERE if metric_no is None else metric_no)
    keep = ["profile_no", "occurred_at", "value"]
    columns, conditions = list(keep), []
    for number, one in enumerate(filters):
        name = f"j{number}"
        keep.append(name)
        columns.append(f"{_json(one.property, values)} AS {name}")
        conditions.append(f"{name} IS NOT NULL" if one.filter is None else one.filter.sql(name, values, clock))
    text = f"SELECT {', '.join(columns)} FROM events WHERE metric_id = {metric}"
    if window != Span():
        text += f" AND ({instant_sql(window, 'occurred_at', clock.zone, values)})"
    if conditions:
        text = layered(text, keep, [one.filter.layers(f"j{n}") for n, one in enumerate(filters) if one.filter])
        text = f"SELECT profile_no, occurred_at, value FROM ({text}) AS found WHERE {' AND '.join(conditions)}"
    return values.select(text, months=_months(window))


def _json(name: str, values: Placeholders) -> str:
    """JSON text of the property, null for null."""
    if name == VALUE:
        return "CAST(value AS VARCHAR)"
    return f"nullif(json_format(json_extract(properties, {values.add(json_path(name))})), 'null')"


def _months(window: Window) -> Months | None:
    if not isinstance(window, Span) or (window.start is None and window.end is None):
        return None
    first = 0 if window.start is None else month_of(window.start)
    return first, _LAST_YEAR * 12 if window.end is None else month_of(window.end)
