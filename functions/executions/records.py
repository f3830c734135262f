"""Keeps what came of runs: every one is counted; so many a minute have a record of their own."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from cdp.documents import function_letters, function_runs
from cdp.documents.function_runs import Day, Run
from cdp.ports import Table
from functions.executions.verdicts import Verdict

log = logging.getLogger("regulars.executions")
MOST_OK = 120  # a function, a minute and a process: runs that went well
MOST_OTHER = 600  # the rest


class _Minute(NamedTuple):
    minute: int
    ok: int
    other: int


class Budget:
    """Which runs get a record. What goes wrong never waits behind what goes well."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._used: dict[str, _Minute] = {}

    def choose(self, name: str, runs: Sequence[Run], now: datetime) -> list[Run]:
        """`name` is the function's, with its account's."""
        ok = [one for one in runs if one.status == "ok"]
        other = [one for one in runs if one.status != "ok"]
        minute = int(now.timestamp()) // 60
        with self._lock:
            used = self._used.get(name)
            if used is None or used.minute != minute:
                self._used = {key: at for key, at in self._used.items() if at.minute == minute}
                used = _Minute(minute, 0, 0)
            ok, other = ok[: MOST_OK - used.ok], other[: MOST_OTHER - used.other]
            self._used[name] = _Minute(minute, used.ok + len(ok), used.other + len(other))
        return ok + other


class Records:
    """Of what this process runs."""

    def __init__(self, table: Table) -> None:
        self._table, self._budget = table, Budget()

    def keep(self, account_id: str, function_id: str, verdicts: Sequence[Verdict], now: datetime) -> None:
        """Letters first: they are what must not be missing."""
        lost = self._letters(account_id, function_id, verdicts)
        runs = [one.run for one in verdicts]
        recorded = self._budget.choose(f"{account_id}/{function_id}", runs, now)
        day = Day(
            now.date(),
            dict(Counter[str](one.status for one in runs)),
            len(runs) - len(recorded),
            sum(one.duration_ms for one in runs),
            max((one.duration_ms for one in runs), default=0.0),
            lost,
        )
        function_runs.save(self._table, account_id, function_id, recorded, day)

    def _letters(self, account_id: str, function_id: str, verdicts: Sequence[Verdict]) -> int:
        """How many there was no room for. What the platform itself refused always has room."""
        letters = [(letter, one.trigger.event) for one in verdicts if (letter := one.letter)]
        refused = [pair for pair in letters if pair[0].status == "refused"]
        dead = [pair for pair in letters if pair[0].status != "refused"]
        lost = function_letters.save(self._table, account_id, function_id, refused, None)
        lost += function_letters.save(self._table, account_id, function_id, dead, function_letters.MOST_A_DAY)
        if letters:
            log.warning("%d event(s) of function %s of account %s became dead letters", len(letters), function_id, account_id)
        return lost
