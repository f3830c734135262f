"""Data sources: where records of custom objects come from (SPEC §2.5). A title is taken once in a namespace."""

from __future__ import annotations

from datetime import datetime

import msgspec

from cdp.ports import Delete, Item, ItemQuery, Key, Put, Table

NAMESPACE = (
    "custom-objects"  # the account's own; others would belong to applications, of which there are none
)


class DataSource(msgspec.Struct, frozen=True):
    id: str
    title: str
    created_at: datetime
    visibility: str = "private"
    description: str = ""
    namespace: str = NAMESPACE


_decoder = msgspec.json.Decoder(DataSource)


def create(table: Table, account_id: str, source: DataSource) -> bool:
    """False if the title is taken."""
    item = Item(_key(account_id, source.id), msgspec.json.encode(source))
    return table.write([[Put(item, 0), Put(Item(_title(account_id, source), source.id.encode()), 0)]])[0]


def get(table: Table, account_id: str, source_id: str) -> DataSource | None:
    item = table.get([_key(account_id, source_id)])[0]
    return None if item is None else _decoder.decode(item.body)


def page(
    table: Table, account_id: str, *, descending: bool, limit: int, after: str | None
) -> list[DataSource]:
    """At most `limit` by id, behind that of `after`."""
    position = None if after is None else (after, *_key(account_id, after))
    query = ItemQuery(_partition(account_id), descending=descending, limit=limit, after=position)
    return [_decoder.decode(item.body) for item in table.query(query)]


def delete(table: Table, account_id: str, source: DataSource) -> None:
    table.write([[Delete(_key(account_id, source.id)), Delete(_title(account_id, source))]])


def _partition(account_id: str) -> str:
    return f"{account_id}#data-sources"


def _key(account_id: str, source_id: str) -> Key:
    return Key(_partition(account_id), source_id)


def _title(account_id: str, source: DataSource) -> Key:
    return Key(f"{account_id}#data-source-title#{source.namespace}#{source.title}", "title")
