"""A document of which an account has one: nothing that several writers change at the same time is lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from cdp.adapters.embedded.table import SqliteTable
from cdp.documents.single import Single
from cdp.errors import Unavailable


class Names(msgspec.Struct, frozen=True):
    known: tuple[str, ...] = ()


NAMES = Single("names", "all", Names)


def test_until_it_is_written_it_is_plain(tmp_path: Path) -> None:
    table = SqliteTable(f"{tmp_path}/documents.db")
    assert NAMES.get(table, "a") == Names()
    assert NAMES.change(table, "a", lambda held: Names((*held.known, "x"))) == Names(("x",))
    assert (NAMES.get(table, "a"), NAMES.get(table, "b")) == (Names(("x",)), Names())


def test_writers_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    table = SqliteTable(f"{tmp_path}/documents.db")

    def add(name: str) -> None:
        while True:
            try:
                NAMES.change(table, "a", lambda held: Names((*held.known, name)))
                return
            except Unavailable:
                continue

    wanted = [f"n{n}" for n in range(24)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(add, wanted))
    assert sorted(NAMES.get(table, "a").known) == sorted(wanted)


def test_whoever_is_always_overtaken_is_told(tmp_path: Path) -> None:
    table = SqliteTable(f"{tmp_path}/documents.db")

    def overtaken(held: Names) -> Names:
        NAMES.change(table, "a", lambda other: Names((*other.known, "other")))
        return Names((*held.known, "mine"))

    with pytest.raises(Unavailable):
        NAMES.change(table, "a", overtaken)
    assert set(NAMES.get(table, "a").known) == {"other"}
