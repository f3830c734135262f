"""Memberships over time equal their oracle; conversions of a bot meet few spans."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cdp.lake.tables import SEGMENT_LOG
from cdp.query import membership
from cdp.query.duckdb import DuckdbEngine
from cdp.query.sql import Query, compile
from tests.unit.query.files import FileLake
from tests.unit.reports.oracle_membership import BEGIN, GROUPS, MOMENT, Entry, logs, member, row

DAY = timedelta(days=1)


class Log:
    """One engine; each log is an account of its own."""

    def __init__(self, root: Path) -> None:
        self.lake = FileLake(root)
        self.engine = DuckdbEngine(self.lake)
        self._accounts = itertools.count()

    def rows(self, query: Query, log: Sequence[Entry]) -> list[dict[str, Any]]:
        account = f"a{next(self._accounts)}"
        self.lake.write(account, SEGMENT_LOG, [row(entry) for entry in log])
        found: list[dict[str, Any]] = self.engine.run(account, query).to_pylist()
        return found


@pytest.fixture(scope="module")
def lab() -> Iterator[Log]:
    with tempfile.TemporaryDirectory() as folder:
        log = Log(Path(folder))
        yield log
        log.engine.close()


def entry(number: int, action: str, day: float, logged: float | None = None, profile: int = 1) -> Entry:
    logged = day if logged is None else logged
    return Entry(number, "SegA", profile, BEGIN + day * DAY, action, BEGIN + logged * DAY)


@settings(max_examples=60, deadline=None)
@given(log=logs())
@example(log=[entry(0, "joined", 1), entry(1, "joined", 1), entry(2, "left", 1)])
@example(log=[entry(0, "left", 1), entry(1, "joined", 2), entry(2, "joined", 3), entry(3, "left", 4)])
def test_spans_say_who_was_a_member_when(lab: Log, log: list[Entry]) -> None:
    spans = lab.rows(membership.spans(GROUPS), log)
    moments = {at for e in log for at in (e.at - MOMENT, e.at, e.at + MOMENT)}
    for group, profile, at in itertools.product(GROUPS, {e.profile for e in log}, moments):
        holding = [
            s for s in spans
            if s["group_id"] == group and s["profile_no"] == profile and s["since"] <= at
            and (s["until"] is None or at < s["until"])
        ]  # fmt: skip
        assert len(holding) == member(log, group, profile, at)
    assert all(s["until"] is None or s["since"] < s["until"] for s in spans)


@settings(max_examples=30, deadline=None)
@given(log=logs())
def test_changes_take_turns(lab: Log, log: list[Entry]) -> None:
    changes = lab.rows(membership.changes(GROUPS), log)
    changes.sort(key=lambda c: (c["group_id"], c["profile_no"], c["occurred_at"]))
    for _, some in itertools.groupby(changes, key=lambda c: (c["group_id"], c["profile_no"])):
        own = list(some)
        assert [c["action"] for c in own] == ["joined" if n % 2 == 0 else "left" for n in range(len(own))]
        assert len({c["occurred_at"] for c in own}) == len(own)


@settings(max_examples=20, deadline=None)
@given(log=logs(), at=st.integers(0, 900), groups=st.sets(st.sampled_from(GROUPS)))
def test_members_at_a_moment(lab: Log, log: list[Entry], at: int, groups: set[str]) -> None:
    moment = BEGIN + timedelta(hours=at)
    found = {(m["group_id"], m["profile_no"]) for m in lab.rows(membership.members_at(groups, moment), log)}
    everybody = {e.profile for e in log}
    assert found == {(g, p) for g, p in itertools.product(groups, everybody) if member(log, g, p, moment)}


def test_after_a_merge_the_earlier_time_of_joining_holds(lab: Log) -> None:
    """The profile had joined on day 5 and left on day 7; the one merged into it on day 9 was a member since day 2."""
    log = [entry(0, "joined", 5), entry(1, "left", 7), entry(2, "joined", 2, logged=9)]
    (span,) = lab.rows(membership.spans(["SegA"]), log)
    assert (span["since"], span["until"]) == (BEGIN + 2 * DAY, None)


def test_the_log_begins_with_its_first_entry(lab: Log) -> None:
    (found,) = lab.rows(membership.begin(), [entry(0, "joined", 3), entry(1, "joined", 2, logged=9, profile=2)])
    assert found == {"begin": BEGIN + 2 * DAY}
    assert lab.rows(membership.begin(), []) == [{"begin": None}]


@pytest.mark.parametrize(
    "query",
    [membership.changes(GROUPS), membership.spans(GROUPS), membership.members_at([], datetime.fromisoformat("2026-01-01T00:00Z")), membership.begin()],
    ids=["changes", "spans", "members_at", "begin"],
)  # fmt: skip
def test_it_is_trino_as_well(query: Query) -> None:
    assert "segment_log" in compile(query, "athena").sql
