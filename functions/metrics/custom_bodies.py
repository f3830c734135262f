"""Bodies of the operations on custom metrics. Pure.

In a definition an unknown name is an error; so is whatever the stored definition could not be read back from.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from cdp.documents.custom_metrics import Definition, Method, MetricGroup
from cdp.errors import Rejected
from cdp.filters import grammar
from cdp.filters.events import GivenFilter, read_filters
from cdp.jsonapi.bodies import ATTRIBUTES, Body, Changed, New

MAX_GROUPS = 10
GROUPS = f"{ATTRIBUTES}/definition/metric_groups"


class GivenGroup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    metric_id: str
    metric_filters: list[GivenFilter] | None = None
    value_property: Annotated[str, Meta(min_length=1, max_length=500)] | None = None


class GivenDefinition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    aggregation_method: Method
    metric_groups: Annotated[list[GivenGroup], Meta(min_length=1, max_length=MAX_GROUPS)]


class NewMetric(msgspec.Struct, frozen=True):
    name: str
    definition: GivenDefinition


class MetricChange(msgspec.Struct, frozen=True):
    """None leaves things as they are."""

    name: str | None = None
    definition: GivenDefinition | None = None


new_metric = Body("custom-metric", New[NewMetric])
metric_change = Body("custom-metric", Changed[MetricChange])


def checked_definition(given: GivenDefinition) -> Definition:
    """As it is stored; that its metrics exist is for the caller to see."""
    groups = [
        _group(group, given.aggregation_method, f"{GROUPS}/{number}")
        for number, group in enumerate(given.metric_groups)
    ]
    return Definition(given.aggregation_method, tuple(groups))


def _group(group: GivenGroup, method: Method, pointer: str) -> MetricGroup:
    if group.value_property is not None and method != "value":
        raise Rejected(
            "Only a metric with the aggregation_method 'value' has a value_property.",
            field=f"{pointer}/value_property",
        )
    filters = group.metric_filters or []
    read_filters(filters, f"{pointer}/metric_filters", grammar.CUSTOM_METRIC)
    return MetricGroup(
        group.metric_id,
        tuple(_kept(one, f"{pointer}/metric_filters/{n}") for n, one in enumerate(filters)),
        group.value_property,
    )


def _kept(one: GivenFilter, pointer: str) -> dict[str, Any]:
    if one.filter is None:
        raise Rejected("A property needs its filter.", field=f"{pointer}/filter")
    return {"property": one.property, "filter": one.filter}
