"""Changes of documents on their way into the lake.

Who changes a profile, a membership or a record puts the change into the outbox in the same transaction, so
neither is there without the other. `drain` moves what waits into the lake's tables; appends are idempotent by
the table's key, so a drain that is cut short, or two at once, do no harm.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any, TypeAlias

import msgspec

from cdp.documents import merges
from cdp.jsonapi.times import epoch_us
from cdp.lake.tables import OBJECT_RECORDS, PROFILE_HISTORY, SEGMENT_LOG, LakeTable, month_of
from cdp.ports import Delete, Item, ItemQuery, Key, Lake, Put, Table

_SHARDS = 4  # a partition of DynamoDB takes 1000 writes a second
_PAGE, _BATCH = 1000, 20_000
_DELETES = 25
NOTHING = msgspec.Raw(b"null")  # a value that is there no more


class ProfileChange(msgspec.Struct, frozen=True, tag="p", array_like=True):
    """New values of a profile's attributes (`Profile.values`), from `at` on; null: there is none any more."""

    no: int
    revision: int
    at: datetime
    values: dict[str, msgspec.Raw]

    @property
    def table(self) -> LakeTable:
        return PROFILE_HISTORY

    @property
    def name(self) -> str:
        return f"{self.no}#{self.revision}"

    def rows(self) -> Iterator[tuple[Any, ...]]:
        at_us, month = epoch_us(self.at), month_of(self.at)
        for name, value in self.values.items():
            text = _text(value)
            number = _hash(self.no, name, self.revision)
            yield name, self.no, self.revision, at_us, text, number, month


class GroupChange(msgspec.Struct, frozen=True, tag="g", array_like=True):
    """A profile joined or left a list or a segment at `occurred_at`; `at` is when that was written down."""

    group_id: str
    no: int
    at: datetime
    action: str  # joined or left
    occurred_at: datetime

    @property
    def table(self) -> LakeTable:
        return SEGMENT_LOG

    @property
    def name(self) -> str:
        return f"{self.group_id}#{self.no}#{self.action}"

    def rows(self) -> Iterator[tuple[Any, ...]]:
        at_us = epoch_us(self.at)
        number = _hash(self.group_id, self.no, self.action, at_us)
        yield (
            self.group_id, self.no, epoch_us(self.occurred_at), self.action, at_us, number, month_of(self.at)
        )  # fmt: skip


class RecordChange(msgspec.Struct, frozen=True, tag="r", array_like=True):
    """A custom-object record was written, or deleted (`properties` null). `no`: its profile, 0: of nobody."""

    object_type_id: str
    record_id: str
    no: int
    revision: int
    at: datetime
    properties: msgspec.Raw

    @property
    def table(self) -> LakeTable:
        return OBJECT_RECORDS

    @property
    def name(self) -> str:
        return f"{self.object_type_id}#{self.record_id}#{self.revision}"

    def rows(self) -> Iterator[tuple[Any, ...]]:
        text = _text(self.properties)
        number = _hash(self.object_type_id, self.record_id, self.revision)
        yield (
            self.object_type_id, self.no, self.record_id, self.revision, epoch_us(self.at), text, number,
            month_of(self.at),
        )  # fmt: skip


Change: TypeAlias = ProfileChange | GroupChange | RecordChange
_encode = msgspec.json.Encoder().encode
_decoder: msgspec.json.Decoder[Change] = msgspec.json.Decoder(Change)


def put(account_id: str, change: Change) -> Put:
    """The write that announces the change; it goes into the transaction that makes it."""
    key = Key(f"{_partition(account_id, change.no % _SHARDS)}", f"{change.at.isoformat()}#{change.name}")
    return Put(Item(key, _encode(change)))


def drain(table: Table, lake: Lake, account_id: str) -> int:
    """Move everything that waits into the lake; how many changes that were."""
    moved = 0
    for shard in range(_SHARDS):
        while batch := _waiting(table, _partition(account_id, shard)):
            changes = [_decoder.decode(item.body) for item in batch]
            _append(lake, account_id, changes)
            if merges.epoch(table, account_id):  # of profiles that are no more, rows have just come into the lake
                merges.move_again(table, account_id, {change.no for change in changes})
            deletes = [Delete(item.key) for item in batch]
            table.write([deletes[i : i + _DELETES] for i in range(0, len(deletes), _DELETES)])
            moved += len(batch)
    return moved


def waiting_since(table: Table, account_id: str) -> datetime | None:
    """When the oldest change was made that is not in the lake yet; None: everything is there."""
    pages = [table.query(ItemQuery(_partition(account_id, shard), limit=1)) for shard in range(_SHARDS)]
    return min((_decoder.decode(page[0].body).at for page in pages if page), default=None)


def _waiting(table: Table, partition: str) -> list[Item]:
    """The oldest changes of a shard."""
    found: list[Item] = []
    query = ItemQuery(partition, limit=_PAGE)
    while len(found) < _BATCH and (page := table.query(query)):
        found += page
        query = ItemQuery(partition, limit=_PAGE, after=(page[-1].key.sk, *page[-1].key))
    return found


def _append(lake: Lake, account_id: str, changes: Sequence[Change]) -> None:
    import pyarrow as pa  # only who drains needs Arrow; rooms that write documents go without

    from cdp.lake.schema import arrow_schema

    tables: dict[str, LakeTable] = {}
    rows: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for change in changes:
        tables[change.table.name] = change.table
        rows[change.table.name].extend(change.rows())
    for name, table in tables.items():
        if not rows[name]:
            continue
        schema = arrow_schema(table)
        columns = zip(*rows[name], strict=True)
        arrays = [pa.array(values, type=field.type) for values, field in zip(columns, schema, strict=True)]
        lake.append(account_id, table, pa.Table.from_arrays(arrays, schema=schema))


def _text(value: msgspec.Raw) -> str | None:
    text = bytes(value).decode()
    return None if text == "null" else text


def _partition(account_id: str, shard: int) -> str:
    return f"{account_id}#outbox#{shard}"


def _hash(*parts: object) -> int:
    digest = blake2b("\x1f".join(map(str, parts)).encode(), digest_size=8).digest()
    number: int = struct.unpack(">q", digest)[0]
    return number
