"""Documents: one table, in DynamoDB's model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol


class Key(NamedTuple):
    """Primary key of an item. `pk` begins with the account id: tenants are apart by construction."""

    pk: str
    sk: str


INDEXES = ("g1", "g2", "g3", "g4")


@dataclass(frozen=True, slots=True)
class Item:
    """A stored document. `body` is JSON; `indexes` maps g1..g4 to (partition, sort) of that index.

    A write states all indexes of the item; an item that was read carries only the index that was queried.

    `version` is the table's: 0 for an item that was not read from it, else the number to hand back
    in a conditional write. `expires_at` is epoch seconds (TTL); expired items are not returned.
    """

    key: Key
    body: bytes
    indexes: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    expires_at: int | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class Put:
    """Write `item`. `if_version=None`: unconditionally; 0: only if absent; n: only if that version is stored.

    `keep_indexes`: the stored item stays where it stands in every index, and `item.indexes` does not count;
    it goes with a version of 1 or more.
    """

    item: Item
    if_version: int | None = None
    keep_indexes: bool = False

    def __post_init__(self) -> None:
        if self.keep_indexes and not self.if_version:
            raise ValueError("only an item of a known version can keep its indexes")


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove the item. `if_version` as in `Put` (0 is not allowed); an absent item is no failure when None."""

    key: Key
    if_version: int | None = None


@dataclass(frozen=True, slots=True)
class Add:
    """Add to the counter at `key`, as `Table.add` does, together with items: so it says how many of them there are."""

    key: Key
    amount: int


Operation = Put | Delete | Add


def check(transactions: Sequence[Sequence[Operation]]) -> None:
    """For adapters: ValueError for one that `Table.write` does not take."""
    for operations in transactions:
        if not 1 <= len(operations) <= 25:
            raise ValueError(f"a transaction has 1 to 25 operations, not {len(operations)}")
        if all(isinstance(operation, Add) for operation in operations):
            raise ValueError("counters change alone by `Table.add`")


@dataclass(frozen=True, slots=True)
class ItemQuery:
    """Items of one partition in sort-key order: of the table (`index=None`) or of one of g1..g4.

    `low <= sort key < high` where given (both compare as UTF-8 strings). `after` is the position of the
    last item seen: (sort key, pk, sk); the next page begins behind it, in the direction of travel.
    """

    partition: str
    index: str | None = None
    low: str | None = None
    high: str | None = None
    descending: bool = False
    limit: int = 100
    after: tuple[str, str, str] | None = None


class Table(Protocol):
    """Documents, in DynamoDB's model. One table holds every kind of item."""

    def get(self, keys: Sequence[Key]) -> list[Item | None]:
        """Strongly consistent reads, in the order of `keys`."""

    def write(self, transactions: Sequence[Sequence[Operation]]) -> list[bool]:
        """Apply each transaction (1 to 25 operations on different keys, not only counters) whole or not at all.

        Transactions are independent of each other; False marks one whose condition did not hold.
        Durable on return.
        """

    def query(self, query: ItemQuery) -> list[Item]:
        """One page, at most `query.limit` items. Index reads may lag a write by moments on AWS."""

    def add(self, key: Key, amount: int, *, expires_at: int | None = None) -> int:
        """Add to the counter at `key` (made with 0) and return the new value. Atomic."""

    def counts(self, keys: Sequence[Key]) -> list[int]:
        """What counters stand at, in the order of `keys`; 0 for those that there are not. Strongly consistent."""

    def scrub(self) -> None:
        """On return, nothing that was deleted or overwritten before can be read from the storage any more.

        May hold up writers for as long as it takes to copy the table. `Unavailable`: somebody reads just now.
        """
