"""Long results in the table: cut into parts that fit into an item."""

from __future__ import annotations

from collections.abc import Sequence

from cdp.ports import Item, ItemQuery, Key, Put, Table

PART_BYTES = 300_000
_PREFIX = "rows#"


def cut(text: bytes) -> list[bytes]:
    return [text[at : at + PART_BYTES] for at in range(0, len(text), PART_BYTES)]


def save(table: Table, partition: str, chunks: Sequence[bytes], expires_at: int) -> None:
    table.write(
        [[Put(Item(Key(partition, f"{_PREFIX}{n:05}"), c, expires_at=expires_at))] for n, c in enumerate(chunks)]
    )


def load(table: Table, partition: str) -> list[bytes]:
    """The parts in their order."""
    chunks: list[bytes] = []
    query = ItemQuery(partition, low=_PREFIX, limit=10)
    while page := table.query(query):
        found = [item for item in page if item.key.sk.startswith(_PREFIX)]
        chunks += (item.body for item in found)
        if len(found) < len(page):
            break
        query = ItemQuery(partition, low=_PREFIX, limit=10, after=(page[-1].key.sk, *page[-1].key))
    return chunks
