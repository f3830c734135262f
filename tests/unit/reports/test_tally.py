"""Sorted numbers count as the portable text does, to the last unit and in its order."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.query.sql import Query
from functions.reports import tally as tallies
from functions.reports.in_force_plan import InForce
from functions.reports.kinds import metric_aggregate, multi_metric, single_metric
from functions.reports.local_days import Calendar
from functions.reports.report import Report, Scope
from functions.reports.tally import Tally
from tests.unit.reports import histories
from tests.unit.reports.oracle_properties import Change
from tests.unit.reports.oracles import Happened, utc
from tests.unit.reports.strategies import logs
from tests.unit.reports.test_oracles import METRICS, Lab

EXAMPLES = settings(max_examples=8, deadline=None)
ALL = ["total", "unique", "value_sum"]
FRAME = {"start": "2024-09-01", "end": "2026-03-31"}
DEFINITION: dict[str, Any] = {"metric_ids": ["O"], "timeframe": FRAME}
ORDERS = single_metric.REPORT, DEFINITION


@pytest.fixture(autouse=True, params=["one part", "two"])
def parted(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few events are counted as many are."""
    if request.param == "two":
        monkeypatch.setattr(tallies, "_PARTED", 0)


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(Path(folder))
        yield lab
        lab.engine.close()


@pytest.fixture(scope="module")
def past() -> Iterator[histories.Lab]:
    with tempfile.TemporaryDirectory() as folder:
        lab = histories.Lab(Path(folder))
        yield lab
        lab.engine.close()


def scope(zone: str = "Europe/Berlin", *, monday: bool = False) -> Scope:
    return Scope(zone, "EUR", utc(2026, 6, 1), METRICS, week_starts_monday=monday)


def query(report: Report[Any, Any], definition: dict[str, Any], seen: Scope) -> tuple[Query, Tally]:
    made = report.query(report.read(definition), seen)
    assert isinstance(made.duckdb, Tally)
    return made, made.duckdb


def portable(made: Query) -> Query:
    return replace(made, duckdb=None)


@EXAMPLES
@given(
    log=logs(size=40, profiles=4), zone=st.sampled_from(["Europe/Berlin", "Pacific/Apia"]), monday=st.booleans(),
    interval=st.sampled_from(["daily", "weekly", "monthly", "yearly"]), grouped=st.booleans(),
)  # fmt: skip
def test_one_metric(lab: Lab, log: list[Happened], zone: str, monday: bool, interval: str, grouped: bool) -> None:
    by = [{"property": "p"}] if grouped else []
    report, definition = ORDERS
    definition = {**definition, "interval": interval, "measurements": ALL, "group_by": by}
    made, _ = query(report, definition, scope(zone, monday=monday))
    assert lab.query(made, log) == lab.query(portable(made), log)


@EXAMPLES
@given(log=logs(metrics=(1, 2, 3), size=40, profiles=3), interval=st.sampled_from([None, "monthly"]))
def test_several_metrics(lab: Lab, log: list[Happened], interval: str | None) -> None:
    definition = {
        "metric_ids": ["R", "O", "C"], "timeframe": FRAME, "interval": interval, "measurements": ALL,
    }  # fmt: skip
    made, _ = query(multi_metric.REPORT, definition, scope())
    assert lab.query(made, log) == lab.query(portable(made), log)


@EXAMPLES
@given(log=logs(size=40, profiles=3), interval=st.sampled_from(["day", "week", "month"]), unique=st.booleans())
def test_aggregates(lab: Lab, log: list[Happened], interval: str, unique: bool) -> None:
    definition = {
        "metric_id": "O", "measurements": ["count", "sum_value", *(["unique"] if unique else [])],
        "interval": interval, "timezone": "America/New_York",
        "filter": ["greater-or-equal(datetime,2024-09-01)", "less-than(datetime,2025-09-01)"],
    }  # fmt: skip
    made, _ = query(metric_aggregate.REPORT, definition, scope())
    assert lab.query(made, log) == lab.query(portable(made), log)


@EXAMPLES
@given(
    log=logs(size=40, profiles=4), changes=histories.histories, far=st.sampled_from([0, 1 << 24]),
    report=st.sampled_from([single_metric.REPORT, multi_metric.REPORT]),
)  # fmt: skip
def test_values_in_force(
    past: histories.Lab, log: list[Happened], changes: list[Change], far: int, report: Report[Any, Any]
) -> None:
    """Profiles far apart are searched range by range."""
    log = [replace(e, profile=e.profile + far * (e.profile % 2)) for e in log]
    changes = [replace(one, profile=one.profile + far * (one.profile % 2)) for one in changes]
    by = [{"property": "plan", "source": "profile"}]
    definition = {**DEFINITION, "interval": "monthly", "measurements": ALL, "group_by": by}
    made, tally = query(report, definition, scope())
    assert isinstance(tally.events.duckdb, InForce)
    account = past.store(log, changes)
    assert past.run(account, made) == past.run(account, portable(made))
    unheld = replace(made, duckdb=replace(tally, most=2))
    assert past.run(account, unheld) == past.run(account, portable(made))
    rows = past.run(account, tally.events)
    assert sorted(rows, key=repr) == sorted(past.run(account, portable(tally.events)), key=repr)


def order(number: int, cents: int | None, profile: int = 1) -> Happened:
    return Happened(number, 1, profile, utc(2025, 1, 1, number % 24), cents)


def test_great_amounts_are_exact(lab: Lab) -> None:
    report, definition = ORDERS
    made, _ = query(report, {**definition, "measurements": ALL, "interval": "yearly"}, scope())
    log = [order(n, (-1) ** (n % 3) * (10**14 - n)) for n in range(100)]
    expected = sum((e.cents or 0) * 100 for e in log)
    assert [row["units"] for row in lab.query(made, log)] == [expected]
    assert lab.query(portable(made), log)[0]["units"] == expected > 2**53


def test_the_last_microsecond_of_every_day_belongs_to_it() -> None:
    calendar = Calendar.of("daily", "UTC", utc(1970, 1, 1), utc(1970, 2, 1), monday=True)
    assert calendar is not None
    days = np.arange(1 << 16)
    instants = np.concatenate((days, days + 1)) * 86_400_000_000 - np.repeat([0, 1], len(days))
    for count in (len(instants), 1):  # with a look-up, and without
        coding = calendar.coding(int(instants.min()), int(instants.max()), count)
        found = coding.values.take(pa.array(coding.places(instants))).cast(pa.int32()).to_numpy()
        assert np.array_equal(found, np.concatenate((days, days)))


def test_more_events_than_are_held_are_left_to_the_portable_text(lab: Lab) -> None:
    report, definition = ORDERS
    made, tally = query(report, {**definition, "measurements": ALL, "interval": "daily"}, scope())
    log = [order(n, n or None, profile=n % 3) for n in range(30)]
    small = replace(made, duckdb=replace(tally, most=29))
    exact = replace(made, duckdb=replace(tally, most=30))
    assert lab.query(small, log) == lab.query(exact, log) == lab.query(portable(made), log)
    assert lab.query(made, []) == []


def test_it_gives_the_columns_and_types_of_the_portable_text(lab: Lab) -> None:
    report, definition = ORDERS
    definition = {**definition, "measurements": ALL, "interval": "weekly", "group_by": [{"property": "p"}]}
    made, _ = query(report, definition, scope())
    lab.query(made, [order(1, 5), order(2, None)])
    schemas = [
        {field.name: field.type for field in lab.engine.run("a0", one).schema} for one in (made, portable(made))
    ]
    assert schemas[0] == schemas[1]
