"""Records of custom objects: the current ones, and whose they are (SPEC §2.5).

A record is one item. Small items beside it lead from a person to their records: under the profile's number, or,
while no profile has one of the identifiers that the record names, under those identifiers (the record *waits*).
Properties are kept by the number of the property within its type, as text ("1", "2", …).

Only what belongs to a profile goes into the lake, by the outbox: the record's values while it is that
profile's, and null when it ceases to be. So removing a person's rows removes all that the lake knows of them.

A record is written by conditional transactions. The caller sees to it that the profile exists, and looks again
afterwards: one that was merged or erased meanwhile is handled with `move` or `erase` (see documents.merges).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from cdp.documents import ingestion_logs, outbox
from cdp.documents.outbox import RecordChange
from cdp.jsonapi.times import epoch_us
from cdp.ports import Delete, Item, ItemQuery, Key, Put, Table

DELETED_FOR = timedelta(days=30)  # a late message must not bring a deleted record back
_PAGE, _READ = 1000, 50
_TYPE_ID_CHARS = 26
Identity = tuple[str, str]
Position = tuple[str, str, str]


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """`no` is its profile, 0: none (yet). `stamps`: when each data source last spoke of it, as sortable text;
    under "" when it was deleted. `waits_for`: (kind, value) of identifiers that nobody has."""

    type_id: str
    id: str
    changed_at: datetime
    no: int = 0
    revision: int = 0
    properties: dict[str, Any] = {}
    stamps: dict[str, str] = {}
    waits_for: tuple[Identity, ...] = ()
    deleted: bool = False


class Stored(NamedTuple):
    """A record as it stands in the table."""

    record: Record
    version: int


class Write(NamedTuple):
    """One record to write: what was read, or None, and what is to stand there."""

    before: Stored | None
    after: Record


_decoder = msgspec.json.Decoder(Record)


def get(table: Table, account_id: str, names: Sequence[tuple[str, str]]) -> list[Stored | None]:
    """Records by (type id, record id), deleted ones included."""
    found: list[Stored | None] = []
    for first in range(0, len(names), _READ):
        items = table.get([_key(account_id, *name) for name in names[first : first + _READ]])
        found += [None if item is None else _stored(item) for item in items]
    return found


def page(
    table: Table, account_id: str, type_id: str, *, descending: bool = False, limit: int = 100,
    after: Position | None = None,
) -> list[tuple[Record, Position]]:  # fmt: skip
    """At most `limit` living records of a type by their id."""
    query = ItemQuery(_of_type(account_id, type_id), "g1", descending=descending, limit=limit, after=after)
    return [(_stored(item).record, (item.indexes["g1"][1], *item.key)) for item in table.query(query)]


def of_profile(
    table: Table, account_id: str, object_type_id: str, profile_no: int
) -> list[Mapping[str, object]]:
    """The properties of each of the profile's records of a type, by property number as text."""
    low, high = f"{object_type_id}#", f"{object_type_id}$"
    names = _held(table, _holder(account_id, profile_no), low, high)
    return [one.record.properties for one in _read(table, account_id, names) if not one.record.deleted]


def waiting(
    table: Table, account_id: str, *, limit: int, after: Position | None = None
) -> list[tuple[Record, Position]]:
    """Records whose person is not known yet."""
    query = ItemQuery(f"{account_id}#records-waiting", "g2", limit=limit, after=after)
    return [(_stored(item).record, (item.indexes["g2"][1], *item.key)) for item in table.query(query)]


def waiting_for(table: Table, account_id: str, identities: Iterable[Identity]) -> list[Stored]:
    """Those that wait for one of the identifiers."""
    names = (name for identity in identities for name in _held(table, _shelf(account_id, identity)))
    return _read(table, account_id, dict.fromkeys(names))


def save(table: Table, account_id: str, writes: Sequence[Write]) -> list[bool]:
    """Write each with what it changes for the profile's records and the lake; False where somebody was faster.

    `revision` is set here: a later write has a higher one.
    """
    return table.write([_transaction(account_id, one) for one in writes])


def move(table: Table, account_id: str, source_no: int, destination_no: int, now: datetime) -> int:
    """Give the destination all records of the source; how many."""
    moved = 0
    while held := _held_records(table, account_id, source_no):
        writes = [
            Write(one, msgspec.structs.replace(one.record, no=destination_no, changed_at=now)) for one in held
        ]
        moved += sum(save(table, account_id, writes))
    return moved


def erase(table: Table, account_id: str, profile_no: int) -> int:
    """Forget all records of a profile without a trace in the log; how many."""
    return _forget(table, account_id, _holder(account_id, profile_no))


def erase_waiting(table: Table, account_id: str, identities: Iterable[Identity]) -> int:
    """Forget the records that wait for somebody with one of the identifiers; how many."""
    return sum(_forget(table, account_id, _shelf(account_id, identity)) for identity in identities)


def tombstone(record: Record, stamp: str, now: datetime) -> Record:
    """The record after its deletion."""
    return msgspec.structs.replace(
        record, properties={}, waits_for=(), deleted=True, changed_at=now, stamps={"": stamp}
    )


def _forget(table: Table, account_id: str, partition: str) -> int:
    """Remove what stands on a person's shelf, and what leads there."""
    count = 0
    while names := _held(table, partition):
        writes: list[list[Put | Delete]] = []
        for name, one in zip(names, get(table, account_id, names), strict=True):
            pointer = _pointer(partition, *name)
            pointers = [] if one is None else list(_pointers(account_id, one.record))
            if one is None or pointer not in pointers:
                writes.append([Delete(pointer)])
            else:
                ingestion_logs.erase(table, account_id, *name)
                writes.append([Delete(_key(account_id, *name), one.version), *map(Delete, pointers)])
        count += sum(table.write(writes))
    return count


def _held_records(table: Table, account_id: str, no: int) -> list[Stored]:
    names = _held(table, _holder(account_id, no))
    return [one for one in _read(table, account_id, names) if one.record.no == no]


def _held(
    table: Table, partition: str, low: str | None = None, high: str | None = None
) -> list[tuple[str, str]]:
    """(type id, record id) of what stands on a person's shelf."""
    found: list[tuple[str, str]] = []
    query = ItemQuery(partition, low=low, high=high, limit=_PAGE)
    while items := table.query(query):
        found += [(item.key.sk[:_TYPE_ID_CHARS], item.key.sk[_TYPE_ID_CHARS + 1 :]) for item in items]
        if len(items) < _PAGE:
            break
        query = ItemQuery(
            partition, low=low, high=high, limit=_PAGE, after=(items[-1].key.sk, *items[-1].key)
        )
    return found


def _read(table: Table, account_id: str, names: Iterable[tuple[str, str]]) -> list[Stored]:
    return [one for one in get(table, account_id, list(names)) if one is not None]


def _transaction(account_id: str, write: Write) -> list[Put | Delete]:
    before = write.before.record if write.before else None
    after, changes = _numbered(before, write.after)
    expires = int((after.changed_at + DELETED_FOR).timestamp()) if after.deleted else None
    item = Item(
        _key(account_id, after.type_id, after.id),
        msgspec.json.encode(after),
        _indexes(account_id, after),
        expires,
    )
    held = set() if before is None else set(_pointers(account_id, before))
    kept = set(_pointers(account_id, after))
    fresh = kept if before is None or before.deleted != after.deleted else kept - held
    return [
        Put(item, write.before.version if write.before else 0),
        *(Put(Item(key, b"{}", {}, expires)) for key in sorted(fresh)),
        *(Delete(key) for key in sorted(held - kept)),
        *(outbox.put(account_id, change) for change in changes),
    ]


def _numbered(before: Record | None, after: Record) -> tuple[Record, list[RecordChange]]:
    """The record with its new revision, and what that changes in the lake."""
    revision = max((before.revision if before else 0) + 1, epoch_us(after.changed_at))
    was = before.no if before and not before.deleted else 0
    now = 0 if after.deleted else after.no
    changes = []
    if was and was != now:
        changes.append(RecordChange(after.type_id, after.id, was, revision, after.changed_at, outbox.NOTHING))
        revision += 1
    if now and (was != now or before is None or before.properties != after.properties):
        text = msgspec.Raw(msgspec.json.encode(after.properties))
        changes.append(RecordChange(after.type_id, after.id, now, revision, after.changed_at, text))
    return msgspec.structs.replace(after, revision=revision), changes


def _indexes(account_id: str, record: Record) -> dict[str, tuple[str, str]]:
    if record.deleted:
        return {}
    indexes = {"g1": (_of_type(account_id, record.type_id), record.id)}
    if record.waits_for:
        indexes["g2"] = (f"{account_id}#records-waiting", f"{record.type_id}#{record.id}")
    return indexes


def _pointers(account_id: str, record: Record) -> Iterator[Key]:
    if record.no:
        yield _pointer(_holder(account_id, record.no), record.type_id, record.id)
    for identity in record.waits_for:
        yield _pointer(_shelf(account_id, identity), record.type_id, record.id)


def _stored(item: Item) -> Stored:
    return Stored(_decoder.decode(item.body), item.version)


def _of_type(account_id: str, type_id: str) -> str:
    return f"{account_id}#records#{type_id}"


def _holder(account_id: str, no: int) -> str:
    return f"{account_id}#records-of#{no}"


def _shelf(account_id: str, identity: Identity) -> str:
    return f"{account_id}#records-for#{identity[0]}#{identity[1]}"


def _pointer(partition: str, type_id: str, id_: str) -> Key:
    return Key(partition, f"{type_id}#{id_}")


def _key(account_id: str, type_id: str, id_: str) -> Key:
    return Key(f"{account_id}#record#{type_id}#{id_}", "record")
