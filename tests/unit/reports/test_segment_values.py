"""Segment values and series equal their oracle; what joined less what left is what changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.errors import Rejected
from cdp.query.sql import Query
from functions.reports import membership_plan
from functions.reports.kinds import segment_series, segment_values
from functions.reports.report import KnownSegment, Scope
from functions.reports.reporting_periods import ReportingTimeframe, frame
from tests.unit.reports.oracle_membership import BEGIN, GROUPS, Entry, logs, members, moves
from tests.unit.reports.read import read
from tests.unit.reports.strategies import ZONES
from tests.unit.reports.test_membership import Log
from tests.unit.reports.test_membership import lab as lab

STATISTICS: tuple[segment_values.Statistic, ...] = ("members_added", "members_removed", "net_members_changed", "total_members")
SEGMENTS = tuple(KnownSegment(id_, f"Name of {id_}", BEGIN, True, False, msgspec.Raw(b"{}")) for id_ in GROUPS[:2])
AS_OF = datetime(2024, 11, 20, 12, tzinfo=UTC)
intervals = st.sampled_from(["hourly", "daily", "weekly", "monthly"])


def scope(zone: str = "Europe/Berlin", as_of: datetime = AS_OF, *, monday: bool = False) -> Scope:
    return Scope(zone, "EUR", as_of, week_starts_monday=monday, segments=SEGMENTS)


def both(lab: Log, query: Query, log: list[Entry]) -> list[dict[str, Any]]:
    """The rows in DuckDB's own way, which are those of the portable text."""
    assert query.duckdb is not None
    rows = lab.rows(query, log)
    assert rows == lab.rows(replace(query, duckdb=None), log)
    return rows


def values(lab: Log, params: segment_values.Params, known: Scope, log: list[Entry]) -> dict[str, dict[str, int]]:
    report = segment_values.REPORT
    shown: Any = segment_values.answer(params, known, read(report, both(lab, report.query(params, known), log)))
    return {one["groupings"]["segment_id"]: one["statistics"] for one in shown.attributes["results"]}


def series(
    lab: Log, params: segment_series.Params, known: Scope, log: list[Entry]
) -> tuple[list[str], dict[str, dict[str, list[int]]]]:
    report = segment_series.REPORT
    shown: Any = segment_series.answer(params, known, read(report, both(lab, report.query(params, known), log)))
    results = {one["groupings"]["segment_id"]: one["statistics"] for one in shown.attributes["results"]}
    return shown.attributes["date_times"], results


def expected(log: list[Entry], segment: str, start: datetime, end: datetime) -> dict[str, int]:
    added, removed = moves(log, segment, start, end)
    return {
        "members_added": added,
        "members_removed": removed,
        "net_members_changed": added - removed,
        "total_members": members(log, segment, end),
    }


def edges(start: datetime, end: datetime, interval: str, zone: str, *, monday: bool) -> Iterator[datetime]:
    """Ends of the intervals that [start, end) touches, walked minute by minute of the quarter hours of the clock."""
    local, at = ZoneInfo(zone), start

    def name(instant: datetime) -> object:
        clock = instant.astimezone(local)
        if interval == "hourly":
            return (instant - timedelta(minutes=clock.minute, seconds=clock.second)).replace(microsecond=0)
        if interval == "weekly":
            return clock.date() - timedelta(days=(clock.weekday() + (0 if monday else 1)) % 7)
        return clock.date() if interval == "daily" else (clock.year, clock.month)

    while at < end:
        now = at
        while at < end and name(at) == name(now):
            at += timedelta(minutes=15) - timedelta(minutes=at.minute % 15, seconds=at.second)
        yield min(at, end)


@settings(max_examples=15, deadline=None)
@given(
    log=logs(), zone=st.sampled_from(ZONES), start=st.integers(-10, 30), days=st.integers(1, 60), cut=st.integers(0, 900),
    chosen=st.sampled_from([None, 'equals(segment_id,"SegB")', 'any(segment_id,["SegB","SegA"])']),
)  # fmt: skip
def test_values(
    lab: Log, log: list[Entry], zone: str, start: int, days: int, cut: int, chosen: str | None
) -> None:
    first = date(2024, 10, 20) + timedelta(days=start)
    last = first + timedelta(days=days)
    as_of = BEGIN + timedelta(hours=cut)
    known = scope(zone, as_of)
    timeframe = ReportingTimeframe(start=f"{first}T00:00:00+00:00", end=f"{last}T00:00:00-08:00")
    found = values(lab, segment_values.Params(list(STATISTICS), timeframe, chosen), known, log)
    begin, end = (datetime(d.year, d.month, d.day, tzinfo=ZoneInfo(zone)).astimezone(UTC) for d in (first, last))
    seen = [e for e in log if e.at <= as_of]
    assert list(found) == {None: ["SegA", "SegB"], 'equals(segment_id,"SegB")': ["SegB"]}.get(chosen, ["SegB", "SegA"])
    for segment, statistics in found.items():
        assert statistics == expected(seen, segment, begin, end)
        assert statistics["total_members"] == members(seen, segment, begin) + statistics["net_members_changed"]


@settings(max_examples=15, deadline=None)
@given(
    log=logs(), zone=st.sampled_from(ZONES), interval=intervals, monday=st.booleans(), start=st.integers(0, 800),
    length=st.integers(1, 168), cut=st.integers(0, 900),
)  # fmt: skip
def test_series(
    lab: Log, log: list[Entry], zone: str, interval: Any, monday: bool, start: int, length: int, cut: int
) -> None:
    known = scope(zone, BEGIN + timedelta(hours=cut), monday=monday)
    clock = datetime(2024, 10, 21) + timedelta(hours=start)  # noqa: DTZ001 - a clock without a zone, as callers send it
    days = length // 24 + 1 if interval == "hourly" else length // 3 + 1
    timeframe = ReportingTimeframe(start=clock.isoformat(), end=(clock + timedelta(days=min(days, 60 if interval != "hourly" else 7))).isoformat())
    period = frame(timeframe, known)
    params = segment_series.Params(list(STATISTICS), timeframe, interval)
    starts, found = series(lab, params, known, log)
    ends = list(edges(period.start, period.end, interval, zone, monday=monday))
    seen = [e for e in log if e.at <= known.as_of]
    assert len(starts) == len(ends)
    for text, until in zip(starts, ends, strict=True):
        begin = datetime.fromisoformat(text)
        assert begin.utcoffset() == begin.astimezone(ZoneInfo(zone)).utcoffset()
        assert begin < until
    whole = values(lab, segment_values.Params(list(STATISTICS), timeframe), known, log)
    for segment, statistics in found.items():
        for n, (begin, until) in enumerate(zip([period.start, *ends], ends, strict=False)):
            assert {name: numbers[n] for name, numbers in statistics.items()} == expected(seen, segment, begin, until)
        for name in STATISTICS[:3]:
            assert sum(statistics[name]) == whole[segment][name]
        if ends:
            assert statistics["total_members"][-1] == whole[segment]["total_members"]


@pytest.mark.parametrize("cases", [32, 1])
def test_the_plan_reads_many_profiles_range_by_range(
    lab: Log, monkeypatch: pytest.MonkeyPatch, cases: int
) -> None:
    """Ranges of one profile and of many; names of groups told apart by SQL, or later."""
    log = [
        Entry(8 * n + k, GROUPS[n % 2], n, BEGIN + timedelta(hours=n * k), ("joined", "left")[k % 2], BEGIN + timedelta(hours=n * (k ^ n % 3)))
        for n in range(1, 60) for k in range(n % 5)
    ]  # fmt: skip
    monkeypatch.setattr(membership_plan, "_CASES", cases)
    monkeypatch.setattr(membership_plan, "_FIRST_PAIRS", 8)
    monkeypatch.setattr(membership_plan, "_ROWS", 12)
    timeframe = ReportingTimeframe(start="2024-10-23", end="2024-10-27")
    whole = values(lab, segment_values.Params(list(STATISTICS), timeframe), scope(), log)
    assert whole == {
        one: expected(log, one, *(datetime(2024, 10, day, tzinfo=ZoneInfo("Europe/Berlin")) for day in (23, 28)))
        for one in GROUPS[:2]
    }
    assert whole["SegA"]["members_added"]
    assert whole["SegB"]["members_removed"]


def test_named_time_frames_fit_their_intervals() -> None:
    """A running day beyond the seven, and years of 366 days, are no reason to refuse."""
    for key, interval, most in (
        ("last_7_days", "hourly", 8 * 24), ("last_30_days", "daily", 31), ("last_12_months", "monthly", 12),
        ("last_365_days", "weekly", 54), ("last_year", "weekly", 54), ("today", "hourly", 14),
    ):  # fmt: skip
        period = frame(ReportingTimeframe(key), scope(), interval)  # type: ignore[arg-type]
        assert 1 <= len(period.starts(interval)) <= most  # type: ignore[arg-type]
        assert len(period.places(interval)) == len(period.starts(interval))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("timeframe", "interval", "field"),
    [
        (ReportingTimeframe("last_30_days"), "hourly", "/timeframe"),
        (ReportingTimeframe("last_90_days"), "daily", "/timeframe"),
        (ReportingTimeframe(start="2024-01-01", end="2024-12-31"), "monthly", "/timeframe"),
        (ReportingTimeframe(start="2024-01-01T00:00:00Z", end="2025-01-01T00:00:01Z"), None, "/timeframe/end"),
        (ReportingTimeframe(start="2024-02-01", end="2024-01-01"), None, "/timeframe/end"),
        (ReportingTimeframe(start="yesterday", end="2024-01-01"), None, "/timeframe/start"),
        (ReportingTimeframe(start="2024-01-01", end="2024-01-01T25:00:00Z"), None, "/timeframe/end"),
        (ReportingTimeframe("today", start="2024-01-01", end="2024-01-02"), None, "/timeframe"),
        (ReportingTimeframe(start="2024-01-01"), None, "/timeframe"),
        (ReportingTimeframe(), None, "/timeframe"),
        (ReportingTimeframe(start="1000-01-01T00:00:00Z", end="1000-01-02"), None, "/timeframe/start"),
    ],
)
def test_a_time_frame_that_cannot_be_names_its_field(timeframe: Any, interval: Any, field: str) -> None:
    with pytest.raises(Rejected) as refused:
        frame(timeframe, scope(), interval)
    assert refused.value.field == field


@pytest.mark.parametrize(
    "text", ["2024-11-03T01:30:00+00:00", "2024-11-03T01:30:00", "2024-11-03T01:30Z", "2024-11-03T01:30:00.0-0800"]
)
def test_offsets_mean_nothing(text: str) -> None:
    period = frame(ReportingTimeframe(start=text, end="2024-11-03"), scope("America/New_York"))
    assert period.start == datetime(2024, 11, 3, 5, 30, tzinfo=UTC)
    assert period.end == datetime(2024, 11, 4, 5, tzinfo=UTC)
