"""Memberships the slow way: the state at a moment is what the newest word about that time says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

BEGIN = datetime(2024, 10, 20, tzinfo=UTC)
GROUPS = ("SegA", "SegB", "ListC")
MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Entry:
    """A line of the log. `number` stands for its id."""

    number: int
    group: str
    profile: int
    at: datetime
    action: str
    logged: datetime


def row(entry: Entry) -> dict[str, Any]:
    return {
        "group_id": entry.group, "profile_no": entry.profile, "occurred_at": entry.at, "action": entry.action,
        "logged_at": entry.logged, "log_id": entry.number,
    }  # fmt: skip


def member(log: Iterable[Entry], group: str, profile: int, at: datetime) -> bool:
    """Of the entries that speak of this moment the one logged last decides."""
    speaking = [e for e in log if e.group == group and e.profile == profile and e.at <= at]
    last = max(speaking, key=lambda e: (e.logged, e.action == "joined", e.number), default=None)
    return last is not None and last.action == "joined"


def people(log: Iterable[Entry], group: str) -> set[int]:
    return {e.profile for e in log if e.group == group}


def moves(log: Sequence[Entry], group: str, start: datetime, end: datetime) -> tuple[int, int]:
    """How often somebody joined and left in [start, end)."""
    added = removed = 0
    for profile in people(log, group):
        for at in {e.at for e in log if start <= e.at < end}:
            was, is_ = member(log, group, profile, at - MOMENT), member(log, group, profile, at)
            added += is_ and not was
            removed += was and not is_
    return added, removed


def members(log: Sequence[Entry], group: str, at: datetime) -> int:
    """How many there were just before that moment."""
    return sum(member(log, group, profile, at - MOMENT) for profile in people(log, group))


_times = st.one_of(st.integers(0, 6), st.integers(0, 60), st.integers(0, 900)).map(
    lambda n: BEGIN + timedelta(hours=n) + timedelta(seconds=(n % 5) * 899)
)


@st.composite
def logs(draw: st.DrawFn, size: int = 16, profiles: int = 3) -> list[Entry]:
    """Some entries are written down long after the time from which they hold, as after a merge."""
    drafts = draw(
        st.lists(
            st.tuples(
                st.sampled_from(GROUPS), st.integers(1, profiles), _times, st.sampled_from(["joined", "joined", "left"]),
                st.sampled_from([0, 0, 0, 0, 1, 30, 400]),
            ),
            max_size=size,
        )
    )  # fmt: skip
    return [
        Entry(n, group, profile, at, action, at + timedelta(hours=late))
        for n, (group, profile, at, action, late) in enumerate(drafts)
    ]
