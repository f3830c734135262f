"""Custom metrics of an account (SPEC §4.4): events of several metrics, filtered, seen as one.

A name is one metric's alone and a plan allows so many of them: every write also moves the marker.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from cdp.documents.named import Collection, Shelf
from cdp.ports import Delete, ItemQuery, Put, Table

Method = Literal["count", "value"]


class MetricGroup(msgspec.Struct, frozen=True, omit_defaults=True):
    """Events of one metric that meet all filters; `metric_filters` as they were sent and checked.

    `value_property` is where a `value` metric takes the amount from: `$value` is the event's value.
    """

    metric_id: str
    metric_filters: tuple[dict[str, Any], ...] = ()
    value_property: str | None = None


class Definition(msgspec.Struct, frozen=True):
    """An event counts if any group matches, and once."""

    aggregation_method: Method
    metric_groups: tuple[MetricGroup, ...]


class CustomMetric(msgspec.Struct, frozen=True):
    """Times are UTC."""

    id: str
    name: str
    created: datetime
    updated: datetime
    definition: Definition


CUSTOM_METRICS: Collection[CustomMetric] = Collection("custom-metrics", CustomMetric)


def all_of(table: Table, account_id: str) -> list[CustomMetric]:
    """Every custom metric of the account, by id."""
    return [stored.thing for stored in CUSTOM_METRICS.all(table, account_id)]


def count(table: Table, account_id: str) -> int:
    """How many there are; never more than a plan allows, so a page holds them."""
    return len(table.query(ItemQuery(f"{account_id}#custom-metrics", limit=1000)))


def putting(account_id: str, metric: CustomMetric, seen: Shelf[CustomMetric]) -> list[Put | Delete]:
    """The transaction that writes a new or changed metric, if nobody has written one since."""
    held = seen.things.get(metric.id)
    return [CUSTOM_METRICS.put(account_id, metric, 0 if held is None else held.version), CUSTOM_METRICS.marking(account_id, seen)]


def removing(account_id: str, id_: str, seen: Shelf[CustomMetric]) -> list[Put | Delete]:
    """The transaction that takes a metric of the shelf away, if nobody has written one since."""
    return [CUSTOM_METRICS.delete(account_id, seen.things[id_]), CUSTOM_METRICS.marking(account_id, seen)]
