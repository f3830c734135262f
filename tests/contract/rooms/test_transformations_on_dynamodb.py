"""The transform room on DynamoDB (the emulator's): the same writes, back-fills and refusals as on SQLite."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from functions.transform import backfill
from tests.contract.ports.conftest import make_dynamo_table
from tests.unit.transform import test_applying, test_backfill, test_operations
from tests.unit.transform.conftest import Room, make_room


@pytest.fixture
def room(emulator: str, tmp_path: Path) -> Room:
    name = f"documents-{uuid.uuid4().hex[:12]}"
    make_dynamo_table(name)
    return make_room(tmp_path, f"dynamodb://{name}")


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backfill, "CHUNK", 10)
    monkeypatch.setattr(backfill, "CHUNKS_PER_MESSAGE", 3)


def test_writes(room: Room) -> None:
    test_applying.test_merge_then_format_then_standardize(room)


def test_operations_on_profiles(room: Room) -> None:
    test_applying.test_the_profile_operations(room)


def test_a_back_fill(room: Room) -> None:
    test_backfill.test_existing_profiles_are_transformed_in_chunks(room)


def test_two_workers(room: Room) -> None:
    test_backfill.test_two_workers_do_not_both_go_on(room)


def test_one_of_a_method_per_property(room: Room) -> None:
    test_operations.test_one_of_a_method_per_property(room)


def test_two_changes_at_once(room: Room) -> None:
    test_operations.test_two_changes_at_once_do_not_undo_each_other(room)


def test_deleting(room: Room) -> None:
    test_operations.test_deleting_leaves_what_was_written(room)
