"""What became of profiles that are no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdp.adapters.embedded.table import SqliteTable
from cdp.documents import merges
from cdp.documents.merges import ERASED

ACCOUNT = "MERGES"


@pytest.fixture
def table(tmp_path: Path) -> SqliteTable:
    return SqliteTable(f"{tmp_path}/documents.db")


def test_a_chain_of_merges_leads_to_its_end(table: SqliteTable) -> None:
    for no, into in ((1, 2), (2, 3), (4, 3), (5, 6), (6, ERASED)):
        assert table.write([merges.puts(ACCOUNT, no, into)]) == [True]
    assert merges.successors(table, ACCOUNT, [1, 2, 3, 4, 5, 6]) == {1: 3, 2: 3, 4: 3, 5: ERASED, 6: ERASED}
    assert merges.successors(table, "OTHERS", [1]) == {}


def test_a_move_waits_until_it_is_done(table: SqliteTable) -> None:
    table.write([merges.puts(ACCOUNT, 1, 2), merges.puts(ACCOUNT, 7, ERASED)])
    waiting = merges.pending(table, ACCOUNT)
    assert {no: to for no, (to, _) in waiting.items()} == {1: 2, 7: ERASED}
    merges.done(table, ACCOUNT, {no: version for no, (_, version) in waiting.items()})
    assert merges.pending(table, ACCOUNT) == {}


def test_a_move_that_came_again_meanwhile_still_waits(table: SqliteTable) -> None:
    table.write([merges.puts(ACCOUNT, 1, 2)])
    seen = {no: version for no, (_, version) in merges.pending(table, ACCOUNT).items()}
    assert merges.move_again(table, ACCOUNT, [1, 2, 3])
    merges.done(table, ACCOUNT, seen)
    assert list(merges.pending(table, ACCOUNT)) == [1]
    assert not merges.move_again(table, ACCOUNT, [2, 3])


def test_the_epoch_changes_with_every_announcement(table: SqliteTable) -> None:
    seen = [merges.epoch(table, ACCOUNT)]
    for _ in range(3):
        merges.announce(table, ACCOUNT)
        seen.append(merges.epoch(table, ACCOUNT))
    assert len(set(seen)) == 4
