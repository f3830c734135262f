"""The funnel against plain loops over small logs full of coincidences, and what must always hold of it."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.filters.events import GivenFilter, read_filters
from cdp.lake.tables import EVENTS, SEGMENT_LOG, month_of
from cdp.query.counted import Counted, Group, KnownMetric
from functions.reports.kinds import funnel, funnel_plan
from functions.reports.kinds.funnel import Params
from functions.reports.kinds.funnel_definition import Definition, Step
from functions.reports.periods import Timeframe
from functions.reports.report import KnownSegment, Scope
from tests.unit.query.files import schema
from tests.unit.reports import oracle_funnel
from tests.unit.reports.oracles import Happened, utc
from tests.unit.reports.read import read
from tests.unit.reports.strategies import row
from tests.unit.reports.test_oracles import Lab

ACCOUNTS = itertools.count()
EXAMPLES = settings(max_examples=8, deadline=None)
BEGIN = utc(2025, 3, 29)
METRICS = tuple(KnownMetric(name, no, name) for no, name in enumerate("ABC", 1))
FIELDS = (
    "metric", "profile", "at", "cents", "currency", "order_id", "unique_id", "properties", "profile_properties",
)  # fmt: skip
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia")
SEGMENT = KnownSegment("Seg", "Some", BEGIN, True, False, msgspec.Raw(b"{}"))
SCOPE = Scope("UTC", "EUR", BEGIN + timedelta(days=5), METRICS, segments=(SEGMENT,))


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(Path(folder))
        yield lab
        lab.engine.close()


moments = st.builds(
    lambda hour, second: BEGIN + timedelta(hours=hour, seconds=second),
    st.integers(0, 60),
    st.sampled_from([0, 0, 0, 1, 0.0015]),
)
events = st.builds(
    lambda metric, profile, at, page: Happened(0, metric, profile, at, None, None, None, None, {"p": page}, None),
    st.integers(1, 3),
    st.integers(1, 3),
    moments,
    st.sampled_from(["x", "y"]),
)
logs = st.lists(events, max_size=30).flatmap(st.permutations).map(
    lambda some: [Happened(n, *(getattr(e, name) for name in FIELDS)) for n, e in enumerate(some, 1)]
)
pages = st.one_of(st.none(), st.none(), st.sampled_from(["x", "y"]))
any_steps = st.lists(st.tuples(st.integers(1, 3), pages), min_size=2, max_size=6)
distinct_steps = st.permutations([1, 2, 3]).flatmap(
    lambda metrics: st.tuples(st.just(metrics), st.lists(pages, min_size=3, max_size=3))
).map(lambda pair: list(zip(*pair, strict=True)))
windows = st.sampled_from([None, 1, 2, 24, 72])


def definition(steps: list[tuple[int, str | None]], window_h: int | None, segment: bool = False) -> Definition:
    made = [
        Step("ABC"[metric - 1], None, None if page is None else [GivenFilter("p", {"type": "string", "operator": "equals", "value": page})])
        for metric, page in steps
    ]  # fmt: skip
    return Definition(made, "Seg" if segment else None, None if window_h is None else window_h * 3600)


def expected(
    log: list[Happened], steps: list[tuple[int, str | None]], window_h: int | None, start: datetime, end: datetime,
    scope: Scope, members: set[int] | None = None,
) -> oracle_funnel.Counts:  # fmt: skip
    tests = [lambda e, m=m, p=p: e.metric == m and (p is None or e.properties["p"] == p) for m, p in steps]
    window = None if window_h is None else timedelta(hours=window_h)
    return oracle_funnel.funnel(log, tests, start, end, scope.as_of, window, members)


def counted(lab: Lab, params: Params, log: list[Happened], scope: Scope = SCOPE) -> oracle_funnel.Counts:
    found = funnel.figures(params, scope, lab.rows(funnel.REPORT, params, scope, log))
    waits = [None if f.median_seconds_from_previous is None else f.median_seconds_from_previous * 1000 for f in found]
    return oracle_funnel.Counts([f.count for f in found], waits)


FRAME = Timeframe(start="2025-03-29T06:00:00Z", end="2025-03-30T12:00:00Z")
BOUNDS = BEGIN + timedelta(hours=6), BEGIN + timedelta(hours=36)


@EXAMPLES
@given(log=logs, steps=st.one_of(any_steps, distinct_steps), window=windows)
def test_equals_the_slow_way(lab: Lab, log: list[Happened], steps: Any, window: int | None) -> None:
    params = Params(definition=definition(steps, window), timeframe=FRAME)
    assert counted(lab, params, log) == expected(log, steps, window, *BOUNDS, SCOPE)


@EXAMPLES
@given(
    log=logs, steps=distinct_steps, window=windows, shift=st.integers(0, 3), part=st.sampled_from([1, 3, 1 << 16])
)
def test_the_plan_for_duckdb_equals_the_portable_text(
    lab: Lab, log: list[Happened], steps: Any, window: int | None, shift: int, part: int
) -> None:
    params = Params(definition=definition(steps, window), timeframe=FRAME)
    query = funnel.query(params, msgspec.structs.replace(SCOPE, as_of=SCOPE.as_of - timedelta(days=shift)))
    assert query.duckdb is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(funnel_plan, "_PART", part)
        assert lab.query(query, log) == lab.query(replace(query, duckdb=None), log)


def test_the_plan_reads_many_profiles_range_by_range(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    log = [
        Happened(n * 3 + m, m, n * 7 + 1, BEGIN + timedelta(hours=7, minutes=n + m), None, None, None, None, {}, None)
        for n in range(100)
        for m in range(1, 4 - n % 3)
    ]
    params = Params(definition=definition([(1, None), (2, None), (3, None)], 1), timeframe=FRAME)
    query = funnel.query(params, SCOPE)
    whole = lab.query(query, log)
    assert [row["profiles"] for row in whole] == [100, 67, 34]
    monkeypatch.setattr(funnel_plan, "_FIRST_RANGE", 16)
    monkeypatch.setattr(funnel_plan, "_ROWS", 12)
    monkeypatch.setattr(funnel_plan, "_PART", 5)
    assert lab.query(query, log) == whole == lab.query(replace(query, duckdb=None), log)


@EXAMPLES
@given(log=logs, steps=st.one_of(any_steps, distinct_steps))
def test_counts_fall_and_longer_windows_never_lower_them(lab: Lab, log: list[Happened], steps: Any) -> None:
    before = [0] * len(steps)
    for window in (1, 24, None):
        params = Params(definition=definition(steps, window), timeframe=FRAME)
        counts = counted(lab, params, log).profiles
        assert counts == sorted(counts, reverse=True)
        assert all(low <= high for low, high in zip(before, counts, strict=True))
        before = counts


@EXAMPLES
@given(log=logs, zone=st.sampled_from(ZONES), day=st.integers(0, 2), window=windows)
def test_days_of_the_time_frame_are_the_accounts(
    lab: Lab, log: list[Happened], zone: str, day: int, window: int | None
) -> None:
    """The clocks of Berlin change on 30 March 2025; those of Lord Howe and Apia lie far ahead."""
    scope = msgspec.structs.replace(SCOPE, timezone=zone)
    first = (BEGIN + timedelta(days=day)).date()
    start = datetime.combine(first, time(), ZoneInfo(zone))
    end = datetime.combine(first + timedelta(days=1), time(), ZoneInfo(zone))
    steps: list[tuple[int, str | None]] = [(1, None), (2, None)]
    params = Params(definition=definition(steps, window), timeframe=Timeframe(start=str(first), end=str(first)))
    assert counted(lab, params, log, scope) == expected(log, steps, window, start, end, scope)


@EXAMPLES
@given(log=logs, entries=st.lists(st.tuples(st.integers(1, 3), st.integers(0, 200), st.booleans()), max_size=8))
def test_only_present_members_of_the_segment_enter(lab: Lab, log: list[Happened], entries: Any) -> None:
    """The last word on a profile before `as_of` decides; the log holds later ones."""
    entries = list({(profile, hour): (profile, hour, joined) for profile, hour, joined in entries}.values())
    at = {hour: BEGIN + timedelta(hours=hour) for _, hour, _ in entries}
    rows = [
        {
            "group_id": "Seg", "profile_no": profile, "occurred_at": at[hour], "logged_at": at[hour],
            "action": "joined" if joined else "left", "log_id": n, "month": month_of(at[hour]),
        }
        for n, (profile, hour, joined) in enumerate(entries)
    ]  # fmt: skip
    seen = sorted((hour, profile, joined) for profile, hour, joined in entries if at[hour] <= SCOPE.as_of)
    last = {profile: joined for _, profile, joined in seen}
    members = {profile for profile, joined in last.items() if joined}
    pairs: list[list[tuple[int, str | None]]] = [[(1, None), (2, None)], [(1, None), (1, "x")]]
    for steps in pairs:
        params = Params(definition=definition(steps, 24, segment=True), timeframe=FRAME)
        account = f"members{next(ACCOUNTS)}"
        lab.lake.write(account, EVENTS, [row(e) for e in log])
        lab.lake.write(account, SEGMENT_LOG, rows)
        found = funnel.REPORT.rows(lab.engine.run(account, funnel.query(params, SCOPE)))
        wanted = expected(log, steps, 24, *BOUNDS, SCOPE, members)
        assert [row.profiles for row in found] == wanted.profiles


def test_a_custom_metric_is_a_step_like_another(lab: Lab) -> None:
    """Two groups of one metric: an event counts once, and serves one step."""
    groups = tuple(
        Group(METRICS[0], read_filters([GivenFilter("p", {"type": "string", "operator": operator, "value": "x"})], "/"))
        for operator in ("equals", "not-equals")
    )
    scope = msgspec.structs.replace(SCOPE, custom_metrics=(Counted("Both", "Both", groups, custom=True),))
    log = [
        Happened(n, 1, profile, BEGIN + timedelta(hours=7 + n), None, None, None, None, {"p": "x"}, None)
        for n, profile in enumerate([1, 1, 2])
    ]
    params = Params(definition=Definition([Step("Both"), Step("A")]), timeframe=FRAME)
    assert [row.profiles for row in lab.rows(funnel.REPORT, params, scope, log)] == [2, 1]


@pytest.mark.parametrize("steps", [[1, 2, 3], [1, 1, 2, 1]])
@pytest.mark.parametrize("spread_us", [0, 300_000])
def test_a_bot_with_a_hundred_thousand_events(lab: Lab, steps: list[int], spread_us: int) -> None:
    """All at one time, or one after the other; beside somebody who goes through everything slowly."""
    account = f"bot{next(ACCOUNTS)}"
    lab.lake.write_month(account, EVENTS, month_of(BEGIN), bot(100_000, spread_us))
    lab.lake.write(account, EVENTS, [row(e) for e in slow_person(steps)])
    params = Params(definition=definition([(metric, None) for metric in steps], 24), timeframe=FRAME)
    for query in (funnel.query(params, SCOPE), replace(funnel.query(params, SCOPE), duckdb=None)):
        found = funnel.REPORT.rows(lab.engine.run(account, query))
        assert [one.profiles for one in found] == [2] * len(steps)


def bot(n: int, spread_us: int) -> pa.Table:
    at = pa.array(int((BEGIN + timedelta(hours=7)).timestamp()) * 1_000_000 + spread_us * np.arange(n))
    instants = at.cast(pa.timestamp("us", "UTC"))
    columns = {
        "metric_id": np.resize([1, 1, 2, 3], n), "profile_no": np.full(n, 9), "occurred_at": instants,
        "event_id": np.arange(n) + 100, "properties": np.full(n, "{}"), "received_at": instants,
        "month": np.full(n, month_of(BEGIN)),
    }  # fmt: skip
    whole = schema(EVENTS)
    return pa.table(
        [pa.array(columns[f.name]).cast(f.type) if f.name in columns else pa.nulls(n, f.type) for f in whole],
        schema=whole,
    )


def slow_person(steps: list[int]) -> list[Happened]:
    return [
        Happened(n, metric, 1, BEGIN + timedelta(hours=8 + 5 * n), None, None, None, None, {}, None)
        for n, metric in enumerate(steps)
    ]


@pytest.mark.parametrize("disjoint", [True, False])
def test_twenty_steps(lab: Lab, disjoint: bool) -> None:
    metrics = tuple(KnownMetric(f"M{n}", n, f"M{n}") for n in range(1, 21))
    scope = msgspec.structs.replace(SCOPE, metrics=metrics)
    order = list(range(1, 21)) if disjoint else [1, 2] * 10
    log = [
        Happened(n, metric, profile, BEGIN + timedelta(hours=7, minutes=n), None, None, None, None, {}, None)
        for profile in (1, 2)
        for n, metric in enumerate(order[: 20 if profile == 1 else 11])
    ]
    params = Params(definition=Definition([Step(f"M{no}") for no in order], window_seconds=3600), timeframe=FRAME)
    for query in (funnel.query(params, scope), replace(funnel.query(params, scope), duckdb=None)):
        rows = read(funnel.REPORT, lab.query(query, log))
        assert [one.profiles for one in rows] == [2] * 11 + [1] * 9
        assert {(one.low, one.high) for one in rows[1:]} == {(60_000, 60_000)}
