"""Webhooks on DynamoDB and Secrets Manager (the emulator's): the same as on SQLite and in a file."""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from functions.webhooks.settings import Settings
from tests.contract.ports.conftest import make_dynamo_table
from tests.unit.webhooks.conftest import Room, room_of
from tests.unit.webhooks.conftest import settings as settings
from tests.unit.webhooks.test_at_once import (  # noqa: F401 - run here too
    test_whoever_is_last_leaves_the_right_listeners,
)
from tests.unit.webhooks.test_replays import (  # noqa: F401 - run here too
    dead,
    test_how_it_fares,
    test_listed_in_the_order_of_the_events,
    test_some_are_replayed_in_their_places,
    test_who_is_erased_is_in_no_backlog,
)
from tests.unit.webhooks.test_secrets import (  # noqa: F401 - run here too
    test_a_rotation,
    test_what_a_half_done_deletion_leaves_is_deleted_by_the_next,
)
from tests.unit.webhooks.test_test_calls import (  # noqa: F401 - run here too
    near,
    receiver,
    test_during_a_rotation_both_secrets_sign,
    test_the_log_newest_first_over_pages,
)
from tests.unit.webhooks.test_topics import test_who_is_told_of_what  # noqa: F401 - run here too
from tests.unit.webhooks.test_webhooks import (  # noqa: F401 - run here too
    test_changed,
    test_it_listens_while_it_is_enabled,
    test_topics_are_included_and_fields_are_sparse,
)


@pytest.fixture
def room(emulator: str, settings: Settings, tmp_path: Path) -> Room:
    name = f"documents-{uuid.uuid4().hex[:12]}"
    make_dynamo_table(name)
    on_aws = replace(settings, table=f"dynamodb://{name}", secrets=f"secretsmanager://{name}")
    return room_of(on_aws, tmp_path)
