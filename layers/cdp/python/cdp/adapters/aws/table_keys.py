"""How index entries are laid out in DynamoDB: shards, sort keys that are a total order, bounds of a query.

An index partition may be hot ("every profile of the account"), and DynamoDB serves at most 1,000 writes a
second per partition. So each index partition is spread over SHARDS by a hash of the item's primary key.

DynamoDB leaves the order of equal sort keys open. So the stored sort key is the caller's, followed by the
item's pk and sk: a total order, the same as in SQLite, in which a cursor is just a bound. The three parts are
joined with NUL; NUL inside a part is written as two characters that keep the order of UTF-8 bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

from cdp.errors import Rejected
from cdp.ports import ItemQuery, Key

SHARDS = 8
LONGEST_SORT_BYTES = 1024  # DynamoDB's limit for a sort key
LONGEST_PARTITION_BYTES = 2048


def index_name(index: str) -> str:
    """DynamoDB's name of g1 to g4: names have at least three characters there."""
    return f"{index}-index"


def possible(key: Key) -> bool:
    """Can there be an item with this key? A look-up by a longer one is an error in DynamoDB."""
    return possible_partition(key.pk) and 0 < len(key.sk.encode()) <= LONGEST_SORT_BYTES


def possible_partition(partition: str) -> bool:
    return 0 < len(partition.encode()) <= LONGEST_PARTITION_BYTES - 2  # "#" and the shard of an index


def shard_of(key: Key) -> int:
    """Which shard of an index partition the item is in."""
    return blake2b("\x00".join(key).encode(), digest_size=1).digest()[0] % SHARDS


def shard_name(partition: str, shard: int) -> str:
    return f"{partition}#{shard}"


def position(sort: str, key: Key) -> str:
    """The sort key that is stored in an index."""
    joined = "\x00".join(_ordered(part) for part in (sort, key.pk, key.sk))
    if len(joined.encode()) > LONGEST_SORT_BYTES:
        raise Rejected(f"the value is too long to be sorted by: {sort[:40]!r}…", code="too_long")
    return joined


def sort_of(position: str) -> str:
    """The caller's sort key of a stored position."""
    return position.split("\x00", 1)[0].replace("\x01\x02", "\x00").replace("\x01\x03", "\x01")


def _ordered(part: str) -> str:
    return part.replace("\x01", "\x01\x03").replace("\x00", "\x01\x02")


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of stored sort keys: `low <= key < high`, and never `seen` itself; None is open."""

    low: str | None
    high: str | None
    seen: str | None = None

    @property
    def empty(self) -> bool:
        return self.low is not None and self.high is not None and self.low >= self.high

    def admits(self, key: str) -> bool:
        """DynamoDB's BETWEEN includes both ends; ours leave out `high` and `seen`."""
        return key not in (self.high, self.seen)


def bounds(query: ItemQuery) -> Bounds:
    """What the query asks for, as bounds of stored sort keys. Python compares text as UTF-8 bytes do."""
    low, high, after = query.low, query.high, None
    if query.index is not None:
        low, high = (None if text is None else _ordered(text) for text in (low, high))
    if query.after is not None:
        sort, pk, sk = query.after
        after = position(sort, Key(pk, sk)) if query.index is not None else sk
    low = low or None  # nothing is below the empty text, and DynamoDB knows no empty key
    if after is None:
        return Bounds(low, high)
    if query.descending:
        return Bounds(low, after if high is None else min(high, after))
    return Bounds(after if low is None else max(low, after), high, seen=after)
