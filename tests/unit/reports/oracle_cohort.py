"""Cohorts the slow way: person by person, event by event."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tests.unit.reports.oracles import Happened


@dataclass
class Cohort:
    size: int = 0
    initial: int = 0  # cents
    people: list[tuple[int, Happened, list[Happened]]] = field(default_factory=list)


def week_start(day: date, monday: bool) -> date:
    while day.isoweekday() != (1 if monday else 7):
        day -= timedelta(days=1)
    return day


def month_start(day: date) -> date:
    return date(day.year, day.month, 1)


def steps_between(first: date, later: date, start_of: Callable[[date], date]) -> int:
    """How many intervals lie between two starts."""
    steps, day = 0, first
    while day < later:
        day += timedelta(days=1)
        steps += start_of(day) == day
    return steps


def cohorts(
    log: Sequence[Happened],
    starts: Sequence[date],
    start_of: Callable[[date], date],
    local_day: Callable[[datetime], date],
    now: datetime,
    *,
    entering: int,
    within_period: bool,
    reporting: int,
    first_only: bool,
) -> dict[date, tuple[Cohort, list[tuple[int, int, int, int] | None]]]:
    """Cohort by start, with (events, people, cents, people up to here) a column; None: not begun."""
    seen = sorted((e for e in log if e.at <= now), key=lambda e: (e.at, e.number))
    found = {start: Cohort() for start in starts}
    for profile in {e.profile for e in seen}:
        own = [e for e in seen if e.profile == profile]
        entries = [e for e in own if e.metric == entering]
        if within_period:
            entries = [e for e in entries if start_of(local_day(e.at)) in found]
        if not entries or start_of(local_day(entries[0].at)) not in found:
            continue
        entry = entries[0]
        reported = [e for e in own if e.metric == reporting]
        if first_only:
            reported = reported[:1]
        later = [e for e in reported if e.at >= entry.at and e is not entry]
        cohort = found[start_of(local_day(entry.at))]
        cohort.size += 1
        cohort.initial += entry.cents or 0
        cohort.people.append((profile, entry, later))
    running = start_of(local_day(now))
    answer = {}
    for start, cohort in found.items():
        columns: list[tuple[int, int, int, int] | None] = []
        day, so_far = start, set()
        for _ in starts:
            if day > running:
                columns.append(None)
                continue
            here = [(p, e) for p, _, later in cohort.people for e in later if start_of(local_day(e.at)) == day]
            people = {p for p, _ in here}
            so_far |= people
            columns.append((len(here), len(people), sum(e.cents or 0 for _, e in here), len(so_far)))
            day += timedelta(days=1)
            while start_of(day) != day:
                day += timedelta(days=1)
        answer[start] = (cohort, columns)
    return answer
