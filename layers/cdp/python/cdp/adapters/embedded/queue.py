"""Queues and the bus in SQLite: durable, visibility timeout, attempts, dead letters."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

from cdp import events
from cdp.adapters.embedded.sqlite import Database, passing_faults
from cdp.events import Message
from cdp.ports import LONGEST_DELAY_S, DeadLetter, Delivery

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
_ACK = "DELETE FROM message WHERE id = ? AND attempt = ?"
_Row = tuple[str, str, float, float]


class _Together(threading.local):
    """Per thread: rows whose commit waits for the end of a `commit_together` block."""

    rows: list[tuple[_GroupCommit, list[_Row]]] | None = None


_together = _Together()


@contextmanager
def commit_together() -> Iterator[list[tuple[_GroupCommit, list[_Row]]]]:
    """What this thread sends inside the block becomes durable in one commit, at its end.

    Until then no receiver sees it. The end of the block raises `Unavailable` if the commit failed; the yielded
    list grows with every send.
    """
    rows = _together.rows = []
    try:
        yield rows
    finally:
        _together.rows = None
    by_file: dict[_GroupCommit, list[_Row]] = {}
    for commit, some in rows:
        by_file.setdefault(commit, []).extend(some)
    for commit, all_rows in by_file.items():
        commit.insert(all_rows)


class _GroupCommit:
    """Whatever waits while a commit is under way goes into the next one: one fsync for many callers."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._committing = threading.Lock()
        self._entering = threading.Lock()
        self._waiting: list[_Waiter] = []

    def insert(self, rows: list[_Row]) -> None:
        """Durable on return, or at the end of the surrounding `commit_together`."""
        if _together.rows is not None:
            _together.rows.append((self, rows))
        else:
            self._wait(_Waiter(rows))

    def ack(self, held: list[tuple[int, int]]) -> None:
        """Durable on return."""
        self._wait(_Waiter([], held))

    def _wait(self, waiter: _Waiter) -> None:
        with self._entering:
            self._waiting.append(waiter)
        with self._committing:
            if not waiter.done:
                self._commit()
        if waiter.error is not None:
            raise waiter.error

    def _commit(self) -> None:
        """The first to come commits for all that wait."""
        with self._entering:
            waiting, self._waiting = self._waiting, []
        error: Exception | None = None
        try:
            with self._db.transaction() as connection:
                connection.executemany(_INSERT, (row for waiter in waiting for row in waiter.rows))
                connection.executemany(_ACK, (one for waiter in waiting for one in waiter.held))
        except Exception as raised:
            error = raised
        for waiter in waiting:
            waiter.done, waiter.error = True, error


@dataclass(slots=True)
class _Waiter:
    rows: list[_Row]
    held: list[tuple[int, int]] = field(default_factory=list)  # messages that are done: row id and attempt
    done: bool = False
    error: Exception | None = None


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
        if not 0 <= delay_s <= LONGEST_DELAY_S:
            raise ValueError(f"a message is delayed by 0 to {LONGEST_DELAY_S} s, not {delay_s}")
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
        if deliveries:
            self._commit.ack([_held(delivery) for delivery in deliveries])

    def retry(self, delivery: Delivery, *, delay_s: int) -> None:
        self.retry_all([delivery], delay_s=delay_s)

    def retry_all(self, deliveries: Sequence[Delivery], *, delay_s: int) -> None:
        """Make them visible again after `delay_s`, in one commit."""
        at = time.time() + delay_s
        with self._db.transaction() as connection:
            connection.executemany(
                "UPDATE message SET visible_at = ? WHERE id = ? AND attempt = ?",
                [(at, *_held(delivery)) for delivery in deliveries],
            )

    def release(self) -> int:
        """Make visible what a reader held when it died, first in the queue; how many messages.

        For the one process that reads this queue, at its start.
        """
        now = time.time()
        with self._db.transaction() as connection:
            return connection.execute(
                "UPDATE message SET visible_at = sent_at WHERE queue = ? AND visible_at > ? AND attempt > 0",
                (self.name, now),
            ).rowcount

    def set_aside(self, delivery: Delivery, reason: str) -> None:
        with self._db.transaction() as connection:
            gone = connection.execute(_ACK, _held(delivery))
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

    def drop(self, ids: Sequence[str]) -> int:
        with self._db.transaction() as connection:
            text = "DELETE FROM dead WHERE id = ? AND queue = ?"
            return sum(connection.execute(text, (int(id_), self.name)).rowcount for id_ in ids)

    def body_of(self, raw: str) -> str:
        return raw

    def depth(self, since: float = 0.0) -> int:
        """As the port says; only of messages sent from `since` (seconds since 1970) on."""
        with passing_faults():
            row = self._db.connection.execute(
                "SELECT count(*) FROM message WHERE queue = ? AND sent_at >= ?", (self.name, since)
            ).fetchone()
        count: int = row[0]
        return count

    def scrub(self) -> None:
        """Of all queues in the file."""
        self._db.scrub()


class SqliteBus:
    """`cdp.ports.Bus`: rules are rows, and a published message lands in the inbox of every room they name."""

    def __init__(self, path: str) -> None:
        self._db, self._commit = _file(path)

    def set_rules(self, rules: Mapping[str, Sequence[str]]) -> None:
        """Replace all rules: message class name -> names of the queues that receive it."""
        with self._db.transaction() as connection:
            connection.execute("DELETE FROM rule")
            connection.executemany(
                "INSERT INTO rule VALUES (?, ?)",
                [(name, target) for name, targets in rules.items() for target in targets],
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
