"""Cohorts against the slow way, and the rules of SPEC §10 that hold for any log."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.query.counted import KnownMetric
from functions.reports.kinds import cohort
from functions.reports.kinds.cohort import Measurement, Params
from functions.reports.kinds.cohort_definition import CohortingEvent, Definition, ReportingEvent
from functions.reports.report import Scope
from tests.unit.reports.oracle_cohort import cohorts, month_start, week_start
from tests.unit.reports.oracles import Happened, utc
from tests.unit.reports.strategies import ZONES, logs
from tests.unit.reports.test_oracles import Lab

METRICS = (KnownMetric("O", 1, "Placed Order"), KnownMetric("S", 2, "Subscribed to Email Marketing"))
MEASUREMENTS = [(type_, one) for type_, many in cohort.AGGREGATIONS.items() for one in many]


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(Path(folder))
        yield lab
        lab.engine.close()


def shown(value: tuple[int, int, int, int] | None, size: int, type_: str, aggregation: str, cumulative: bool) -> Any:
    if value is None:
        return None
    events, people, cents, so_far = value
    if type_ == "value":
        return pytest.approx(cents / 100 if aggregation == "sum" else cents / 100 / size if size else 0, abs=0.0051)
    n = events if type_ == "conversions" else so_far if cumulative else people
    return n if aggregation in ("total", "count") else (n / size if size else 0.0)


@settings(max_examples=25, deadline=None)
@given(
    log=logs(metrics=(1, 1, 2), size=30, profiles=5),
    zone=st.sampled_from(ZONES),
    monday=st.booleans(),
    interval=st.sampled_from(["week", "month"]),
    first=st.dates(date(2024, 8, 1), date(2025, 4, 1)),
    days=st.integers(0, 120),
    as_of=st.integers(0, 480 * 86_400).map(lambda seconds: utc(2024, 9, 1) + timedelta(seconds=seconds)),
    entering=st.sampled_from([1, 2]),
    within_period=st.booleans(),
    first_only=st.booleans(),
    measurement=st.sampled_from(MEASUREMENTS),
    cumulative=st.booleans(),
)
def test_cohorts_equal_the_slow_way(
    lab: Lab, log: list[Happened], zone: str, monday: bool, interval: Any, first: date, days: int, as_of: datetime,
    entering: int, within_period: bool, first_only: bool, measurement: tuple[Any, Any], cumulative: bool,
) -> None:  # fmt: skip
    type_, aggregation = measurement
    cumulative = cumulative and type_ == "profiles"
    scope = Scope(zone, "EUR", as_of, METRICS, week_starts_monday=monday)
    params = Params(
        definition=Definition(
            CohortingEvent("OS"[entering - 1], instance="first_in_period" if within_period else "first_ever"),
            ReportingEvent("O", instance="first_ever" if first_only else "every"),
        ),
        start=first.isoformat(),
        end=(first + timedelta(days=days)).isoformat(),
        interval=interval,
        measurement=Measurement(type_, aggregation),
        cumulative=cumulative,
    )
    answer: Any = cohort.answer(params, scope, lab.rows(cohort.REPORT, params, scope, log)).attributes

    def start_of(day: date) -> date:
        return month_start(day) if interval == "month" else week_start(day, monday)

    def local_day(at: datetime) -> date:
        return at.astimezone(ZoneInfo(zone)).date()

    starts = sorted({start_of(first + timedelta(days=n)) for n in range(days + 1)})
    expected = cohorts(
        log, starts, start_of, local_day, as_of,
        entering=entering, within_period=within_period, reporting=1, first_only=first_only,
    )  # fmt: skip
    assert [row["start"][:10] for row in answer["rows"]] == [start.isoformat() for start in starts]
    sums: list[list[tuple[tuple[int, int, int, int], int]]] = [[] for _ in starts]
    for row, start in zip(answer["rows"], starts, strict=True):
        one, columns = expected[start]
        assert row["size"] == one.size
        assert row["cells"] == [shown(c, one.size, type_, aggregation, cumulative) for c in columns]
        if type_ == "value":
            assert row["initial_value"] == shown((0, 0, one.initial, 0), one.size, type_, aggregation, False)
        begun = [n for n, c in enumerate(columns) if c is not None]
        runs = bool(begun) and start_of(local_day(as_of)) == _after(start, begun[-1], start_of)
        assert row["partial"] == (begun[-1] if runs else None)
        for n, c in enumerate(columns):
            if c is not None:
                sums[n].append((c, one.size))
    for n, column in enumerate(sums):
        size = sum(size for _, size in column)
        assert answer["total"]["size"][n] == (size if column else None)
        added: Any = tuple(map(sum, zip(*(c for c, _ in column), strict=True))) if column else None
        assert answer["total"]["cells"][n] == shown(added, size, type_, aggregation, cumulative)


def _after(start: date, steps: int, start_of: Any) -> date:
    day = start
    for _ in range(steps):
        day += timedelta(days=1)
        while start_of(day) != day:
            day += timedelta(days=1)
    return day


@settings(max_examples=15, deadline=None)
@given(log=logs(metrics=(1, 2), size=30, profiles=5))
def test_what_a_cohort_does_is_bounded_by_what_it_is(lab: Lab, log: list[Happened]) -> None:
    """Shares lie between 0 and 1, cumulative ones never fall, and every later order is in one cell."""
    scope = Scope("Europe/Berlin", "EUR", utc(2026, 2, 1), METRICS)  # behind all moments of the strategy
    definition = Definition(CohortingEvent("O"), ReportingEvent("O"))
    span: Any = {"definition": definition, "start": "2024-09-01", "end": "2026-01-31"}

    def cells(**more: Any) -> list[list[Any]]:
        params = Params(**span, **more)
        rows: Any = cohort.answer(params, scope, lab.rows(cohort.REPORT, params, scope, log)).attributes["rows"]
        return [[cell for cell in row["cells"] if cell is not None] for row in rows]

    for row in cells(cumulative=True):
        assert row == sorted(row)
        assert all(0 <= cell <= 1 for cell in row)
    orders = [e for e in log if e.metric == 1]
    later = len(orders) - len({e.profile for e in orders})
    assert sum(map(sum, cells(measurement=Measurement("conversions", "total")))) == later
