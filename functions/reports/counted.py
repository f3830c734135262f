"""Events of what a report counts, a metric or a custom metric, as a query that other queries use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from cdp.filters import json_text
from cdp.filters.events import VALUE, Sieve, json_of, sieve, through
from cdp.filters.placeholders import Placeholders
from cdp.query.sql import Query, months_between
from functions.reports.money import units
from functions.reports.report import Counted, Group, Scope

_COLUMNS = ("profile_no", "occurred_at", "event_id")


def occurrences(
    counted: Counted, start: datetime, end: datetime, scope: Scope, keep: Sequence[str] = ()
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
    groups: Sequence[Group], start: datetime, end: datetime, scope: Scope, keep: Sequence[str], values: Placeholders
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
    groups: Sequence[Group], start: datetime, end: datetime, scope: Scope, keep: Sequence[str], values: Placeholders
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


def _rates(scope: Scope) -> Mapping[str, float]:
    return {code: rate for code, rate in sorted(scope.rates.items()) if code != scope.currency}
