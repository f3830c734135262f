"""Documents in SQLite."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from cdp.adapters.embedded.sqlite import Database, passing_faults
from cdp.errors import Unavailable
from cdp.ports import INDEXES, Add, Delete, Item, ItemQuery, Key, Operation
from cdp.ports.documents import check

_SCHEMA = """
CREATE TABLE IF NOT EXISTS item (
    pk TEXT NOT NULL, sk TEXT NOT NULL, body BLOB NOT NULL, version INTEGER NOT NULL, expires_at INTEGER,
    g1p TEXT, g1s TEXT, g2p TEXT, g2s TEXT, g3p TEXT, g3s TEXT, g4p TEXT, g4s TEXT,
    PRIMARY KEY (pk, sk)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS item_g1 ON item (g1p, g1s, pk, sk) WHERE g1p IS NOT NULL;
CREATE INDEX IF NOT EXISTS item_g2 ON item (g2p, g2s, pk, sk) WHERE g2p IS NOT NULL;
CREATE INDEX IF NOT EXISTS item_g3 ON item (g3p, g3s, pk, sk) WHERE g3p IS NOT NULL;
CREATE INDEX IF NOT EXISTS item_g4 ON item (g4p, g4s, pk, sk) WHERE g4p IS NOT NULL;
CREATE INDEX IF NOT EXISTS item_expiry ON item (expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS counter (
    pk TEXT NOT NULL, sk TEXT NOT NULL, n INTEGER NOT NULL, expires_at INTEGER, PRIMARY KEY (pk, sk)
) WITHOUT ROWID;
"""
_COLUMNS = "pk, sk, body, version, expires_at, g1p, g1s, g2p, g2s, g3p, g3s, g4p, g4s"
_GET = "SELECT body, version, expires_at FROM item WHERE pk = ? AND sk = ? AND (expires_at IS NULL OR expires_at > ?)"
_SET = "body = excluded.body, version = item.version + 1, expires_at = excluded.expires_at, " + ", ".join(
    f"{g}{part} = excluded.{g}{part}" for g in INDEXES for part in "ps"
)
_INSERT = f"INSERT INTO item ({_COLUMNS}) VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_UPSERT = f"{_INSERT} ON CONFLICT (pk, sk) DO UPDATE SET {_SET}"
_INSERT_NEW = f"{_INSERT} ON CONFLICT DO NOTHING"
_OF_VERSION = "WHERE pk = ? AND sk = ? AND version = ?"
_REPLACE = (
    "UPDATE item SET body = ?, version = version + 1, expires_at = ?, "
    + ", ".join(f"{g}{part} = ?" for g in INDEXES for part in "ps")
    + f" {_OF_VERSION}"
)
_ADD = (
    "INSERT INTO counter (pk, sk, n, expires_at) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (pk, sk) DO UPDATE SET n = n + excluded.n RETURNING n"
)
_REPLACE_BODY = f"UPDATE item SET body = ?, version = version + 1, expires_at = ? {_OF_VERSION}"


class _ConditionFailed(Exception):
    pass


Transactions = Sequence[Sequence[Operation]]


@dataclass(slots=True)
class _Writer:
    """A call of `write` that waits for its turn."""

    transactions: Transactions
    applied: list[bool] = field(default_factory=list)
    error: Exception | None = None
    done: bool = False


class SqliteTable:
    """`cdp.ports.Table` on one SQLite file in WAL mode; a write call is durable on return.

    Whoever has his turn commits for all threads of the process that wait.
    """

    def __init__(self, path: str) -> None:
        self._db = Database(path, _SCHEMA)
        self._committing = threading.Lock()
        self._entering = threading.Lock()
        self._waiting: list[_Writer] = []

    def get(self, keys: Sequence[Key]) -> list[Item | None]:
        now = int(time.time())
        with passing_faults():
            execute = self._db.connection.execute
            rows = [execute(_GET, (pk, sk, now)).fetchone() for pk, sk in keys]
        return [
            None if row is None else Item(key, row[0], version=row[1], expires_at=row[2])
            for key, row in zip(keys, rows, strict=True)
        ]

    def write(self, transactions: Transactions) -> list[bool]:
        if not transactions:
            return []
        check(transactions)
        writer = _Writer(transactions)
        with self._entering:
            self._waiting.append(writer)
        with self._committing:
            if not writer.done:
                self._commit()
        if writer.error is not None:
            raise writer.error
        return writer.applied

    def _commit(self) -> None:
        with self._entering:
            writers, self._waiting = self._waiting, []
        try:
            self._commit_all(writers)
        finally:
            for writer in writers:
                if not writer.done:  # this thread is being ended
                    writer.error, writer.done = Unavailable("the write was broken off"), True

    def _commit_all(self, writers: Sequence[_Writer]) -> None:
        try:
            applied = iter(self._apply([one for writer in writers for one in writer.transactions]))
        except Unavailable as error:
            for writer in writers:
                writer.error, writer.done = error, True
        except Exception:
            for writer in writers:  # one of them is at fault, and fails alone
                self._commit_alone(writer)
        else:
            for writer in writers:
                writer.applied = [next(applied) for _ in writer.transactions]
                writer.done = True

    def _commit_alone(self, writer: _Writer) -> None:
        try:
            writer.applied = self._apply(writer.transactions)
        except Exception as error:
            writer.error = error
        writer.done = True

    def _apply(self, transactions: Transactions) -> list[bool]:
        """In one commit."""
        now = int(time.time())
        try:
            with self._db.transaction() as connection:
                return [_apply(connection, operations, now) for operations in transactions]
        except _ConditionFailed:  # rare: once more, each transaction with a way back of its own
            with self._db.transaction() as connection:
                return [_apply_or_undo(connection, operations, now) for operations in transactions]

    def query(self, query: ItemQuery) -> list[Item]:
        p, s = (f"{query.index}p", f"{query.index}s") if query.index else ("pk", "sk")
        if query.index is not None and query.index not in INDEXES:
            raise ValueError(f"no index {query.index!r}")
        where, values = (
            [f"{p} = ?", "(expires_at IS NULL OR expires_at > ?)"],
            [query.partition, int(time.time())],
        )
        if query.low is not None:
            where.append(f"{s} >= ?")
            values.append(query.low)
        if query.high is not None:
            where.append(f"{s} < ?")
            values.append(query.high)
        if query.after is not None:
            where.append(f"({s}, pk, sk) {'<' if query.descending else '>'} (?, ?, ?)")
            values.extend(query.after)
        way = "DESC" if query.descending else "ASC"
        sql = f"SELECT pk, sk, body, version, expires_at, {s} FROM item WHERE {' AND '.join(where)} ORDER BY {s} {way}, pk {way}, sk {way} LIMIT ?"
        with passing_faults():
            rows = self._db.connection.execute(sql, (*values, query.limit)).fetchall()
        return [
            Item(Key(row[0], row[1]), row[2], _index(query, row[5]), expires_at=row[4], version=row[3])
            for row in rows
        ]

    def add(self, key: Key, amount: int, *, expires_at: int | None = None) -> int:
        with self._db.transaction() as connection:
            total: int = connection.execute(_ADD, (*key, amount, expires_at)).fetchone()[0]
        return total

    def counts(self, keys: Sequence[Key]) -> list[int]:
        with passing_faults():
            execute = self._db.connection.execute
            rows = [execute("SELECT n FROM counter WHERE pk = ? AND sk = ?", key).fetchone() for key in keys]
        return [0 if row is None else row[0] for row in rows]

    def scrub(self) -> None:
        self._db.scrub()

    def expire(self, now_s: int) -> int:
        """Remove what has expired (DynamoDB does this by itself); how many items."""
        with self._db.transaction() as connection:
            connection.execute("DELETE FROM counter WHERE expires_at <= ?", (now_s,))
            return connection.execute("DELETE FROM item WHERE expires_at <= ?", (now_s,)).rowcount


def _apply(connection: sqlite3.Connection, operations: Sequence[Operation], now: int) -> bool:
    """Apply one transaction. Several operations of which one cannot be: `_ConditionFailed`, half done."""
    if len(operations) == 1:
        return _operate(connection, operations[0], now)
    for operation in operations:
        if not _operate(connection, operation, now):
            raise _ConditionFailed
    return True


def _apply_or_undo(connection: sqlite3.Connection, operations: Sequence[Operation], now: int) -> bool:
    connection.execute("SAVEPOINT one")
    try:
        return _apply(connection, operations, now)
    except _ConditionFailed:
        connection.execute("ROLLBACK TO one")
        return False
    finally:
        connection.execute("RELEASE one")


def _operate(connection: sqlite3.Connection, operation: Operation, now: int) -> bool:
    if isinstance(operation, Add):
        connection.execute(_ADD, (*operation.key, operation.amount, None)).fetchone()
        return True
    if isinstance(operation, Delete):
        if operation.if_version is None:
            connection.execute("DELETE FROM item WHERE pk = ? AND sk = ?", operation.key)
            return True
        found = connection.execute(
            "DELETE FROM item WHERE pk = ? AND sk = ? AND version = ?", (*operation.key, operation.if_version)
        )
        return found.rowcount == 1
    item, condition = operation.item, operation.if_version
    if operation.keep_indexes:
        values = (item.body, item.expires_at, *item.key, condition)
        return connection.execute(_REPLACE_BODY, values).rowcount == 1
    indexes = [part for g in INDEXES for part in item.indexes.get(g, (None, None))]
    if condition is None:
        connection.execute(_UPSERT, (*item.key, item.body, item.expires_at, *indexes))
        return True
    if condition == 0:
        row = (*item.key, item.body, item.expires_at, *indexes)
        if connection.execute(_INSERT_NEW, row).rowcount == 1:
            return True
        expired = connection.execute(
            "DELETE FROM item WHERE pk = ? AND sk = ? AND expires_at <= ?", (*item.key, now)
        )
        return expired.rowcount == 1 and connection.execute(_INSERT_NEW, row).rowcount == 1
    row = (item.body, item.expires_at, *indexes, *item.key, condition)
    return connection.execute(_REPLACE, row).rowcount == 1


def _index(query: ItemQuery, sort: str) -> dict[str, tuple[str, str]]:
    return {query.index: (query.partition, sort)} if query.index else {}
