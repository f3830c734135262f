"""Which rows to change, and how: from the messages of the inbox and the moves that wait in the table."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa

from cdp.documents import erasures, memberships, merges, outbox
from cdp.documents.merges import ERASED
from cdp.errors import Rejected, Unavailable
from cdp.events import RewriteDue, Scheduled
from cdp.inbox import Received
from cdp.lake.tables import EVENTS, OBJECT_RECORDS, ORDER_ITEMS, PROFILE_HISTORY, SEGMENT_LOG, TABLES
from cdp.ports import Lake, Queue, Table
from functions.rewrite import moving

log = logging.getLogger("regulars.rewrite")

_PROFILES = 2000  # in one replacement: their rows are in memory at once
_ROUNDS = 5  # new moves may come in while a pass is under way


@dataclass(frozen=True)
class Rewriter:
    table: Table
    lake: Lake
    queue: Queue
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def process(self, received: Sequence[Received]) -> None:
        """Rewrite what the messages ask for, each account once; safe to repeat."""
        failure: Unavailable | None = None
        for account_id in dict.fromkeys(account_id for one in received for account_id in self._due(one)):
            try:
                self.rewrite(account_id)
            except Unavailable as error:  # of this account: the others have their turn
                log.warning("account %s waits: %s", account_id, error)
                failure = error
        if failure is not None:
            raise failure

    def _due(self, received: Received) -> list[str]:
        message = received.message
        if isinstance(message, RewriteDue):
            return [message.account_id]
        if isinstance(message, Scheduled):
            return [message.account_id] if message.account_id else self.lake.accounts()
        raise Rejected(f"{type(message).__name__} is no message for this room")

    def rewrite(self, account_id: str) -> None:
        """Everything that waits: changes of documents, moves of merged profiles, erasures with their jobs."""
        stuck: dict[int, int] = {}
        for _ in range(_ROUNDS):
            outbox.drain(self.table, self.lake, account_id)
            pending = merges.pending(self.table, account_id)
            versions = {no: version for no, (_, version) in pending.items()}
            if versions.items() <= stuck.items():
                break
            merges.announce(self.table, account_id)  # whoever looked before now and writes after us looks again
            left = self._pass(account_id, {no: to for no, (to, _) in pending.items()})
            merges.done(self.table, account_id, {no: v for no, v in versions.items() if no not in left})
            stuck = {no: v for no, v in versions.items() if no in left}
        self._finish_erasures(account_id)

    def _finish_erasures(self, account_id: str) -> None:
        """Jobs that wait for persons whose last row is gone, themselves or those they were merged into."""
        waiting = {no for numbers in erasures.waiting(self.table, account_id).values() for no in numbers}
        if not waiting:
            return
        successors = merges.successors(self.table, account_id, waiting)
        pending = merges.pending(self.table, account_id)
        gone = {no for no, to in successors.items() if to == ERASED and no not in pending}
        erasures.finish(self.table, account_id, gone - self.bearing(account_id, gone), self.clock())

    def _pass(self, account_id: str, successors: Mapping[int, int]) -> set[int]:
        """Rewrite the lake; the old numbers that it still bears."""
        self._regroup(account_id, successors)
        erased = [no for no, to in successors.items() if to == ERASED]
        merged = [no for no, to in successors.items() if to != ERASED]
        for numbers in _chunks(merged):
            self._move(account_id, {no: successors[no] for no in numbers})
        for numbers in _chunks(erased):
            for table in TABLES:
                self.lake.replace(account_id, table, numbers, _nothing)
        if erased:
            self.lake.vacuum(account_id)
            self.table.scrub()
            self.queue.scrub()
        log.info("account %s: %d profile(s) moved, %d erased", account_id, len(merged), len(erased))
        return self.bearing(account_id, successors)

    def _regroup(self, account_id: str, successors: Mapping[int, int]) -> None:
        """Memberships that were written for a profile at the very moment of its end, by somebody who then died."""
        now = self.clock()
        for no, to in successors.items():
            if to == ERASED:
                memberships.remove_all(self.table, account_id, no)
            else:
                memberships.move(self.table, account_id, no, to, now)

    def _move(self, account_id: str, heirs: Mapping[int, int]) -> None:
        """Lines before events: the events tell which number a line is to have."""
        everybody = {*heirs, *heirs.values()}
        moves = moving.plan(account_id, heirs, self.lake.read(account_id, EVENTS, everybody, moving.OF_EVENTS))
        if self._any_to_move(account_id, moves):
            now = self.clock()
            self.lake.replace(account_id, ORDER_ITEMS, list(heirs), lambda rows: moves.lines(rows, now))
        self.lake.replace(account_id, EVENTS, list(heirs), moves.events)
        self.lake.replace(account_id, OBJECT_RECORDS, list(heirs), moves.records)
        self.lake.replace(account_id, PROFILE_HISTORY, list(heirs), _nothing)
        self.lake.replace(account_id, SEGMENT_LOG, list(heirs), _nothing)

    def _any_to_move(self, account_id: str, moves: moving.Moves) -> bool:
        """Would a replacement of order lines change anything? (Not if all that is left waits for its events.)"""
        rows = self.lake.read(account_id, ORDER_ITEMS, list(moves.heirs), ["profile_no", "event_id", "received_at"])
        return not moves.lines(rows, self.clock()).equals(rows)

    def bearing(self, account_id: str, numbers: Collection[int]) -> set[int]:
        """Those of the profiles that some row of any table bears: the proof that one is gone."""
        found: set[int] = set()
        for chunk in _chunks(list(numbers)):
            for table in TABLES:
                found.update(self.lake.read(account_id, table, chunk, ["profile_no"])["profile_no"].unique().to_pylist())
        return found


def _nothing(rows: pa.Table) -> pa.Table:
    return rows.slice(0, 0)


def _chunks(numbers: Sequence[int]) -> list[Sequence[int]]:
    return [numbers[i : i + _PROFILES] for i in range(0, len(numbers), _PROFILES)]
