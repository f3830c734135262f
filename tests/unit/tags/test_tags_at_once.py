"""Tags written by several at the same moment: names, places and groups stay sound."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cdp import connect
from cdp.documents import lists, tags
from cdp.documents.tags import GROUPS, TAGS
from cdp.errors import CdpError
from cdp.ports import Table
from functions.tags import writing
from tests.unit.lists.conftest import ACCOUNT, NOW

ROUNDS, WRITERS = 5, 4


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return connect.table(f"sqlite://{tmp_path}/documents.db")


def at_once(*calls: Callable[[], object]) -> list[object]:
    """What each call gave, or the error that refused it."""

    def outcome(call: Callable[[], object]) -> object:
        try:
            return call()
        except CdpError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(outcome, calls))


def test_a_name_goes_to_one(table: Table) -> None:
    for n in range(ROUNDS):
        name = f"summer {n}"
        found = at_once(*[lambda name=name: writing.create_tag(table, ACCOUNT, name, None, NOW)] * WRITERS)
        assert sum(isinstance(one, tags.Tag) for one in found) == 1
        assert len(TAGS.called(table, ACCOUNT, name)) == 1
    assert len(GROUPS.page(table, ACCOUNT, "id")) == 1


def test_an_exclusive_place_goes_to_one(table: Table) -> None:
    group = writing.create_group(table, ACCOUNT, "Seasons", True, NOW)
    made = [writing.create_tag(table, ACCOUNT, f"tag {n}", group.id, NOW) for n in range(WRITERS)]
    for n in range(ROUNDS):
        id_ = lists.create(table, ACCOUNT, f"list {n}", "single_opt_in", NOW).id
        found = at_once(
            *(lambda tag=tag: tags.attach(table, ACCOUNT, "list", id_, tag, group) for tag in made)  # noqa: B023
        )
        assert sorted(found, key=bool) == [False] * (WRITERS - 1) + [True]
        (borne,) = tags.of(table, ACCOUNT, "list", id_)
        assert borne == made[found.index(True)]


def test_a_group_that_is_deleted_leaves_no_tag(table: Table) -> None:
    for n in range(ROUNDS):
        group = writing.create_group(table, ACCOUNT, f"group {n}", False, NOW)
        makers = [
            lambda n=n, i=i, id_=group.id: writing.create_tag(table, ACCOUNT, f"tag {n} {i}", id_, NOW)
            for i in range(WRITERS)
        ]
        found = at_once(*makers, lambda id_=group.id: writing.delete_group(table, ACCOUNT, id_, NOW))
        if isinstance(found[-1], CdpError):  # others kept changing it
            writing.delete_group(table, ACCOUNT, group.id, NOW)
        assert tags.tags_of_group(table, ACCOUNT, group.id) == []
        assert GROUPS.get(table, ACCOUNT, group.id) is None
    assert list(TAGS.all(table, ACCOUNT)) == []
