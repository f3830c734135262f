"""The functions' API on DynamoDB and Secrets Manager (the emulator's): the same as on SQLite and in a file."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from tests.contract.ports.conftest import make_dynamo_table
from tests.unit.code.conftest import Room, make_room
from tests.unit.code.test_functions import (  # noqa: F401 - run here too
    test_a_large_environment_takes_several_secrets,
    test_a_name_is_one_functions,
    test_functions_are_listed_page_by_page,
    test_the_code_comes_back_as_it_was_sent,
)
from tests.unit.code.test_publishing import (  # noqa: F401 - run here too
    test_every_change_of_the_code_makes_a_version,
    test_publish_and_roll_back,
    test_several_at_once_leave_the_listeners_right,
)


@pytest.fixture
def room(emulator: str, tmp_path: Path) -> Room:
    name = f"documents-{uuid.uuid4().hex[:12]}"
    make_dynamo_table(name)
    return make_room(tmp_path, f"dynamodb://{name}", f"secretsmanager://{name}")
