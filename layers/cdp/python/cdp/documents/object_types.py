"""Types of custom objects: their properties, and how records of data sources become objects (SPEC §2.5).

A type is fixed when it is made: its schema, the paths by which a source's record is read, and the one
relationship that leads from a record to its profile. A deleted type is hidden at once and stays until its
records are gone.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from cdp.ports import Delete, Item, ItemQuery, Key, Put, Table

MAX_TYPES = 100
Kind = Literal["boolean", "float", "int", "string", "timestamp"]
Value = bool | int | float | str
Path = tuple[str | int, ...]  # names and positions from the record's root


class Property(msgspec.Struct, frozen=True):
    """`id` is its number within the type; conditions of segments name it."""

    id: int
    name: str
    type: Kind
    description: str = ""


class Field(msgspec.Struct, frozen=True):
    """A property that is read from a source's record at `data_path`; the object's id stands at `id_path`."""

    property_id: int
    source_id: str
    id_path: Path
    data_path: Path


class Relationship(msgspec.Struct, frozen=True):
    """How a record names its profile: (kind of identifier as in model.profile, or "id"; path), in matching order."""

    id: str
    source_id: str
    id_path: Path
    paths: tuple[tuple[str, Path], ...]


class ObjectType(msgspec.Struct, frozen=True):
    """`active`: its schema is in force and records are taken in; else it is a draft. Times are UTC."""

    id: str
    schema_id: str
    title: str
    created_at: datetime
    active: bool
    description: str = ""
    visibility: str = "private"
    namespace: str = "custom-objects"
    properties: tuple[Property, ...] = ()
    required: frozenset[str] = frozenset()
    constants: dict[str, Value] = {}
    fields: tuple[Field, ...] = ()
    relationship: Relationship | None = None
    deleted_at: datetime | None = None

    @property
    def sources(self) -> frozenset[str]:
        """Ids of the data sources that it reads."""
        related = {self.relationship.source_id} if self.relationship else set()
        return frozenset({field.source_id for field in self.fields} | related)


_decoder = msgspec.json.Decoder(ObjectType)


def save(table: Table, account_id: str, type_: ObjectType) -> None:
    item = Item(_key(account_id, type_.id), msgspec.json.encode(type_))
    table.write([[Put(item), Put(Item(Key(_ACCOUNTS, account_id), b"{}"))]])


def get(table: Table, account_id: str, type_id: str) -> ObjectType | None:
    """The type, unless it is deleted."""
    item = table.get([_key(account_id, type_id)])[0]
    found = None if item is None else _decoder.decode(item.body)
    return found if found and found.deleted_at is None else None


def every(table: Table, account_id: str, *, deleted: bool = False) -> list[ObjectType]:
    """The account's types by id: the living ones, or those whose records are being removed."""
    found: list[ObjectType] = []
    query = ItemQuery(_partition(account_id))
    while items := table.query(query):
        found += (_decoder.decode(item.body) for item in items)
        query = ItemQuery(query.partition, after=(items[-1].key.sk, *items[-1].key))
    return [one for one in found if (one.deleted_at is not None) == deleted]


def remove(table: Table, account_id: str, type_id: str) -> None:
    table.write([[Delete(_key(account_id, type_id))]])


def accounts(table: Table) -> list[str]:
    """Accounts that have or had a type."""
    found: list[str] = []
    query = ItemQuery(_ACCOUNTS, limit=1000)
    while items := table.query(query):
        found += (item.key.sk for item in items)
        query = ItemQuery(_ACCOUNTS, limit=1000, after=(items[-1].key.sk, *items[-1].key))
    return found


_ACCOUNTS = "accounts-with-object-types"


def _partition(account_id: str) -> str:
    return f"{account_id}#object-types"


def _key(account_id: str, type_id: str) -> Key:
    return Key(_partition(account_id), type_id)
