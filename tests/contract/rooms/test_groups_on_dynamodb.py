"""Lists, tags and segments on DynamoDB (the emulator's): the same orders, filters and members as on SQLite."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from cdp import connect
from cdp.adapters.embedded.queue import SqliteBus
from cdp.documents import lists
from cdp.ports import Table
from functions.lists import handler as list_room
from functions.lists.settings import Settings as ListSettings
from functions.tags import handler as tag_room
from functions.tags.settings import Settings as TagSettings
from tests.contract.ports.conftest import make_dynamo_table
from tests.contract.rooms.conftest import StrictTable
from tests.unit.calls import Caller
from tests.unit.lists import test_listing, test_lists, test_members
from tests.unit.lists.conftest import ACCOUNT, NOW, Room
from tests.unit.tags import test_tags


@pytest.fixture
def locator(emulator: str) -> str:
    name = f"documents-{uuid.uuid4().hex[:12]}"
    make_dynamo_table(name)
    return f"dynamodb://{name}"


@pytest.fixture
def table(locator: str, monkeypatch: pytest.MonkeyPatch) -> Table:
    """The rooms' table too."""
    plain = connect.table
    monkeypatch.setattr(connect, "table", lambda at: StrictTable(plain(at)))
    return connect.table(locator)


@pytest.fixture
def room(table: Table, locator: str, tmp_path: Path) -> Room:
    queues = f"sqlite://{tmp_path}/queues.db"
    SqliteBus(f"{tmp_path}/queues.db").set_rules({"MembershipsChanged": ["listener"]})
    settings = ListSettings(locator, "memory:", queues, f"{queues}#lists", rate_limit_factor=0)
    return Room(settings, Caller(list_room.http(settings), list_room.SPEC, ACCOUNT))


def test_lists_in_every_order(room: Room) -> None:
    filled = test_listing.filled.__wrapped__(room)  # type: ignore[attr-defined]
    for sort in test_listing.ORDERS:
        test_listing.test_pages_in_every_order(room, filled, sort)
    test_listing.test_tags_are_shown_and_included(room, filled)


def test_members_join_and_leave(room: Room) -> None:
    test_members.test_profiles_join_and_leave(room)


def test_a_deleted_list(room: Room) -> None:
    test_lists.test_a_deleted_list_is_gone_with_its_members_and_tags(room)


@pytest.fixture
def tagging(table: Table, locator: str) -> test_tags.Room:
    settings = TagSettings(locator, "memory:", rate_limit_factor=0)
    return test_tags.Room(tag_room.http(settings), tag_room.SPEC, ACCOUNT)


def test_exclusive_tags(tagging: test_tags.Room, table: Table) -> None:
    made = [lists.create(table, ACCOUNT, f"list {n}", "single_opt_in", NOW).id for n in range(3)]
    test_tags.test_one_tag_of_an_exclusive_group_on_a_list(tagging, table, made)


def test_a_deleted_group_of_tags(tagging: test_tags.Room, table: Table) -> None:
    made = [lists.create(table, ACCOUNT, f"list {n}", "single_opt_in", NOW).id for n in range(3)]
    test_tags.test_a_deleted_group_takes_its_tags_along(tagging, table, made)


@pytest.mark.parametrize("sort", ["name", "-id"])
def test_pages_of_tags(tagging: test_tags.Room, table: Table, sort: str) -> None:
    test_tags.test_tags_in_pages_in_every_order(tagging, table, sort)
