"""Filters on the properties of events: `metric_filters` of segments, custom metrics, funnels and reports (SPEC §4.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from cdp.errors import Rejected
from cdp.filters import grammar
from cdp.filters.clock import Clock
from cdp.filters.filter import Filter
from cdp.filters.json_text import Layer, layered
from cdp.filters.placeholders import Placeholders
from cdp.filters.values import Json
from cdp.query.sql import json_path

MAX_FILTERS = 10
VALUE = "$value"  # the event's value, wherever the client put it


class MetricFilter(msgspec.Struct, frozen=True):
    """A filter on one property of the event; without a filter it must be set."""

    property: str
    filter: Filter | None


class GivenFilter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of `metric_filters` as it is sent: `filter` is {type, operator, value} of SPEC §4.2."""

    property: Annotated[str, Meta(min_length=1, max_length=500)]
    filter: dict[str, Any] | None = None


def read_filters(
    data: Sequence[Any] | None,
    pointer: str,
    allowed: grammar.Kinds = grammar.EVENT_PROPERTY,
    most: int = MAX_FILTERS,
) -> tuple[MetricFilter, ...]:
    """Filters that must all hold; `data` are `GivenFilter`s or JSON like them."""
    if len(data or ()) > most:
        raise Rejected(f"At most {most} filters are possible here.", field=pointer)
    found = []
    for number, one in enumerate(data or ()):
        at = f"{pointer}/{number}"
        given = one if isinstance(one, GivenFilter) else grammar.convert(one, GivenFilter, at)
        condition = None
        if given.filter is not None:
            condition = grammar.read(given.filter, f"{at}/filter", allowed)
        found.append(MetricFilter(given.property, condition))
    return tuple(found)


def passes(
    value: float | None, properties: Mapping[str, Json], filters: Sequence[MetricFilter], clock: Clock
) -> bool:
    """Does an event with this value and these properties meet all filters?"""
    return all(
        holds(value if one.property == VALUE else properties.get(one.property), one.filter, clock)
        for one in filters
    )


def holds(value: Json, condition: Filter | None, clock: Clock) -> bool:
    return value is not None if condition is None else condition.holds(value, clock)


@dataclass(frozen=True, slots=True)
class Sieve:
    """`passes` as SQL over the table `events`: JSON columns to select from it, layers over them (`through`),
    and the condition over these, empty without filters."""

    columns: Mapping[str, str]
    layers: tuple[tuple[Layer, ...], ...]
    condition: str


def sieve(filters: Sequence[MetricFilter], name: str, values: Placeholders, clock: Clock) -> Sieve:
    """`name` begins the names of the columns."""
    columns: dict[str, str] = {}
    conditions: list[str] = []
    layers: list[tuple[Layer, ...]] = []
    for number, one in enumerate(filters):
        j = f"{name}{number}"
        columns[j] = json_of(one.property, values)
        if one.filter is None:
            conditions.append(f"{j} IS NOT NULL")
        else:
            layers.append(one.filter.layers(j))
            conditions.append(one.filter.sql(j, values, clock))
    return Sieve(columns, tuple(layers), " AND ".join(conditions))


def through(source: str, keep: Sequence[str], sieves: Sequence[Sieve]) -> str:
    """`source` selects `keep` and the columns of the sieves; this adds the layers that the conditions read."""
    held = [*keep, *(column for one in sieves for column in one.columns)]
    return layered(source, held, [layer for one in sieves for layer in one.layers])


def json_of(name: str, values: Placeholders) -> str:
    """JSON text of the event's property in SQL, null for null."""
    if name == VALUE:
        return "CAST(value AS VARCHAR)"
    return f"nullif(json_format(json_extract(properties, {values.add(json_path(name))})), 'null')"
