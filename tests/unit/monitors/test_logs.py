"""The log of any row of nights is the runs of those on which the rule held."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.monitors.calendar import due_at
from tests.unit.monitors.room import Room
from tests.unit.query.files import event

ZONE = ZoneInfo("Europe/Berlin")
FIRST = date(2036, 3, 27)  # clocks change on the 30th
_no = itertools.count()


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    with TemporaryDirectory() as folder:
        made = Room(Path(folder))
        yield made
        made.engine.close()


def night(day: int) -> datetime:
    return due_at(FIRST + timedelta(days=day), ZONE)


@settings(max_examples=12, deadline=None)
@given(
    counts=st.lists(st.sampled_from([0, 1, 2]), min_size=1, max_size=7),
    nights=st.lists(st.tuples(st.integers(0, 7), st.integers(1, 2)), min_size=1, max_size=8),
)
def test_the_log_is_the_runs_of_nights_that_held(room: Room, counts: list[int], nights: list[tuple[int, int]]) -> None:
    """Nights come in any order, some twice, some not at all; those older than what has been seen say nothing."""
    metric = room.metric(f"Metric {next(_no)}")
    noon = datetime(FIRST.year, FIRST.month, FIRST.day, 12, tzinfo=UTC)
    room.store([event(1, noon - timedelta(days=30), metric_id=metric.no)])  # so that 0 is a figure
    room.store([
        event(100 + 10 * day + n, noon + timedelta(days=day - 1), metric_id=metric.no)
        for day, count in enumerate(counts) for n in range(count)
    ])  # fmt: skip
    made = room.make("metric", metric.id, {"metric": "total_events", "relation": "greater-or-equal", "value": 1})
    room.told()
    for day, times in nights:
        for _ in range(times):
            room.run(night(day))

    expected: list[dict[str, Any]] = []
    latest = -1
    told = []
    for day in (day for day, times in nights for _ in range(times)):
        if day < latest:
            continue
        holds = day < len(counts) and counts[day] > 0
        is_open = bool(expected) and expected[-1]["status"] == "open"
        if holds and not is_open:
            expected.append({"status": "open", "first_seen": day, "times_seen": 0})
            told.append(True)
        elif is_open and not holds:
            expected[-1]["status"] = "closed"
            told.append(False)
        if holds:
            expected[-1]["times_seen"] += day != latest or expected[-1]["times_seen"] == 0
            expected[-1]["last_seen"] = day
        latest = day

    log = room.call.get(f"/api/monitors/{made.data['id']}/alerts").data
    found = [{name: one["attributes"][name] for name in ("status", "first_seen", "last_seen", "times_seen")} for one in log]
    for one in expected:
        one.update({name: night(one[name]).isoformat() for name in ("first_seen", "last_seen")})
    assert found == expected
    assert [one.opened for one in room.told()] == told
    assert room.call("DELETE", f"/api/monitors/{made.data['id']}").status == 204
