"""Segments: their definitions, and how far their evaluation has got (SPEC §4.1); who is in them stands in
documents.memberships.

An item apart, the *graph*, changes with every write that may change which segment depends on which: two writers
cannot both look, find no cycle, and make one together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from cdp.documents.named import Collection
from cdp.model.ids import new_short_id
from cdp.ports import Delete, Item, Key, Put, Table


class Segment(msgspec.Struct, frozen=True, omit_defaults=True):
    """`definition` is the JSON as it was sent; the ids and marks under it say what it depends on.

    `generation` counts the definitions, `evaluated_at` is the time from which the last full evaluation
    reckoned. `profile`: attributes of profiles matter; `relative`: the clock matters. Times are UTC.
    """

    id: str
    name: str
    created: datetime
    updated: datetime
    definition: msgspec.Raw
    generation: int = 1
    is_active: bool = True
    is_starred: bool = False
    is_processing: bool = True
    evaluated_at: datetime | None = None
    metric_ids: tuple[str, ...] = ()
    group_ids: tuple[str, ...] = ()
    object_type_ids: tuple[str, ...] = ()
    profile: bool = False
    relative: bool = False


SEGMENTS: Collection[Segment] = Collection("segments", Segment)


def get(table: Table, account_id: str, id_: str) -> Segment | None:
    return get_many(table, account_id, [id_])[0]


def get_many(table: Table, account_id: str, ids: Sequence[str]) -> list[Segment | None]:
    """In the order of `ids`; None for those that do not exist."""
    return [None if one is None else one.thing for one in SEGMENTS.get_many(table, account_id, ids)]


def all_of(table: Table, account_id: str) -> list[Segment]:
    """Every segment of the account, by id."""
    return [stored.thing for stored in SEGMENTS.all(table, account_id)]


def graph(table: Table, account_id: str) -> int:
    """The graph's version: to be read before the segments are looked at, and given to `save`."""
    item = table.get([_graph(account_id)])[0]
    return 0 if item is None else item.version


def save(table: Table, account_id: str, segment: Segment, version: int, *, graph: int | None = None) -> bool:
    """Write a new (version 0) or changed segment; False if it, or the given graph, has changed meanwhile."""
    operations: list[Put | Delete] = [SEGMENTS.put(account_id, segment, version)]
    if graph is not None:
        operations.append(Put(Item(_graph(account_id), b"{}"), graph))
    return table.write([operations])[0]


def remove(table: Table, account_id: str, id_: str) -> bool:
    """Remove the segment itself, as it is now; False if there is none, or if it changed at this moment."""
    stored = SEGMENTS.get(table, account_id, id_)
    return stored is not None and table.write([[SEGMENTS.delete(account_id, stored)]])[0]


def needed(group_id: str, by_id: Mapping[str, Segment]) -> set[str]:
    """The groups on which a group depends, directly or not. `by_id`: the account's segments."""
    found: set[str] = set()
    ahead = [group_id]
    while ahead:
        segment = by_id.get(ahead.pop())
        fresh = set(segment.group_ids) - found if segment else set()
        found |= fresh
        ahead += fresh
    return found


def in_order(all_: Sequence[Segment]) -> list[Segment]:
    """Groups before the segments that depend on them."""
    by_id = {segment.id: segment for segment in all_}
    depth = {id_: len(needed(id_, by_id)) for id_ in by_id}
    return sorted(all_, key=lambda segment: (depth[segment.id], segment.id))


def new_id() -> str:
    """Begins with no capital, as every list's id does: both name groups (documents.memberships)."""
    while (id_ := new_short_id())[0].isupper():
        continue
    return id_


def _graph(account_id: str) -> Key:
    return Key(f"{account_id}#segment-graph", "graph")
