"""Documents and rooms on both homes: the port suite's fixtures, with a table that keeps DynamoDB's limits in either."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from cdp import connect
from cdp.ports import Item, ItemQuery, Key, Operation, Put, Table
from tests.contract.ports.conftest import (  # noqa: F401 - fixtures
    home,
    lake_locator,
    make_dynamo_table,
    unique,
)

PARTITION_BYTES, SORT_BYTES, ITEM_BYTES, OPERATIONS = 2048, 1024, 400_000, 25


@dataclass(frozen=True)
class StrictTable:
    """Refuses what DynamoDB would: keys that are empty or too long, items too large, transactions of more than 25
    operations or with two on one item. The emulator lets some of it pass, SQLite all."""

    table: Table

    def get(self, keys: Sequence[Key]) -> list[Item | None]:
        for key in keys:
            check_key(key)
        return self.table.get(keys)

    def write(self, transactions: Sequence[Sequence[Operation]]) -> list[bool]:
        for operations in transactions:
            keys = [one.item.key if isinstance(one, Put) else one.key for one in operations]
            assert 1 <= len(operations) <= OPERATIONS, keys
            assert len(set(keys)) == len(keys), keys
            for one, key in zip(operations, keys, strict=True):
                check_key(key)
                if isinstance(one, Put):
                    check_item(one.item)
        return self.table.write(transactions)

    def query(self, query: ItemQuery) -> list[Item]:
        check_text(query.partition, PARTITION_BYTES)
        return self.table.query(query)

    def add(self, key: Key, amount: int, *, expires_at: int | None = None) -> int:
        check_key(key)
        return self.table.add(key, amount, expires_at=expires_at)

    def counts(self, keys: Sequence[Key]) -> list[int]:
        for key in keys:
            check_key(key)
        return self.table.counts(keys)


def check_key(key: Key) -> None:
    check_text(key.pk, PARTITION_BYTES)
    check_text(key.sk, SORT_BYTES)


def check_text(text: str, most: int) -> None:
    assert 1 <= len(text.encode()) <= most, f"{len(text.encode())} bytes: {text[:80]}"


def check_item(item: Item) -> None:
    """In an index the sort key is followed by the item's key (cdp/adapters/aws/table_keys)."""
    size = len(item.body) + len("".join(item.key).encode())
    for partition, sort in item.indexes.values():
        check_text(f"{partition}#0", PARTITION_BYTES)
        check_text("\0".join((sort, *item.key)), SORT_BYTES)
        size += len((partition + sort + "".join(item.key)).encode())
    assert size <= ITEM_BYTES, f"{size} bytes: {item.key}"


@pytest.fixture
def table_locator(home: str, tmp_path: Path, unique: Callable[[str], str]) -> str:  # noqa: F811
    if home == "embedded":
        return f"sqlite://{tmp_path}/documents.db"
    name = unique("documents")
    make_dynamo_table(name)
    return f"dynamodb://{name}"


@pytest.fixture
def table(table_locator: str) -> Table:
    return StrictTable(connect.table(table_locator))


@pytest.fixture
def lake(lake_locator: str) -> str:  # noqa: F811
    """The locator of a new lake."""
    return lake_locator
