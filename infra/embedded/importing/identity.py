"""A stable unique id for every row, so that rows with equal dates survive and a repeated import adds nothing.

An id column is taken as it is. Otherwise the id is the hash of what the event says, plus the number of the
occurrence among rows that say the same: independent of the file's name, format and column order.
"""

from __future__ import annotations

import sqlite3
from hashlib import blake2b

import msgspec

from infra.embedded.importing.mapping import Event

_CACHE_KB = 32 * 1024
_encode = msgspec.json.Encoder(order="deterministic").encode


class Identities:
    """Counts equal rows in a private temporary database, which spills to disk: memory stays bounded."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._db.execute(f"PRAGMA cache_size=-{_CACHE_KB}")
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("CREATE TABLE seen (digest BLOB PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID")
        self._db.execute("BEGIN")

    def of(self, event: Event) -> str:
        """The event's unique id. Every row of the file must be asked for once, in order."""
        if event.unique_id is not None:
            return event.unique_id
        digest = blake2b(_encode([event.profile, event.attributes]), digest_size=15).digest()
        (occurrence,) = self._db.execute(
            "INSERT INTO seen VALUES (?, 1) ON CONFLICT DO UPDATE SET n = n + 1 RETURNING n", (digest,)
        ).fetchone()
        name = digest.hex()
        return name if occurrence == 1 else f"{name}-{occurrence}"

    def close(self) -> None:
        self._db.close()
