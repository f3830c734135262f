from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cdp import connect, events
from cdp.events.scheduled import Scheduled
from cdp.ports import Queue
from cdp.spec import FunctionSpec, Inbox, Schedule
from infra.embedded import values
from infra.embedded.schedule import Clockwork, rate

START = datetime(2026, 5, 1, 10, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Settings:
    pass


def room(*schedules: Schedule) -> FunctionSpec:
    return FunctionSpec("r", "", Settings, inbox=Inbox(), schedules=schedules)


def clock(data: Path, *schedules: Schedule) -> Clockwork:
    return Clockwork(data, [room(*schedules)], lambda name: inbox(data, name))


def inbox(data: Path, name: str = "r") -> Queue:
    return connect.queue(values.queue(data, name))


def test_due_jobs_are_sent_once(tmp_path: Path) -> None:
    ticking = clock(tmp_path, Schedule("hourly", rate="1 hour"), Schedule("nightly", cron="0 2 * * ? *"))
    assert ticking.tick(START) == []
    assert ticking.tick(START + timedelta(minutes=59)) == []
    assert ticking.tick(START + timedelta(minutes=60)) == ["hourly"]
    assert ticking.tick(START + timedelta(minutes=61)) == []
    sent = [events.decode(delivery.body) for delivery in inbox(tmp_path).receive(10, visibility_s=10)]
    assert sent == [Scheduled("hourly")]


def test_a_restart_neither_repeats_nor_forgets(tmp_path: Path) -> None:
    hourly = Schedule("hourly", rate="1 hour")
    clock(tmp_path, hourly).tick(START)
    assert clock(tmp_path, hourly).tick(START + timedelta(minutes=30)) == []
    assert clock(tmp_path, hourly).tick(START + timedelta(hours=1)) == ["hourly"]
    assert clock(tmp_path, hourly).tick(START + timedelta(hours=1, minutes=1)) == []


def test_missed_runs_are_made_up_once(tmp_path: Path) -> None:
    hourly = Schedule("hourly", rate="1 hour")
    clock(tmp_path, hourly).tick(START)
    later = clock(tmp_path, hourly)
    assert later.tick(START + timedelta(days=3)) == ["hourly"]
    assert later.tick(START + timedelta(days=3, minutes=59)) == []
    assert later.tick(START + timedelta(days=3, minutes=60)) == ["hourly"]


def test_a_changed_schedule_starts_anew(tmp_path: Path) -> None:
    clock(tmp_path, Schedule("job", rate="1 hour")).tick(START)
    changed = clock(tmp_path, Schedule("job", rate="5 minutes"))
    assert changed.tick(START + timedelta(minutes=10)) == []
    assert changed.tick(START + timedelta(minutes=15)) == ["job"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 hour", timedelta(hours=1)),
        ("rate(15 minutes)", timedelta(minutes=15)),
        ("2 days", timedelta(days=2)),
    ],
)
def test_rates(text: str, expected: timedelta) -> None:
    assert rate(text) == expected


@pytest.mark.parametrize("text", ["", "0 hours", "1 week", "hour"])
def test_wrong_rates_fail_when_the_clock_is_made(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match="not a rate"):
        clock(tmp_path, Schedule("job", rate=text))
