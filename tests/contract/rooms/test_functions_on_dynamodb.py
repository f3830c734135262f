"""How functions are run, on DynamoDB and Secrets Manager (the emulator's): the same as on SQLite and in a file."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from cdp import connect
from tests.contract.ports.conftest import make_dynamo_table
from tests.unit.executions.conftest import Desk, open_desk
from tests.unit.executions.test_dispatcher import (  # noqa: F401 - run here too
    test_a_run_is_recorded_with_all_that_it_said,
    test_all_functions_of_an_account_have_one_key_also_in_another_process,
    test_an_exception_is_a_dead_letter_at_once_and_can_be_replayed,
    test_the_sandbox_is_told_everything_it_needs,
)
from tests.unit.executions.test_records import (  # noqa: F401 - run here too
    test_a_letter_that_is_written_anew_while_it_is_replayed_stays,
    test_logs_at_their_limit_fit_into_a_record,
    test_runs_and_letters_are_paged_from_the_newest,
)
from tests.unit.executions.test_waiting import (  # noqa: F401 - run here too
    test_a_lease_that_is_renewed_goes_on_and_one_that_was_lost_stays_lost,
    test_a_long_message_waits_whole,
    test_a_slot_is_held_by_one_and_free_again_when_its_lease_is_over,
    test_one_that_is_being_put_back_is_not_put_back_twice,
)


@pytest.fixture
def desk(emulator: str, tmp_path: Path) -> Desk:
    name = f"documents-{uuid.uuid4().hex[:12]}"
    make_dynamo_table(name)
    return open_desk(tmp_path, connect.table(f"dynamodb://{name}"), connect.secrets(f"secretsmanager://{name}"))
