"""What may be larger than an item of the table: compressed, in parts that each fit into one."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from cdp.ports import Item

_PART_BYTES = 300_000


def split(plain: bytes, level: int) -> list[bytes]:
    """`level` is zlib's: from 1, which is fast, to 9."""
    packed = zlib.compress(plain, level)
    return [packed[at : at + _PART_BYTES] for at in range(0, len(packed), _PART_BYTES)]


def joined(items: Sequence[Item | None]) -> bytes | None:
    """The whole out of all its parts in order, as they were read; None if one is not there (any more)."""
    found = [item.body for item in items if item is not None]
    return zlib.decompress(b"".join(found)) if len(found) == len(items) else None
