"""The monitors room on DynamoDB (the emulator's): the same alerts, logs and lists as on SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cdp.ports import Table
from tests.unit.monitors import test_alerts, test_http, test_life_cycle
from tests.unit.monitors.orders import orders
from tests.unit.monitors.room import Room


@pytest.fixture
def room(table: Table, tmp_path: Path) -> Iterator[Room]:
    """On a table that refuses what DynamoDB would."""
    made = Room(tmp_path, table=table)
    yield made
    made.engine.close()


def test_the_life_of_an_alert(room: Room) -> None:
    test_life_cycle.test_an_alert_opens_stays_and_closes(room)


def test_the_end_of_monitors(room: Room) -> None:
    test_life_cycle.test_a_monitor_that_is_disabled_or_deleted_closes_its_alert(room)


def test_what_was_cut_short(room: Room) -> None:
    test_life_cycle.test_what_was_cut_short_is_told_by_the_next_run(room)


def test_lists(room: Room) -> None:
    test_http.test_monitors_are_listed_filtered_and_sorted(room, orders(room))


def test_logs(room: Room) -> None:
    test_alerts.test_a_long_log_is_paged(room, orders(room))
