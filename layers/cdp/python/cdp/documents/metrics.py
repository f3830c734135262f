"""The metric catalogue: one document per metric of an account, made on first use (SPEC §2.1, §3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from cdp.model.ids import short_id
from cdp.ports import Item, ItemQuery, Key, Put, Table

SERVICE = "api"
_MAX_NAME_BYTES = 1024  # of a property: its name is a sort key


class Metric(msgspec.Struct, frozen=True):
    """`no` is the number in the lake (column `metric_id`), `id` the API's name; times are UTC."""

    id: str
    no: int
    name: str
    service: str
    created: datetime
    updated: datetime


class MetricProperty(msgspec.Struct, frozen=True):
    """A property seen on a metric's events. `inferred_type`: string, number, boolean, array, object."""

    metric_id: str
    name: str
    inferred_type: str

    @property
    def id(self) -> str:
        return f"{self.metric_id}{short_id(self.metric_id, self.name)}"


_metric = msgspec.json.Decoder(Metric)
_property = msgspec.json.Decoder(MetricProperty)


def _partition(account_id: str) -> str:
    return f"{account_id}#metrics"


def all_metrics(table: Table, account_id: str) -> list[Metric]:
    """Every metric of the account, by id."""
    return [_metric.decode(item.body) for item in _items(table, _partition(account_id))]


def page(table: Table, account_id: str, *, descending: bool, limit: int, after: str | None) -> list[Metric]:
    """At most `limit` metrics by id, beginning behind the id `after`."""
    partition = _partition(account_id)
    position = None if after is None else (after, partition, after)
    query = ItemQuery(partition, descending=descending, limit=limit, after=position)
    return [_metric.decode(item.body) for item in table.query(query)]


def get(table: Table, account_id: str, metric_id: str) -> Metric | None:
    item = table.get([Key(_partition(account_id), metric_id)])[0]
    return None if item is None else _metric.decode(item.body)


def ensure(
    table: Table, account_id: str, wanted: Iterable[tuple[str, str]], now: datetime
) -> dict[tuple[str, str], Metric]:
    """The metrics with these (service, name) pairs; missing ones are made. Safe against concurrent makers."""
    found: dict[tuple[str, str], Metric] = {}
    for service, name in dict.fromkeys(wanted):
        salt = ""
        while True:
            metric_id = short_id(account_id, service, name + salt)
            metric = get(table, account_id, metric_id) or _create(table, account_id, metric_id, service, name, now)
            if metric is not None and (metric.service, metric.name) == (service, name):
                break
            salt += "\x1f" if metric is not None else ""  # another name has this id: take the next one
        found[service, name] = metric
    return found


def _create(table: Table, account_id: str, metric_id: str, service: str, name: str, now: datetime) -> Metric | None:
    no = table.add(Key(f"{account_id}#counter", "metric_no"), 1)
    metric = Metric(metric_id, no, name, service, now, now)
    item = Item(Key(_partition(account_id), metric_id), msgspec.json.encode(metric))
    return metric if table.write([[Put(item, 0)]])[0] else None


def note_properties(table: Table, account_id: str, metric_id: str, types: Mapping[str, str]) -> None:
    """Remember that events of the metric carry these properties; the first type seen stays.

    A name that is no sort key (empty, or longer) is in the events, but not in the catalogue.
    """
    table.write([
        [Put(Item(Key(f"{account_id}#properties#{metric_id}", name),
                  msgspec.json.encode(MetricProperty(metric_id, name, kind))), 0)]
        for name, kind in types.items()
        if 0 < len(name.encode()) <= _MAX_NAME_BYTES
    ])


def metric_of_property(property_id: str) -> str:
    """The metric's id within a property's id."""
    return property_id[:6]


def properties(table: Table, account_id: str, metric_id: str) -> list[MetricProperty]:
    """The metric's properties, by name."""
    return [_property.decode(item.body) for item in _items(table, f"{account_id}#properties#{metric_id}")]


def _items(table: Table, partition: str) -> Iterable[Item]:
    query = ItemQuery(partition, limit=1000)
    while page := table.query(query):
        yield from page
        query = ItemQuery(partition, limit=1000, after=(page[-1].key.sk, *page[-1].key))
