"""Queues and the bus in SQLite: durable, visibility timeout, attempts, dead letters."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from functools import cache

from cdp import events
from cdp.adapters.embedded.sqlite import Database, passing_faults
from cdp.events import Message
from cdp.ports import DeadLetter, Delivery

_SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, body TEXT NOT NULL,
    sent_at REAL NOT NULL, visible_at REAL NOT NULL, attempt INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS message_visible ON message (queue, visible_at, id);
CREATE TABLE IF NOT EXISTS dead (
    id INTEGER PRIMARY KEY, queue TEXT NOT NULL, body TEXT NOT NULL, reason TEXT NOT NULL,
    attempt INTEGER NOT NULL, set_aside_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS rule (message TEXT NOT NULL, queue TEXT NOT NULL, PRIMARY KEY (message, queue)) WITHOUT ROWID;
"""
_INSERT = "INSERT INTO message (queue, body, sent_at, visible_at) VALUES (?, ?, ?, ?)"
_Row = tuple[str, str, float, float]


class _GroupCommit:
    """One committer thread a file: whatever waits while a commit is under way goes into the next one."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._waiting: queue.SimpleQueue[tuple[list[_Row], Future[None]]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def insert(self, rows: list[_Row]) -> None:
        """Durable on return."""
        done: Future[None] = Future()
        self._waiting.put((rows, done))
        if self._thread is None:
            self._start()
        done.result()

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            batch = [self._waiting.get()]
            while not self._waiting.empty():
                batch.append(self._waiting.get())
            try:
                with self._db.transaction() as connection:
                    for rows, _ in batch:
                        connection.executemany(_INSERT, rows)
            except Exception as error:  # handed to the callers, who are waiting for it
                for _, done in batch:
                    done.set_exception(error)
            else:
                for _, done in batch:
                    done.set_result(None)


@cache
def _file(path: str) -> tuple[Database, _GroupCommit]:
    db = Database(path, _SCHEMA)
    return db, _GroupCommit(db)


class SqliteQueue:
    """`cdp.ports.Queue`: one named queue of a SQLite file that holds them all."""

    def __init__(self, path: str, name: str) -> None:
        if not name:
            raise ValueError("the queue's name is missing: sqlite:///path#name")
        self.name = name
        self._db, self._commit = _file(path)

    def send(self, bodies: Sequence[str], *, delay_s: int = 0) -> None:
        now = time.time()
        self._commit.insert([(self.name, body, now, now + delay_s) for body in bodies])

    def receive(self, limit: int, *, visibility_s: int) -> list[Delivery]:
        now = time.time()
        due = "SELECT id FROM message WHERE queue = ? AND visible_at <= ? ORDER BY visible_at, id LIMIT ?"
        with passing_faults():  # a look without a write lock: most polls find nothing
            if not self._db.connection.execute(due, (self.name, now, 1)).fetchone():
                return []
        with self._db.transaction() as connection:
            rows = connection.execute(
                f"UPDATE message SET visible_at = ?, attempt = attempt + 1 WHERE id IN ({due}) "
                "RETURNING id, body, attempt, sent_at",
                (now + visibility_s, self.name, now, limit),
            ).fetchall()
        rows.sort()
        return [
            Delivery(str(id_), f"{id_}:{attempt}", body, attempt, datetime.fromtimestamp(sent_at, UTC))
            for id_, body, attempt, sent_at in rows
        ]

    def ack(self, deliveries: Sequence[Delivery]) -> None:
        with self._db.transaction() as connection:
            connection.executemany("DELETE FROM message WHERE id = ? AND attempt = ?", map(_held, deliveries))

    def retry(self, delivery: Delivery, *, delay_s: int) -> None:
        with self._db.transaction() as connection:
            connection.execute(
                "UPDATE message SET visible_at = ? WHERE id = ? AND attempt = ?",
                (time.time() + delay_s, *_held(delivery)),
            )

    def set_aside(self, delivery: Delivery, reason: str) -> None:
        with self._db.transaction() as connection:
            gone = connection.execute("DELETE FROM message WHERE id = ? AND attempt = ?", _held(delivery))
            if gone.rowcount:
                connection.execute(
                    "INSERT INTO dead VALUES (?, ?, ?, ?, ?, ?)",
                    (int(delivery.id), self.name, delivery.body, reason, delivery.attempt, time.time()),
                )

    def dead_letters(self, limit: int = 100) -> list[DeadLetter]:
        with passing_faults():
            rows = self._db.connection.execute(
                "SELECT id, body, reason, attempt, set_aside_at FROM dead WHERE queue = ? ORDER BY id LIMIT ?",
                (self.name, limit),
            ).fetchall()
        return [
            DeadLetter(str(id_), body, reason, attempt, datetime.fromtimestamp(at, UTC))
            for id_, body, reason, attempt, at in rows
        ]

    def replay(self, ids: Sequence[str] | None = None) -> int:
        now = time.time()
        with self._db.transaction() as connection:
            chosen = (
                [row[0] for row in connection.execute("SELECT id FROM dead WHERE queue = ?", (self.name,))]
                if ids is None
                else [int(id_) for id_ in ids]
            )
            back = 0
            for id_ in chosen:
                row = connection.execute(
                    "DELETE FROM dead WHERE id = ? AND queue = ? RETURNING body", (id_, self.name)
                ).fetchone()
                if row:
                    connection.execute(_INSERT, (self.name, row[0], now, now))
                    back += 1
        return back

    def body_of(self, raw: str) -> str:
        return raw

    def depth(self) -> int:
        with passing_faults():
            row = self._db.connection.execute("SELECT count(*) FROM message WHERE queue = ?", (self.name,)).fetchone()
        count: int = row[0]
        return count


class SqliteBus:
    """`cdp.ports.Bus`: rules are rows, and a published message lands in the inbox of every room they name."""

    def __init__(self, path: str) -> None:
        self._db, self._commit = _file(path)

    def set_rules(self, rules: Mapping[str, Sequence[str]]) -> None:
        """Replace all rules: message class name -> names of the queues that receive it."""
        with self._db.transaction() as connection:
            connection.execute("DELETE FROM rule")
            connection.executemany(
                "INSERT INTO rule VALUES (?, ?)", [(name, target) for name, targets in rules.items() for target in targets]
            )

    def publish(self, messages: Sequence[Message]) -> None:
        now = time.time()
        with passing_faults():
            rules = self._db.connection.execute("SELECT message, queue FROM rule").fetchall()
        rows = [
            (target, events.encode(message), now, now)
            for message in messages
            for name, target in rules
            if name == type(message).__name__
        ]
        if rows:
            self._commit.insert(rows)


def _held(delivery: Delivery) -> tuple[int, int]:
    """Row id and attempt: a receipt of an earlier attempt no longer counts."""
    id_, _, attempt = delivery.receipt.partition(":")
    return int(id_), int(attempt)
