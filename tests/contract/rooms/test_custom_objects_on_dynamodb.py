"""Custom objects on DynamoDB (the emulator's): the same pages, jobs and owners as on SQLite."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.contract.ports.conftest import make_dynamo_table
from tests.unit.custom_objects.conftest import Room, make_room
from tests.unit.custom_objects.test_faults import test_an_older_job_undoes_nothing  # noqa: F401 - run here too
from tests.unit.custom_objects.test_ingesting import (  # noqa: F401 - run here too
    source,
    test_a_deleted_type_takes_its_records_with_it,
    test_a_record_waits_for_its_person,
    test_bad_records_fail_alone_and_are_logged,
    test_records_of_a_merged_profile_are_its_successors,
    test_the_sweep_finds_people_that_were_missed,
    type_id,
)
from tests.unit.custom_objects.test_over_http import (  # noqa: F401 - run here too
    test_a_data_source,
    test_data_sources_over_pages,
    test_ingestion_logs_over_pages,
    test_object_records_over_pages,
)


@pytest.fixture
def room(emulator: str, tmp_path: Path) -> Room:
    name = f"documents-{uuid.uuid4().hex[:12]}"
    make_dynamo_table(name)
    return make_room(tmp_path, f"dynamodb://{name}")


def test_a_job_as_large_as_may_be(room: Room, source: str, type_id: str) -> None:  # noqa: F811
    """Each record and its history are an item each, within 400 KB; a larger one is logged."""
    rows: list[Any] = [{"id": f"r{i}", "name": "x" * 295_000} for i in range(8)]
    room.take(source, *rows, {"id": "big", "name": "x" * 301_000})
    assert len(room.records(type_id)) == 8
    (log,) = room.logs(type_id)
    assert log["attributes"]["errors"][0]["code"] == "too_large"
