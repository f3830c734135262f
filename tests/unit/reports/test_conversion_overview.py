"""The conversion overview equals its oracle; its groups add up to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.attribution.settings import AttributionSettings
from cdp.query.sql import compile
from functions.reports import reachable
from functions.reports.comparison import Comparison, compared
from functions.reports.kinds import conversion_overview
from functions.reports.kinds.conversion_overview import Params, groups
from functions.reports.kinds.conversion_overview_results import answer
from functions.reports.periods import Timeframe, period
from tests.unit.reports import oracle_conversions as oracle
from tests.unit.reports.oracle_conversions import Change
from tests.unit.reports.oracle_membership import BEGIN, Entry, logs, member
from tests.unit.reports.read import read
from tests.unit.reports.strategies import ZONES
from tests.unit.reports.world import SETTINGS, World, bot, events, histories, opened, scope

MONEY = ("total_revenue", "attributed_revenue", "average_order_value")
FIGURES = (*MONEY, "total_conversions", "attributed_conversions", "active_profiles", "profiles_converted")
Happened = list[dict[str, Any]]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with opened() as one:
        yield one


@settings(max_examples=6, deadline=None)
@given(
    happened=events, log=logs(), history=histories(), zone=st.sampled_from(ZONES), chosen=st.sampled_from(SETTINGS),
    start=st.integers(0, 10), days=st.integers(1, 20), cut=st.sampled_from([300, 700]), segment=st.sampled_from([None, "SegA"]),
    compare=st.sampled_from(["previous_period", "previous_year", Comparison(start="2024-10-22", end="2024-11-02")]),
)  # fmt: skip
def test_it_equals_the_oracle(
    world: World, happened: Happened, log: list[Entry], history: list[Change], zone: str, chosen: AttributionSettings,
    start: int, days: int, cut: int, segment: str | None, compare: Any,
) -> None:  # fmt: skip
    known = scope(zone, BEGIN + timedelta(hours=cut), chosen)
    first = BEGIN.date() + timedelta(days=start)
    timeframe = Timeframe(start=str(first), end=str(first + timedelta(days=days)))
    params = Params("M1", timeframe, compare, segment)
    report = conversion_overview.REPORT
    found = read(report, world.rows(report.query(params, known), happened, log, history))
    bounds = {
        "now": period(timeframe, known, ""),
        "before": compared(compare, timeframe, known, ""),
    }
    for part, (since, until) in bounds.items():
        within = log if segment else None
        expected = oracle.overview(happened, since, until, chosen, within, segment or "")
        assert {
            row.conversions: [row.profiles, row.total, row.credited, row.units, row.credited_units]
            for row in groups(found, part)
            if row.profiles
        } == expected
        able = oracle.able_within(history, since, until)
        if segment:
            able = {no for no in able if _member_within(log, segment, no, since, until)}
        counted = [row.profiles for row in found if row.part == part and row.conversions == 0]
        assert sum(counted) == len(able)
    _adds_up(answer(params, known, found).attributes, found)


def _member_within(log: list[Entry], segment: str, profile: int, start: datetime, end: datetime) -> bool:
    moments = [start, *(e.at for e in log if start < e.at < end)] if start < end else []
    return any(member(log, segment, profile, at) for at in moments)


def _adds_up(shown: Any, found: Any) -> None:
    """Groups against the overview, the comparison against the changes."""
    overview, listed = shown["overview"], shown["groups"]
    assert [group["conversions"] for group in listed] == [*range(1, 10), "10+"]
    assert sum(group["profiles"] for group in listed) == overview["profiles_converted"]
    for name in ("total_conversions", "attributed_conversions"):
        assert sum(group[name] for group in listed) == overview[name]
    units = sum(row.units for row in groups(found, "now"))
    assert overview["total_revenue"] == pytest.approx(units / 10_000, abs=0.005)
    assert sum(group["revenue"] for group in listed) == pytest.approx(overview["total_revenue"], abs=0.055)
    assert all(n * group["profiles"] == group["total_conversions"] for n, group in enumerate(listed[:9], 1))
    assert listed[9]["total_conversions"] >= 10 * listed[9]["profiles"]
    if overview["total_conversions"]:
        average = units / 10_000 / overview["total_conversions"]
        assert overview["average_order_value"] == pytest.approx(average, abs=0.0051)
    else:
        assert overview["average_order_value"] is None
    for name in FIGURES:
        before, now, change = overview["comparison"][name], overview[name], overview["change"][name]
        if before is None or now is None or change is None:
            assert change is None
            assert not before or now is None or name in MONEY
        elif name not in MONEY:
            assert change == pytest.approx((now - before) / before)


@settings(max_examples=20, deadline=None)
@given(history=histories(), bounds=st.lists(st.integers(0, 900), min_size=4, max_size=4))
def test_who_could_receive_email(world: World, history: list[Change], bounds: list[int]) -> None:
    first, second, third, fourth = (BEGIN + timedelta(hours=n) for n in bounds)
    periods = {"now": (min(first, second), max(first, second)), "before": (min(third, fourth), max(third, fourth))}
    found = world.rows(reachable.able(periods["now"], periods["before"]), history=history)
    for part, (since, until) in periods.items():
        expected = oracle.able_within(history, since, until)
        assert sorted(row["profile_no"] for row in found if row["part"] == part) == sorted(expected)


def test_a_bot_with_a_hundred_thousand_orders_counts_once(world: World) -> None:
    """Each order after a click of its own, in and out of the segment."""
    log = [
        Entry(n, "SegA", 7, BEGIN + timedelta(days=n), "left" if n % 2 else "joined", BEGIN + timedelta(days=n))
        for n in range(10)
    ]
    params = Params("M1", Timeframe(start="2024-10-20", end="2024-11-20"), segment_id="SegA")
    report = conversion_overview.REPORT
    rows = read(report, world.rows(report.query(params, scope("UTC", BEGIN + timedelta(days=60))), (), log, further=bot(15)))
    (group,) = (row for row in groups(rows, "now") if row.profiles)
    orders = [n for n in range(50_000) if ((n * 15 + 1) // 86_400) in (0, 2, 4, 6, 8)]
    assert (group.conversions, group.profiles, group.total, group.credited) == (10, 1, len(orders), len(orders))
    assert group.units == group.credited_units == 10_000 * len(orders)


NOON = datetime(2024, 3, 31, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("timeframe", "key", "start", "end"),
    [
        (Timeframe(key="last_month"), "previous_period", "2024-01-01T00:00+01:00", "2024-02-01T00:00+01:00"),
        (Timeframe(key="last_3_months"), "previous_period", "2023-09-01T00:00+02:00", "2023-12-01T00:00+01:00"),
        (Timeframe(key="last_year"), "previous_period", "2022-01-01T00:00+01:00", "2023-01-01T00:00+01:00"),
        (Timeframe(key="last_week"), "previous_period", "2024-03-17T00:00+01:00", "2024-03-24T00:00+01:00"),
        (Timeframe(key="yesterday"), "previous_period", "2024-03-29T00:00+01:00", "2024-03-30T00:00+01:00"),
        (Timeframe(key="today"), "previous_period", "2024-03-30T09:30+01:00", "2024-03-31T00:00+01:00"),
        (Timeframe(start="2024-04-01", end="2024-04-02"), "previous_period", "2024-03-30T00:00+01:00", "2024-04-01T00:00+02:00"),
        (Timeframe(start="2024-02-29", end="2024-02-29"), "previous_year", "2023-02-28T00:00+01:00", "2023-03-01T00:00+01:00"),
        (Timeframe(key="last_12_months"), "previous_year", "2022-03-01T00:00+01:00", "2023-03-01T00:00+01:00"),
    ],
)  # fmt: skip
def test_the_period_of_comparison(timeframe: Timeframe, key: Any, start: str, end: str) -> None:
    """In Berlin, on the day when the clocks were put forward."""
    as_of = NOON if timeframe.key else NOON + timedelta(days=30)
    found = compared(Comparison(key=key), timeframe, scope("Europe/Berlin", as_of), "")
    assert found == compared(key, timeframe, scope("Europe/Berlin", as_of), "")
    assert [at.replace(microsecond=0) for at in found] == [datetime.fromisoformat(at) for at in (start, end)]


def test_it_is_trino_as_well() -> None:
    params = Params("M1", segment_id="SegA")
    text = compile(conversion_overview.query(params, scope("UTC", NOON, SETTINGS[1])), "athena").sql
    assert "profile_history" in text
