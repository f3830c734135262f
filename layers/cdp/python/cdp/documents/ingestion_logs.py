"""Why records of custom objects were not taken in (SPEC §2.5): kept 14 days, newest first.

An entry never holds a value of the record: what a person's erasure cannot find must not be here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from cdp.ports import Delete, Item, ItemQuery, Key, Put, Table

KEPT = timedelta(days=14)
Position = tuple[str, str, str]


class RecordError(msgspec.Struct, frozen=True):
    """`property` is the property's name, or the path that was looked at."""

    code: str
    message: str
    property: str


class Entry(msgspec.Struct, frozen=True):
    """One record that failed, `at` the time it was received. `record_id` is "" if it has none."""

    id: str
    type_id: str
    record_id: str
    at: datetime
    errors: tuple[RecordError, ...]


_decoder = msgspec.json.Decoder(Entry)


def save(table: Table, account_id: str, entries: Sequence[Entry]) -> None:
    """Repeating it changes nothing."""
    table.write([[Put(_item(account_id, entry))] for entry in entries])


def page(
    table: Table,
    account_id: str,
    type_id: str,
    *,
    record_id: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    descending: bool = True,
    limit: int = 50,
    after: Position | None = None,
) -> list[tuple[Entry, Position]]:
    """At most `limit` of [start, end), of one record if given, each with its position for `after`."""
    index = "g1" if record_id is None else None
    partition = (
        _of_type(account_id, type_id) if record_id is None else _of_record(account_id, type_id, record_id)
    )
    low, high = (None if at is None else _time(at) for at in (start, end))
    query = ItemQuery(partition, index, low, high, descending, limit, after)
    return [(_decoder.decode(item.body), (item.key.sk, *item.key)) for item in table.query(query)]


def erase(table: Table, account_id: str, type_id: str, record_id: str) -> None:
    """Forget what was logged of a record."""
    query = ItemQuery(_of_record(account_id, type_id, record_id))
    while items := table.query(query):
        table.write([[Delete(item.key)] for item in items])


def _item(account_id: str, entry: Entry) -> Item:
    sort = f"{_time(entry.at)}#{entry.id}"
    key = Key(_of_record(account_id, entry.type_id, entry.record_id), sort)
    indexes = {"g1": (_of_type(account_id, entry.type_id), sort)}
    return Item(key, msgspec.json.encode(entry), indexes, int((entry.at + KEPT).timestamp()))


def _time(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


def _of_type(account_id: str, type_id: str) -> str:
    return f"{account_id}#record-logs#{type_id}"


def _of_record(account_id: str, type_id: str, record_id: str) -> str:
    return f"{account_id}#record-log#{type_id}#{record_id}"
