"""The ports: what the rooms ask of the world, as narrow as their callers need.

Every port has an embedded adapter (one machine) and an AWS adapter; both pass tests/contract/ports. All
methods are safe to call from several threads. A resource that is busy, full or out of reach raises
`cdp.errors.Unavailable` and has changed nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from cdp.events import Message
    from cdp.lake.tables import LakeTable
    from cdp.query.sql import Query

# ---------------------------------------------------------------- documents


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

    def write(self, transactions: Sequence[Sequence[Put | Delete]]) -> list[bool]:
        """Apply each transaction (1 to 25 operations on different keys) whole or not at all.

        Transactions are independent of each other; False marks one whose condition did not hold.
        Durable on return.
        """

    def query(self, query: ItemQuery) -> list[Item]:
        """One page, at most `query.limit` items. Index reads may lag a write by moments on AWS."""

    def add(self, key: Key, amount: int, *, expires_at: int | None = None) -> int:
        """Add to the counter at `key` (made with 0) and return the new value. Atomic."""

    def scrub(self) -> None:
        """On return, nothing that was deleted or overwritten before can be read from the storage any more.

        May hold up writers for as long as it takes to copy the table. `Unavailable`: somebody reads just now.
        """


# ---------------------------------------------------------------- messages


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message out of a queue. `attempt` counts from 1."""

    id: str
    receipt: str
    body: str
    attempt: int
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class DeadLetter:
    id: str
    body: str
    reason: str
    attempt: int
    set_aside_at: datetime


LONGEST_DELAY_S = 900  # of a message that is sent; SQS knows no longer one


class Queue(Protocol):
    """One inbox: at-least-once, visibility timeout, attempts, dead letters. Bodies are UTF-8 text, of any
    size up to 6 MB (adapters spill what their service cannot carry)."""

    def send(self, bodies: Sequence[str], *, delay_s: int = 0) -> None:
        """Durable on return. `delay_s` is 0 to LONGEST_DELAY_S."""

    def receive(self, limit: int, *, visibility_s: int) -> list[Delivery]:
        """At most `limit` messages, hidden from others for `visibility_s`; empty when there is none."""

    def ack(self, deliveries: Sequence[Delivery]) -> None: ...

    def retry(self, delivery: Delivery, *, delay_s: int) -> None:
        """Make it visible again after `delay_s`."""

    def set_aside(self, delivery: Delivery, reason: str) -> None:
        """Move it to the dead letters with the reason."""

    def dead_letters(self, limit: int = 100) -> list[DeadLetter]: ...

    def replay(self, ids: Sequence[str] | None = None) -> int:
        """Put dead letters (all, or those with these ids) back into the queue; how many."""

    def drop(self, ids: Sequence[str]) -> int:
        """Remove the dead letters with these ids for good; how many."""

    def body_of(self, raw: str) -> str:
        """The body behind what a Lambda event source hands over (a claim check is redeemed)."""

    def depth(self) -> int:
        """Messages waiting or in flight, dead letters not counted. Approximate on AWS."""

    def scrub(self) -> None:
        """As `Table.scrub`, for the messages that are gone."""


class Bus(Protocol):
    """Publish once; every room with an `OnEvent` rule for the message's class receives it in its inbox."""

    def publish(self, messages: Sequence[Message]) -> None: ...


# ---------------------------------------------------------------- lake and queries


@dataclass(frozen=True, slots=True)
class Appended:
    """Which of the given rows were new: a boolean array (n_rows,); the others were there already."""

    new: np.ndarray
    snapshot_id: int | None


@dataclass(frozen=True, slots=True)
class Compacted:
    """What a compaction did to one table."""

    table: str
    months: int
    files_before: int
    files_after: int
    rows: int


@dataclass(frozen=True, slots=True)
class Replaced:
    """What a replacement did to one table: files written anew, rows taken out, rows put in."""

    table: str
    files: int
    taken: int
    put: int


class Lake(Protocol):
    """Iceberg tables, one namespace per account."""

    def append(self, account_id: str, table: LakeTable, rows: pa.Table) -> Appended:
        """Add the rows whose key (`table.key`) is not in the table yet, in one atomic commit.

        A key that comes several times within `rows` is kept once, unless `table.many_per_key` (then all
        rows of a new key are kept). Calling it again with the same rows adds nothing.
        """

    def files(self, account_id: str, table: LakeTable, months: tuple[int, int] | None = None) -> list[str]:
        """Locations of the data files of the newest snapshot; only months in [first, last] when given."""

    def months(self, account_id: str, table: LakeTable) -> list[int]:
        """Months that hold rows, ascending."""

    def compact(self, account_id: str, table: LakeTable, *, everything: bool = False) -> Compacted:
        """Rewrite small files into the sorted layout, expire old snapshots, remove orphans."""

    def replace(
        self, account_id: str, table: LakeTable, profile_nos: Collection[int], change: Callable[[pa.Table], pa.Table]
    ) -> Replaced:
        """Take out all rows of these profiles and put in what `change` makes of them, in one atomic commit.

        `change` may be called several times. Of its rows, those whose key another row of the table has are left
        out. All rows of the profiles are in memory at once: give it no more than some thousands of profiles.
        """

    def read(
        self, account_id: str, table: LakeTable, profile_nos: Collection[int], columns: Sequence[str]
    ) -> pa.Table:
        """These columns of all rows of these profiles, in any order, from every data file of the newest snapshot."""

    def vacuum(self, account_id: str) -> int:
        """Forget all snapshots but the newest, and delete every file that it does not need; how many.

        What nobody can read through the tables cannot be read from the storage any more then, but for files of
        commits that began during the call. Readers that hold a list of files must ask for it again.
        """

    def accounts(self) -> list[str]:
        """Accounts that have a namespace."""

    def drop(self, account_id: str) -> None:
        """Remove the account's tables and files."""


class Engine(Protocol):
    """Runs a compiled report over one account's tables."""

    dialect: str  # "duckdb" or "athena"

    def run(self, account_id: str, query: Query) -> pa.Table: ...


# ---------------------------------------------------------------- the rest


class Secrets(Protocol):
    def get(self, name: str) -> str | None: ...

    def put(self, name: str, value: str) -> None: ...

    def get_or_put(self, name: str, value: str) -> str:
        """The secret, made with `value` if there is none: all who ask at the same time get the same."""

    def delete(self, name: str) -> None: ...


class Limits(Protocol):
    """Fixed-window request counters."""

    def hit(self, windows: Iterable[tuple[str, int]]) -> list[int]:
        """Count one request in each (name, expires_at epoch seconds) window; the new counts, in order."""
