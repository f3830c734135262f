"""What the predicates ask about some profiles: documents by point reads, events of all of them in one query."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

import msgspec

from cdp.documents import memberships, profiles, records
from cdp.filters.placeholders import Placeholders
from cdp.lake.tables import month_of
from cdp.ports import Engine, Table
from cdp.query.sql import Query
from functions.audiences.conditions.condition import Context, Dependencies
from functions.audiences.conditions.condition import Event as Event
from functions.audiences.conditions.condition import Facts as Facts
from functions.audiences.conditions.profile_metric import ProfileMetric
from functions.audiences.conditions.profile_metric_funnel import Funnel
from functions.audiences.definition import Definition

_EVENTS = """
SELECT metric_id, profile_no, occurred_at, value, {properties} AS properties
FROM events
WHERE metric_id IN ({metrics}) AND profile_no BETWEEN {low} AND {high} AND profile_no IN ({numbers})
"""
_MANY = "SELECT CAST(no AS BIGINT) FROM UNNEST(split({numbers}, ' ')) AS numbers_(no)"
_FEW = 20  # so many numbers are compared one by one
_CHUNK = {"duckdb": 20_000, "athena": 1_000}  # Athena's parameters are short
_LAST_MONTH = 2999 * 12
_decode = msgspec.json.Decoder(dict[str, Any]).decode


def load(
    table: Table,
    engine: Engine,
    account_id: str,
    numbers: Iterable[int],
    definitions: Sequence[Definition],
    context: Context,
) -> dict[int, Facts]:
    """Facts for these definitions by profile number; profiles that are no more are left out."""
    needs = reduce(or_, (definition.dependencies for definition in definitions), Dependencies())
    wanted = list(dict.fromkeys(numbers))
    states = profiles.get_many(table, account_id, wanted)
    living = {no: state.profile for no, state in zip(wanted, states, strict=True) if state is not None}
    events = _events(engine, account_id, sorted(living), needs, context, _since(definitions, context))
    joined = _memberships(table, account_id, living, needs)
    return {
        no: Facts(
            profile,
            events.get(no, {}),
            joined.get(no, {}),
            {id_: records.of_profile(table, account_id, id_, no) for id_ in needs.object_type_ids},
        )
        for no, profile in living.items()
    }


def _since(definitions: Sequence[Definition], context: Context) -> datetime | None:
    """From when on events count for any of the definitions; None: always."""
    starts = [
        condition.events_since(context)
        for definition in definitions
        for condition in definition.conditions
        if isinstance(condition, ProfileMetric | Funnel)
    ]
    known = [start for start in starts if start is not None]
    return min(known) if known and len(known) == len(starts) else None


def _memberships(
    table: Table, account_id: str, numbers: Iterable[int], needs: Dependencies
) -> Mapping[int, Mapping[str, datetime]]:
    """Profile number -> group id -> since when, of the groups that are needed."""
    pairs = [(group_id, no) for no in numbers for group_id in sorted(needs.group_ids)]
    found: dict[int, dict[str, datetime]] = defaultdict(dict)
    for (group_id, no), at in (memberships.joined_at(table, account_id, pairs) if pairs else {}).items():
        found[no][group_id] = at
    return found


def _events(
    engine: Engine,
    account_id: str,
    numbers: Sequence[int],
    needs: Dependencies,
    context: Context,
    since: datetime | None,
) -> Mapping[int, Mapping[str, list[Event]]]:
    """Profile number -> metric id -> events. `numbers` ascend.

    Properties are read of the metrics only that need them: they are most of what there is to read.
    """
    ids = {context.metric_nos[id_]: id_ for id_ in needs.metric_ids if id_ in context.metric_nos}
    found: dict[int, dict[str, list[Event]]] = defaultdict(lambda: defaultdict(list))
    size = _CHUNK[engine.dialect]
    for detailed in (True, False):
        asked = sorted(no for no, id_ in ids.items() if (id_ in needs.detailed) == detailed)
        for first in range(0, len(numbers) if asked else 0, size):
            query = _query(asked, numbers[first : first + size], since, detailed=detailed)
            rows = engine.run(account_id, query)
            columns = (rows[name].to_pylist() for name in rows.column_names)
            for metric_no, no, at, value, properties in zip(*columns, strict=True):
                event = Event(at, value, _decode(properties) if detailed else {})
                found[no][ids[metric_no]].append(event)
    return found


def _query(metrics: Sequence[int], numbers: Sequence[int], since: datetime | None, *, detailed: bool) -> Query:
    """The events of these metrics and profiles, with their properties or null in their place."""
    values = Placeholders()
    few = len(numbers) <= _FEW
    text = _EVENTS.format(
        properties="properties" if detailed else "CAST(NULL AS VARCHAR)",
        metrics=values.add(metrics),
        low=values.add(numbers[0]),
        high=values.add(numbers[-1]),
        numbers=values.add(numbers) if few else _MANY.format(numbers=values.add(" ".join(map(str, numbers)))),
    )
    if since is None:
        return values.select(text)
    text += f" AND occurred_at >= {values.add(since)}"
    return values.select(text, months=(month_of(since), _LAST_MONTH))
