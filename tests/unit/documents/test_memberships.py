"""Memberships against a dictionary: whatever is done to them, and in the log that reaches the lake."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.adapters.embedded.engine import local_duckdb
from cdp.adapters.embedded.lake import local_lake
from cdp.adapters.embedded.table import SqliteTable
from cdp.documents import memberships, outbox
from cdp.errors import Unavailable
from cdp.ports import Operation, Table
from cdp.query.sql import select

START = datetime(2026, 3, 1, tzinfo=UTC)
GROUPS, PEOPLE = ("AAAAAA", "BBBBBB"), (1, 2, 3)
LATEST = """
SELECT group_id, profile_no, action, occurred_at FROM (
    SELECT group_id, profile_no, action, occurred_at,
        row_number() OVER (PARTITION BY group_id, profile_no ORDER BY logged_at DESC) AS place
    FROM segment_log
) AS entries WHERE place = 1
"""
steps = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["join", "leave"]), st.sampled_from(GROUPS), st.lists(st.sampled_from(PEOPLE))),
        st.tuples(st.just("move"), st.sampled_from(PEOPLE), st.sampled_from(PEOPLE)),
        st.tuples(st.just("remove"), st.sampled_from(PEOPLE), st.none()),
    ),
    max_size=12,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("memberships")


_accounts = (f"ACC{n:03d}" for n in range(1000))


@given(steps)
@settings(max_examples=15, deadline=None)
def test_they_are_as_a_dictionary_says(folder: Path, steps: list[tuple[str, object, object]]) -> None:
    table, account = SqliteTable(f"{folder}/documents.db"), next(_accounts)
    expected: dict[tuple[str, int], datetime] = {}
    gone: set[int] = set()
    for number, (what, first, second) in enumerate(steps):
        at = START + timedelta(hours=number)
        if what in ("join", "leave"):
            second = [no for no in second if no not in gone]
        elif first in gone or second in gone:
            continue
        if what == "join":
            new = [no for no in dict.fromkeys(second) if (first, no) not in expected]
            assert memberships.join(table, account, first, second, at) == new
            expected |= {(first, no): at for no in new}
        elif what == "leave":
            held = [no for no in dict.fromkeys(second) if (first, no) in expected]
            assert memberships.leave(table, account, first, second, at) == held
            for no in held:
                del expected[first, no]
        elif what == "move" and first != second:
            groups = {group for group, no in expected if no == first}
            assert set(memberships.move(table, account, first, second, at)) == groups
            for group in groups:
                joined = expected.pop((group, first))
                expected[group, second] = min(joined, expected.get((group, second), joined))
            gone.add(first)  # `rewrite` drops its rows of the log
        elif what == "remove":
            memberships.remove_all(table, account, first)
            expected = {pair: at for pair, at in expected.items() if pair[1] != first}
            gone.add(first)
    assert _by_group(table, account) == expected
    assert {
        (group, no): at for no in PEOPLE for group, at in memberships.of_profile(table, account, no).items()
    } == expected
    for group in GROUPS:
        assert memberships.count(table, account, group) == sum(1 for one, _ in expected if one == group)
    logged = _logged(folder, table, account)
    assert {pair: at for pair, at in logged.items() if pair[1] not in gone} == expected


def _by_group(table: Table, account: str) -> dict[tuple[str, int], datetime]:
    found = {}
    for group in GROUPS:
        after, order = None, []
        while page := memberships.page(table, account, group, limit=2, after=after):
            order += page
            after = page[-1].position
        assert [(one.joined_at, one.profile_no) for one in order] == sorted(
            (one.joined_at, one.profile_no) for one in order
        )
        found |= {(group, one.profile_no): one.joined_at for one in order}
    return found


def _logged(folder: Path, table: Table, account: str) -> dict[tuple[str, int], datetime]:
    """Who is a member by the log, in SQL."""
    lake = local_lake(f"{folder}/lake")
    outbox.drain(table, lake, account)
    assert outbox.drain(table, lake, account) == 0
    rows = local_duckdb(lake).run(account, select(LATEST)).to_pylist()
    return {
        (row["group_id"], row["profile_no"]): row["occurred_at"] for row in rows if row["action"] == "joined"
    }


class _Breaking(SqliteTable):
    """Breaks off after so many writes, applied but not answered: the process dies there."""

    def __init__(self, path: str, left: int) -> None:
        super().__init__(path)
        self._left = left

    def write(self, transactions: Sequence[Sequence[Operation]]) -> list[bool]:
        done = super().write(transactions)
        self._left -= 1
        if self._left < 0:
            raise Unavailable("the answer is lost")
        return done


@pytest.mark.parametrize("left", [0, 1])
def test_whoever_dies_leaves_the_count_right(folder: Path, left: int) -> None:
    path, account, group = f"{folder}/documents.db", next(_accounts), "AAAAAA"
    table, people = SqliteTable(path), list(range(1, 40))
    memberships.join(table, account, group, [5], START)
    changes: list[Callable[[Table], object]] = [
        lambda on: memberships.join(on, account, group, people, START),
        lambda on: memberships.leave(on, account, group, people[::2], START),
        lambda on: memberships.move(on, account, 2, 4, START),
        lambda on: memberships.remove_all(on, account, 6),
    ]
    for change in changes:
        with suppress(Unavailable):
            change(_Breaking(path, left))
        change(table)
        assert memberships.count(table, account, group) == len(_by_group(table, account))
    assert memberships.count(table, account, group) == len(people) - len(people[::2]) - 2


def test_many_at_once_leave_the_count_right(folder: Path) -> None:
    table, account, group = SqliteTable(f"{folder}/documents.db"), next(_accounts), "AAAAAA"

    def change(n: int) -> None:
        some = range(n, n + 30)
        (memberships.leave if n % 3 == 0 else memberships.join)(table, account, group, some, START)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(change, range(48)))
    assert memberships.count(table, account, group) == len(_by_group(table, account)) > 0
