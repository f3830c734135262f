"""Lanes and backlogs of webhooks on DynamoDB and Secrets Manager (the emulator's): the same as on SQLite."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from cdp import connect
from cdp.ports import Table
from tests.contract.ports.conftest import make_dynamo_table
from tests.contract.rooms.conftest import StrictTable
from tests.e2e.embedded.endpoints import Endpoints
from tests.unit.deliveries.conftest import Post, receiver  # noqa: F401 - a fixture
from tests.unit.deliveries.test_backlog import (  # noqa: F401 - run here too
    test_an_entry_without_all_its_parts_is_none,
    test_entries_of_any_size_come_back_as_they_were,
    test_to_the_dead_letters_and_back,
    test_what_waits_already_is_not_written_again,
)
from tests.unit.deliveries.test_turn import (  # noqa: F401 - run here too
    test_410_disables_at_once,
    test_a_message_that_comes_again_holds_its_lane_still,
    test_dead_letters_come_back_in_their_old_places,
    test_endpoints_in_error_share_a_few_places,
    test_it_is_the_same_delivery_every_time,
    test_no_wake_up_is_lost_between_many_at_once,
    test_of_a_deleted_webhook_nothing_stays,
    test_what_a_turn_has_learnt_survives_that_somebody_comes_by,
    test_who_finds_the_lane_held_leaves_word,
)


@pytest.fixture
def table(emulator: str) -> Table:
    name = f"documents-{uuid.uuid4().hex[:12]}"
    make_dynamo_table(name)
    return StrictTable(connect.table(f"dynamodb://{name}"))


@pytest.fixture
def post(table: Table, tmp_path: Path, receiver: Endpoints) -> Post:  # noqa: F811 - the fixture
    made = Post(tmp_path, receiver, table, connect.secrets(f"secretsmanager://{uuid.uuid4().hex[:12]}"))
    made.create()
    return made
