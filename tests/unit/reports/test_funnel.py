"""The funnel against plain loops over small logs full of coincidences, and what must always hold of it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.filters.events import GivenFilter
from functions.reports.kinds import funnel
from functions.reports.kinds.funnel import Params
from functions.reports.kinds.funnel_definition import Definition, Step
from functions.reports.periods import Timeframe
from functions.reports.report import KnownMetric, KnownSegment, Scope
from tests.unit.reports import oracle_funnel
from tests.unit.reports.oracles import Happened, utc
from tests.unit.reports.test_oracles import Lab

EXAMPLES = settings(max_examples=15, deadline=None)
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
