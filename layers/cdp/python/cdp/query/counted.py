"""What is counted, a metric or a custom metric, and its events as a query that other queries use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from cdp.filters import json_text
from cdp.filters.clock import Clock
from cdp.filters.events import VALUE, MetricFilter, Sieve, json_of, sieve, through
from cdp.filters.placeholders import Placeholders
from cdp.query.money import units
from cdp.query.sql import Query, months_between


class Books(Clock, Protocol):
    """How amounts and times are read: `rates` give what one unit of a foreign currency is worth in `currency`."""

    @property
    def currency(self) -> str: ...

    @property
    def rates(self) -> Mapping[str, float]: ...


class KnownMetric(msgspec.Struct, frozen=True):
    """`no` is the metric's number in the lake, `id` its name in the API."""

    id: str
    no: int
    name: str


class Group(msgspec.Struct, frozen=True):
    """Events of one metric that meet all filters. `value` is the property that holds their amount."""

    metric: KnownMetric
    filters: tuple[MetricFilter, ...] = ()
    value: str = VALUE


class Counted(msgspec.Struct, frozen=True):
    """What is counted: a metric, or a custom metric. An event counts if any group matches, and once.
    `revenue`: its events have amounts."""

    id: str
    name: str
    groups: tuple[Group, ...]
    revenue: bool = True
    custom: bool = False

    def narrowed(self, filters: tuple[MetricFilter, ...]) -> Counted:
        """Of its events those that meet these filters, too."""
        groups = tuple(msgspec.structs.replace(one, filters=(*one.filters, *filters)) for one in self.groups)
        return msgspec.structs.replace(self, groups=groups)


_COLUMNS = ("profile_no", "occurred_at", "event_id")


def occurrences(
    counted: Counted, start: datetime, end: datetime, scope: Books, keep: Sequence[str] = ()
) -> Query:
    """Columns `profile_no`, `occurred_at`, `event_id`, `units` (1/10000 of the account's currency; null without an
    amount) and the columns of `events` in `keep`, of the events in [start, end). Each event is there once; the
    first group that it matches gives its amount. Conditions on columns of `keep` may be added with `where`."""
    values = Placeholders()
    if all(not group.filters and group.value == VALUE for group in counted.groups):
        text = _plain(counted.groups, start, end, scope, keep, values)
    else:
        text = _grouped(counted.groups, start, end, scope, keep, values)
    return values.select(text, months=months_between(start, end))


def _plain(
    groups: Sequence[Group], start: datetime, end: datetime, scope: Books, keep: Sequence[str], values: Placeholders
) -> str:
    amount = units("value", "currency", _rates(scope), values)
    numbers = sorted({group.metric.no for group in groups})
    these = f"= {values.add(numbers[0])}" if len(numbers) == 1 else f"IN ({values.add(numbers)})"
    return (
        f"SELECT {', '.join((*_COLUMNS, *keep))}, {amount} AS units FROM events "
        f"WHERE metric_id {these} "
        f"AND occurred_at >= {values.add(start)} AND occurred_at < {values.add(end)}"
    )


def _grouped(
    groups: Sequence[Group], start: datetime, end: datetime, scope: Books, keep: Sequence[str], values: Placeholders
) -> str:
    sieves = [sieve(group.filters, f"g{n}_", values, scope) for n, group in enumerate(groups)]
    amounts = [_amount(group, f"a{n}", values) for n, group in enumerate(groups)]
    held = list(dict.fromkeys((*_COLUMNS, "metric_id", "value", "currency", *keep)))
    columns = [*held, *(f"{text} AS {name}" for one in (*sieves, *amounts) for name, text in one.columns.items())]
    numbers = sorted({group.metric.no for group in groups})
    source = (
        f"SELECT {', '.join(columns)} FROM events WHERE metric_id IN ({values.add(numbers)}) "
        f"AND occurred_at >= {values.add(start)} AND occurred_at < {values.add(end)}"
    )
    matches = [
        " AND ".join([f"metric_id = {values.add(group.metric.no)}", *([one.condition] if one.condition else [])])
        for group, one in zip(groups, sieves, strict=True)
    ]
    rates = _rates(scope)
    cases = " ".join(
        f"WHEN {match} THEN {units(_number(group, f'a{n}'), 'currency', rates, values)}"
        for n, (group, match) in enumerate(zip(groups, matches, strict=True))
    )
    shown = ", ".join((*_COLUMNS, *keep))
    return (
        f"SELECT {shown}, CASE {cases} END AS units FROM ({through(source, held, [*sieves, *amounts])}) AS found "
        f"WHERE {' OR '.join(f'({match})' for match in matches)}"
    )


def _amount(group: Group, name: str, values: Placeholders) -> Sieve:
    """The property that holds the amount, as a column of JSON text and a layer of what may be a number."""
    if group.value == VALUE:
        return Sieve({}, (), "")
    return Sieve({name: json_of(group.value, values)}, (({f"{name}w": json_text.written_of(name)},),), "")


def _number(group: Group, name: str) -> str:
    return "value" if group.value == VALUE else json_text.number_of(f"{name}w")


def _rates(scope: Books) -> Mapping[str, float]:
    return {code: rate for code, rate in sorted(scope.rates.items()) if code != scope.currency}
