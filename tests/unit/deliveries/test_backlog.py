"""Backlogs: order, sizes, and the way to the dead letters and back."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp import connect
from cdp.documents import webhook_backlog as backlog
from cdp.documents.webhook_backlog import New, Waiting, sort_key
from cdp.ports import Table

ACCOUNT, HOOK = "ABC234", "hook"
NOW = datetime.now(UTC)
ALL = 10**9


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return connect.table(f"sqlite://{tmp_path}/documents.db")


def _put(table: Table, *entries: tuple[str, bytes], hook: str = HOOK) -> None:
    backlog.put(table, ACCOUNT, [New(hook, key, entry) for key, entry in entries], NOW)


def _remove(table: Table, entries: Sequence[Waiting]) -> None:
    table.write([[delete] for delete in backlog.deletes(ACCOUNT, HOOK, entries)])


def _read(table: Table, most: int = 1000, most_bytes: int = ALL, until: str | None = None) -> list[tuple[str, bytes]]:
    found = backlog.read(table, ACCOUNT, HOOK, most=most, most_bytes=most_bytes, until=until)
    return [(one.key, one.entry) for one in found]


@given(st.lists(st.tuples(st.integers(0, 2**51), st.integers(0, 9_999_999)), min_size=2, max_size=20, unique=True))
@settings(max_examples=50)
def test_keys_sort_by_time_and_then_by_position(places: list[tuple[int, int]]) -> None:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    keys = [(sort_key(epoch + timedelta(microseconds=us), position, "E"), (us, position)) for us, position in places]
    assert [place for _, place in sorted(keys)] == sorted(places)


def test_what_waits_already_is_not_written_again(table: Table) -> None:
    _put(table, ("1", b"first"))
    _put(table, ("1", b"again"), ("2", b"second"))
    assert _read(table) == [("1", b"first"), ("2", b"second")]


def _noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)


SIZES = (10, 1_000, 1_001, 299_900, 300_000, 700_000, 5_000_000)


def test_entries_of_any_size_come_back_as_they_were(table: Table) -> None:
    entries = [(f"{n}", _noise(size)) for n, size in enumerate(SIZES)]
    _put(table, *entries)
    assert _read(table) == entries
    found = backlog.read(table, ACCOUNT, HOOK, most=1000, most_bytes=ALL)
    assert max(one.items for one in found) > 10
    _remove(table, found[2:])
    assert _read(table) == entries[:2]
    assert backlog.count(table, ACCOUNT, HOOK, 100) == 2
    _remove(table, found[:2])
    assert not backlog.clear(table, ACCOUNT, HOOK, most=1)  # no part is left


@given(
    st.lists(st.integers(1, 400), max_size=150),
    st.integers(1, 120),
    st.integers(1, 5_000),
    st.one_of(st.none(), st.integers(0, 150)),
)
@settings(max_examples=30, deadline=None)
def test_a_reading_is_the_longest_beginning_within_the_limits(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], most: int, most_bytes: int, until: int | None
) -> None:
    table = connect.table(f"sqlite://{tmp_path_factory.mktemp('table')}/documents.db")
    entries = [(f"{n:03d}", bytes(size)) for n, size in enumerate(sizes)]
    _put(table, *entries)
    expected: list[tuple[str, bytes]] = []
    for n, (key, entry) in enumerate(entries[:most]):
        size = sum(len(one) for _, one in expected) + len(entry)
        if (expected and size > most_bytes) or (until is not None and n > until):
            break
        expected.append((key, entry))
    assert _read(table, most, most_bytes, None if until is None else f"{until:03d}") == expected


def test_is_there_more_behind_it(table: Table) -> None:
    _put(table, ("1", _noise(700_000)), ("2", b"x"))
    assert backlog.is_more(table, ACCOUNT, HOOK, "1")
    assert not backlog.is_more(table, ACCOUNT, HOOK, "2")
    _remove(table, backlog.read(table, ACCOUNT, HOOK, most=2, most_bytes=ALL)[1:])
    assert not backlog.is_more(table, ACCOUNT, HOOK, "1")  # its own parts are not


def test_to_the_dead_letters_and_back(table: Table) -> None:
    entries = [(f"{n}", _noise(size)) for n, size in enumerate((10, 700_000, 20, 30))]
    _put(table, *entries)
    _put(table, ("0", b"of another"), hook="other")
    assert backlog.bury(table, ACCOUNT, HOOK, NOW, most=3)
    assert not backlog.bury(table, ACCOUNT, HOOK, NOW, most=3)
    assert _read(table) == []
    first = backlog.dead(table, ACCOUNT, HOOK, limit=2)
    rest = backlog.dead(table, ACCOUNT, HOOK, limit=10, after=first[-1].key)
    assert [(one.key, one.entry) for one in [*first, *rest]] == entries
    assert first[0].died_at_s == int(NOW.timestamp())
    assert backlog.replay(table, ACCOUNT, HOOK, ["1", "3", "3", "1~01", "", "none"], NOW) == 2
    assert _read(table) == [entries[1], entries[3]]
    assert backlog.replay_some(table, ACCOUNT, HOOK, NOW) == 2
    assert backlog.replay_some(table, ACCOUNT, HOOK, NOW) == 0
    assert _read(table) == entries
    assert [one.entry for one in backlog.read(table, ACCOUNT, "other", most=9, most_bytes=ALL)] == [b"of another"]


def test_an_entry_without_all_its_parts_is_none(table: Table) -> None:
    """Somebody is removing it just now, or has not finished writing it."""
    _put(table, ("1", _noise(700_000)), ("2", b"x"))
    (long, _) = backlog.read(table, ACCOUNT, HOOK, most=2, most_bytes=ALL)
    for writes in ([1], [0, 1]):
        deletes = backlog.deletes(ACCOUNT, HOOK, [long])
        table.write([[deletes[no]] for no in writes])
        assert _read(table) == [("2", b"x")]
