from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.monitors.orders import orders
from tests.unit.monitors.room import Room


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path)
    yield made
    made.engine.close()


@pytest.fixture
def metric_id(room: Room) -> str:
    return orders(room)
