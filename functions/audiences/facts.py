"""What the predicates ask about some profiles: documents by point reads, events of all of them in one query."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Any

import msgspec

from cdp.documents import memberships, profiles, records
from cdp.ports import Engine, Table
from cdp.query.sql import Months, select
from functions.audiences.conditions.condition import Context, Dependencies
from functions.audiences.conditions.condition import Event as Event
from functions.audiences.conditions.condition import Facts as Facts
from functions.audiences.definition import Definition

_EVENTS = """
SELECT metric_id, profile_no, occurred_at, value, properties
FROM events WHERE metric_id IN (:metrics) AND profile_no IN (:profiles)
"""
_CHUNK = 10_000
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
    events = _events(engine, account_id, list(living), needs, context, None)
    return {
        no: Facts(
            profile,
            events.get(no, {}),
            memberships.of_profile(table, account_id, no) if needs.group_ids else {},
            {id_: records.of_profile(table, account_id, id_, no) for id_ in needs.object_type_ids},
        )
        for no, profile in living.items()
    }


def _events(
    engine: Engine,
    account_id: str,
    numbers: Sequence[int],
    needs: Dependencies,
    context: Context,
    months: Months | None,
) -> Mapping[int, Mapping[str, list[Event]]]:
    """Profile number -> metric id -> events."""
    ids = {context.metric_nos[id_]: id_ for id_ in needs.metric_ids if id_ in context.metric_nos}
    found: dict[int, dict[str, list[Event]]] = defaultdict(lambda: defaultdict(list))
    for first in range(0, len(numbers) if ids else 0, _CHUNK):
        query = select(
            _EVENTS, months=months, metrics=sorted(ids), profiles=sorted(numbers[first : first + _CHUNK])
        )
        rows = engine.run(account_id, query)
        columns = (rows[name].to_pylist() for name in rows.column_names)
        for metric_no, no, at, value, properties in zip(*columns, strict=True):
            found[no][ids[metric_no]].append(Event(at, value, _decode(properties)))
    return found
