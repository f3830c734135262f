"""Segments: their definitions, and how far their evaluation has got (SPEC §4.1).

Who is in a segment stands in documents.memberships. The items of an account are one partition; its orders are
g1 by created, g2 by name, g3 by updated. An item apart, the *graph*, changes with every write that may change
which segment depends on which: two writers cannot both look, find no cycle, and make one together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from cdp.ports import Delete, Item, ItemQuery, Key, Put, Table

INDEX_OF = {"created": "g1", "name": "g2", "updated": "g3"}  # by id: the table itself
_PAGE = 1000
Position = tuple[str, str, str]


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


_decoder = msgspec.json.Decoder(Segment)
_encode = msgspec.json.Encoder().encode


def get(table: Table, account_id: str, id_: str) -> Segment | None:
    return get_many(table, account_id, [id_])[0]


def get_many(table: Table, account_id: str, ids: Sequence[str]) -> list[Segment | None]:
    """Segments by id, in order."""
    items = table.get([_key(account_id, id_) for id_ in ids])
    return [None if item is None else _decode(item) for item in items]


def versioned(table: Table, account_id: str, id_: str) -> tuple[Segment, int] | None:
    """The segment, and its version for `save`."""
    item = table.get([_key(account_id, id_)])[0]
    return None if item is None else (_decode(item), item.version)


def all_of(table: Table, account_id: str) -> list[Segment]:
    """Every segment of the account, by id."""
    return [_decode(item) for item in _items(table, _partition(account_id))]


def named(table: Table, account_id: str, name: str) -> list[Segment]:
    """The segments of this very name, by id."""
    query = ItemQuery(_partition(account_id), INDEX_OF["name"], low=name, high=f"{name}\0", limit=_PAGE)
    return [_decode(item) for item in table.query(query)]


def page(
    table: Table,
    account_id: str,
    field: str,
    *,
    low: str | None = None,
    high: str | None = None,
    descending: bool = False,
    limit: int = 100,
    after: Position | None = None,
) -> list[Segment]:
    """At most `limit` segments in the order of `field`: id, or a field of INDEX_OF; sort keys of [low, high)."""
    query = ItemQuery(_partition(account_id), INDEX_OF.get(field), low, high, descending, limit, after)
    return [_decode(item) for item in table.query(query)]


def sort_key(segment: Segment, field: str) -> str:
    """Where the segment stands in the order of `field`; ties are broken by its id."""
    value = getattr(segment, field)
    return value.isoformat(timespec="microseconds") if isinstance(value, datetime) else str(value)


def position(account_id: str, key: str, id_: str) -> Position:
    """For `page(after=…)`."""
    return (key, *_key(account_id, id_))


def graph(table: Table, account_id: str) -> int:
    """The graph's version: to be read before the segments are looked at, and given to `save`."""
    item = table.get([_graph(account_id)])[0]
    return 0 if item is None else item.version


def save(table: Table, account_id: str, segment: Segment, version: int, *, graph: int | None = None) -> bool:
    """Write a new (version 0) or changed segment; False if it, or the given graph, has changed meanwhile."""
    indexes = {index: (_partition(account_id), sort_key(segment, field)) for field, index in INDEX_OF.items()}
    operations: list[Put | Delete] = [Put(Item(_key(account_id, segment.id), _encode(segment), indexes), version)]
    if graph is not None:
        operations.append(Put(Item(_graph(account_id), b"{}"), graph))
    return table.write([operations])[0]


def remove(table: Table, account_id: str, id_: str) -> bool:
    """Remove the segment; False if there was none."""
    item = table.get([_key(account_id, id_)])[0]
    return item is not None and table.write([[Delete(item.key)]])[0]


def _decode(item: Item) -> Segment:
    return _decoder.decode(item.body)


def _items(table: Table, partition: str) -> Iterator[Item]:
    query = ItemQuery(partition, limit=_PAGE)
    while found := table.query(query):
        yield from found
        if len(found) < _PAGE:
            return
        query = ItemQuery(partition, limit=_PAGE, after=(found[-1].key.sk, *found[-1].key))


def _partition(account_id: str) -> str:
    return f"{account_id}#segments"


def _key(account_id: str, id_: str) -> Key:
    return Key(_partition(account_id), id_)


def _graph(account_id: str) -> Key:
    return Key(f"{account_id}#segment-graph", "graph")
