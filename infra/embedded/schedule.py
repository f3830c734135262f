"""The clock of one machine: puts `Scheduled(job)` into inboxes when a schedule of a spec is due.

Due times are kept in SQLite, so a restart neither repeats nor forgets a run; after an outage a missed run is
made up once, however many were missed. A crash between sending and noting it repeats a run: jobs bear that.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cdp import events
from cdp.adapters.embedded.sqlite import Database, passing_faults
from cdp.events.scheduled import Scheduled
from cdp.ports import Queue
from cdp.spec import FunctionSpec, Schedule
from infra.embedded.cron import Cron

log = logging.getLogger("regulars.schedule")

_SCHEMA = "CREATE TABLE IF NOT EXISTS due (room TEXT, job TEXT, rule TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (room, job))"
_RATE = re.compile(r"(?:rate\()?(\d+) (minute|hour|day)s?\)?")


def next_time(schedule: Schedule, after: datetime) -> datetime:
    """The first due time later than `after` (UTC)."""
    if schedule.cron is not None:
        return Cron.parse(schedule.cron).next(after)
    return after + rate(schedule.rate or "")


def rate(text: str) -> timedelta:
    """ "15 minutes" -> timedelta, in the words of EventBridge."""
    found = _RATE.fullmatch(text)
    if not found or int(found.group(1)) < 1:
        raise ValueError(f"{text!r} is not a rate like '15 minutes'")
    return timedelta(**{f"{found.group(2)}s": int(found.group(1))})


class Clockwork:
    """All schedules of all rooms. `tick` is called about once a second."""

    def __init__(self, data: Path, specs: Iterable[FunctionSpec], queue_of: Callable[[str], Queue]) -> None:
        self._db = Database(f"{data}/schedules.db", _SCHEMA)
        self._queue_of = queue_of
        self._schedules = [(spec.name, schedule) for spec in specs for schedule in spec.schedules]
        for _, schedule in self._schedules:
            next_time(schedule, datetime.now(UTC))  # a wrong expression fails here, not at night

    def tick(self, now: datetime) -> list[str]:
        """Send what is due; the names of the jobs sent."""
        sent = []
        for room, schedule in self._schedules:
            due = self._due(room, schedule, now)
            if due > now:
                continue
            log.info("%s: %s is due", room, schedule.name)
            self._queue_of(room).send([events.encode(Scheduled(schedule.name))])
            self._note(room, schedule, next_time(schedule, now))
            sent.append(schedule.name)
        return sent

    def _due(self, room: str, schedule: Schedule, now: datetime) -> datetime:
        """The stored due time; a schedule that is new or was changed starts from now."""
        stored = "SELECT at FROM due WHERE room = ? AND job = ? AND rule = ?"
        with passing_faults():
            row = self._db.connection.execute(stored, (room, schedule.name, _rule(schedule))).fetchone()
        if row:
            return datetime.fromisoformat(row[0])
        due = next_time(schedule, now)
        self._note(room, schedule, due)
        return due

    def _note(self, room: str, schedule: Schedule, due: datetime) -> None:
        with self._db.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO due VALUES (?, ?, ?, ?)",
                (room, schedule.name, _rule(schedule), due.isoformat()),
            )


def _rule(schedule: Schedule) -> str:
    return schedule.cron or schedule.rate or ""
