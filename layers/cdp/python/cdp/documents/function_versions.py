"""The versions of a function: numbered from 1, immutable; and its publications, who made what live and when.

A version is one item with what is said of it, and the source beside it, compressed, in parts that fit into an item.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from cdp.documents import parts
from cdp.ports import Delete, Item, ItemQuery, Key, Put, Table

MAX_CODE_BYTES = 1 << 20
MOST_KEPT = 200  # versions of a function, and publications
_DROPPED_AT_ONCE = 5
_PAGE = 1000
_NUMBER = "06d"


class Version(msgspec.Struct, frozen=True):
    """`size` in bytes of UTF-8; `key_id`: the private key that wrote it. `parts` of the source are stored."""

    no: int
    created: datetime
    key_id: str
    size: int
    sha256: str
    parts: int

    @property
    def id(self) -> str:
        """In the order of the numbers."""
        return format(self.no, _NUMBER)


class Publication(msgspec.Struct, frozen=True):
    """`version` was made live, or for null none; `before` it was another one, or none."""

    id: str
    at: datetime
    key_id: str
    action: Literal["publish", "rollback", "stop"]
    version: int | None
    before: int | None


_version = msgspec.json.Decoder(Version)
_publication = msgspec.json.Decoder(Publication)


def making(account_id: str, function_id: str, no: int, code: str, now: datetime, key_id: str) -> list[Put | Delete]:
    """The writes of a new version, for the transaction that counts it."""
    plain = code.encode()
    pieces = parts.split(plain, 6)
    one = Version(no, now, key_id, len(plain), digest(code), len(pieces))
    writes: list[Put | Delete] = [Put(Item(_key(account_id, function_id, no), msgspec.json.encode(one)), 0)]
    return writes + [Put(Item(_part(account_id, function_id, no, i), piece), 0) for i, piece in enumerate(pieces)]


def digest(code: str) -> str:
    """SHA-256 of a source."""
    return hashlib.sha256(code.encode()).hexdigest()


def publishing(account_id: str, function_id: str, one: Publication) -> Put:
    """The write of a publication, for the transaction that makes it."""
    return Put(Item(Key(_publications(account_id, function_id), one.id), msgspec.json.encode(one)))


def get(table: Table, account_id: str, function_id: str, no: int) -> Version | None:
    item = table.get([_key(account_id, function_id, no)])[0] if 0 < no < 10**6 else None
    return None if item is None else _version.decode(item.body)


def code(table: Table, account_id: str, function_id: str, no: int) -> str | None:
    """The source of a version, or None if there is no such one (any more)."""
    one = get(table, account_id, function_id, no)
    return None if one is None else source(table, account_id, function_id, one)


def source(table: Table, account_id: str, function_id: str, one: Version) -> str | None:
    """The source of a version that was read."""
    found = parts.joined(table.get([_part(account_id, function_id, one.no, i) for i in range(one.parts)]))
    return None if found is None else found.decode()


def versions(table: Table, account_id: str, function_id: str) -> list[Version]:
    """All that are kept, by number."""
    return [_version.decode(item.body) for item in _items(table, _versions(account_id, function_id))]


def publications(table: Table, account_id: str, function_id: str) -> list[Publication]:
    """All that are kept, by time."""
    return [_publication.decode(item.body) for item in _items(table, _publications(account_id, function_id))]


def prune(table: Table, account_id: str, function_id: str, needed: Sequence[int]) -> None:
    """Drop the oldest of what is more than can be kept, but not the versions that are needed."""
    held = versions(table, account_id, function_id)
    old = [one for one in held[: max(0, len(held) - MOST_KEPT)] if one.no not in needed][:_DROPPED_AT_ONCE]
    table.write([_dropping(account_id, function_id, one) for one in old])
    told = publications(table, account_id, function_id)
    partition = _publications(account_id, function_id)
    table.write([[Delete(Key(partition, one.id))] for one in told[: max(0, len(told) - MOST_KEPT)]])


def remove_all(table: Table, account_id: str, function_id: str) -> None:
    """Every version and publication of a function that is deleted."""
    table.write([_dropping(account_id, function_id, one) for one in versions(table, account_id, function_id)])
    items = _items(table, _publications(account_id, function_id))
    table.write([[Delete(key)] for key in [item.key for item in items]])


def _dropping(account_id: str, function_id: str, one: Version) -> list[Put | Delete]:
    pieces = [Delete(_part(account_id, function_id, one.no, i)) for i in range(one.parts)]
    return [Delete(_key(account_id, function_id, one.no)), *pieces]


def _items(table: Table, partition: str) -> Iterator[Item]:
    query = ItemQuery(partition, limit=_PAGE)
    while page := table.query(query):
        yield from page
        query = ItemQuery(partition, limit=_PAGE, after=(page[-1].key.sk, *page[-1].key))


def _versions(account_id: str, function_id: str) -> str:
    return f"{account_id}#function-versions#{function_id}"


def _publications(account_id: str, function_id: str) -> str:
    return f"{account_id}#function-publications#{function_id}"


def _key(account_id: str, function_id: str, no: int) -> Key:
    return Key(_versions(account_id, function_id), format(no, _NUMBER))


def _part(account_id: str, function_id: str, no: int, part: int) -> Key:
    return Key(f"{account_id}#function-code#{function_id}", f"{no:{_NUMBER}}#{part:02d}")
