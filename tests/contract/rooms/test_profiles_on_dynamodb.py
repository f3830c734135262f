"""The profile room on DynamoDB (the emulator's): the same listings, writes and imports as on SQLite."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from tests.contract.ports.conftest import make_dynamo_table
from tests.unit.calls import pages
from tests.unit.profiles import test_consents, test_erasing, test_importing, test_merging, test_writing
from tests.unit.profiles.conftest import Room, make_room
from tests.unit.profiles.test_listing import N, external_ids, make_crowd


def dynamo_room(folder: Path) -> Room:
    name = f"documents-{uuid.uuid4().hex[:12]}"
    make_dynamo_table(name)
    return make_room(folder, f"dynamodb://{name}")


@pytest.fixture(scope="module")
def crowd(emulator: str, tmp_path_factory: pytest.TempPathFactory) -> Room:
    return make_crowd(dynamo_room(tmp_path_factory.mktemp("crowd")))


@pytest.fixture
def room(emulator: str, tmp_path: Path) -> Room:
    return dynamo_room(tmp_path)


@pytest.mark.parametrize(
    "sort", ["created", "-created", "updated", "-updated", "email", "-email", "id", "-id"]
)
def test_every_order_forward_and_back(crowd: Room, sort: str) -> None:
    found = pages(crowd.caller, "/api/profiles", sort=sort, **{"page[size]": "7"})
    assert sorted(external_ids(found)) == sorted(f"x{i}" for i in range(N))
    back = [crowd.caller.get(found[-1].document["links"]["prev"])]
    while previous := back[-1].document["links"]["prev"]:
        back.append(crowd.caller.get(previous))
    assert [page.data for page in reversed(back)] == [page.data for page in found[:-1]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("any(external_id,['x4','x9','nobody'])", ["x4", "x9"]),
        ("greater-than(created,2026-01-23T00:00:00Z)", ["x23", "x24"]),
        ("and(less-or-equal(created,2026-01-02),greater-than(created,2026-01-01))", ["x1"]),
        ("greater-than(updated,2026-04-09)", ["x1", "x0"]),
        ("equals(subscriptions.email.marketing.suppression.reason,'UNSUBSCRIBE')", ["x3"]),
        ("less-or-equal(subscriptions.email.marketing.suppression.timestamp,2026-02-08)", ["x3", "x8"]),
    ],
)
def test_filters(crowd: Room, text: str, expected: list[str]) -> None:
    assert external_ids(pages(crowd.caller, "/api/profiles", filter=text, **{"page[size]": "1"})) == expected


def test_a_cursor_outside_the_filters_range_is_no_fault(crowd: Room) -> None:
    first = crowd.caller.get("/api/profiles", **{"page[size]": "5"})
    following = first.document["links"]["next"]
    for text in ("greater-than(created,2026-01-20)", "less-than(created,2026-01-02)"):
        answer = crowd.caller.get("/api/profiles", filter=text, **{"page[cursor]": following})
        assert answer.status == 200, answer.document


def test_writes(room: Room) -> None:
    test_writing.test_a_taken_identifier_is_409_with_its_owner(room)


def test_cleared_identifiers_are_free_again(room: Room) -> None:
    test_writing.test_null_clears_and_absence_leaves(room)


def test_further_addresses(room: Room) -> None:
    test_writing.test_patch_identifiers_adds_and_takes_away_addresses(room)


def test_an_import(room: Room) -> None:
    test_importing.test_bad_rows_fail_alone_with_a_pointer(room)


def test_jobs(room: Room) -> None:
    test_importing.test_jobs_are_listed_by_time_and_status(room)


def test_a_merge(room: Room) -> None:
    test_merging.test_everything_of_the_source_is_the_destinations(room)


def test_a_merge_of_many_identifiers(room: Room) -> None:
    test_merging.test_many_identifiers_come_along_and_go_on_pointing_there(room)


def test_lists_of_consents(room: Room) -> None:
    test_consents.test_a_list_is_joined_and_left_with_it(room)


def test_suppressions_of_lists(room: Room) -> None:
    test_consents.test_everybody_in_a_list_is_suppressed(room)


def test_push_tokens_and_all_channels(room: Room) -> None:
    test_consents.test_all_channels(room)


def test_a_privacy_deletion(room: Room) -> None:
    test_erasing.test_whoever_was_merged_into_somebody_is_that_somebody(room)
