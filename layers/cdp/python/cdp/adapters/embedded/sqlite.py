"""Connections to SQLite files: WAL, one connection a thread, faults told apart from bugs."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cdp.errors import Unavailable

BUSY_TIMEOUT_S = 5.0
_SCRUB_ATTEMPTS, _SCRUB_PAUSE_S = 40, 0.05
# SQLite's primary result codes for faults that pass: busy, locked, full, I/O error, read-only, cannot open.
_PASSING = frozenset({5, 6, 8, 10, 13, 14})


class Database:
    """One SQLite file, used by many threads and processes. `schema` is applied once, idempotently."""

    def __init__(self, path: str, schema: str) -> None:
        self.path = path
        self._schema = schema
        self._local = threading.local()
        self._ready = False
        self._lock = threading.Lock()
        self._writing = threading.Lock()

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's connection, in autocommit mode."""
        open_: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if open_ is None:
            open_ = self._local.connection = self._open()
        return open_

    def _open(self) -> sqlite3.Connection:
        Path(self.path).parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            self.path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA cache_size=-65536")
        with self._lock:
            if not self._ready:
                connection.executescript(self._schema)
                self._ready = True
        return connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A write transaction: durable on leaving, rolled back on an error. Threads of this process take turns: SQLite
        itself lets writers look again and again, and some of many come away with nothing for seconds."""
        with self._writing, passing_faults():
            connection = self.connection
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def scrub(self) -> None:
        """Write the file anew from what is in use, and empty the log: free pages, the unused parts of pages and
        old frames of the log hold what was deleted."""
        with passing_faults():
            self.connection.execute("VACUUM")
        for _ in range(_SCRUB_ATTEMPTS):
            with passing_faults():
                busy = self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            if not busy:
                return
            time.sleep(_SCRUB_PAUSE_S)
        raise Unavailable("the local database is being read all the time", retry_after_s=2)


@contextmanager
def passing_faults() -> Iterator[None]:
    """Turn a full disk, a lock that is held too long and the like into `Unavailable`."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if (getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF in _PASSING:
            raise Unavailable(f"the local database cannot be used now: {error}", retry_after_s=2) from error
        raise
