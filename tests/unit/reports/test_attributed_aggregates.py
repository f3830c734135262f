"""Metric aggregates by `$attributed_…`, against the slow oracle of attribution (tests/unit/attribution)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.attribution.settings import AttributionSettings
from cdp.query.counted import KnownMetric
from cdp.query.sql import compile
from functions.reports import aggregate_results
from functions.reports.kinds import metric_aggregate
from functions.reports.kinds.metric_aggregate import Params
from functions.reports.report import Scope
from tests.unit.attribution import oracle, world
from tests.unit.attribution.oracle import METRICS, PLACED
from tests.unit.attribution.test_attributed import Event, at, numbered
from tests.unit.attribution.world import END, START

LAST, LINEAR = AttributionSettings(), AttributionSettings(model="linear")
FILTER = [f"greater-or-equal(datetime,{START.isoformat()})", f"less-than(datetime,{END.isoformat()})"]
Group = tuple[str, ...]


def scope(chosen: AttributionSettings) -> Scope:
    known = tuple(KnownMetric(str(no), no, name) for no, name in METRICS.items())
    return Scope("UTC", "EUR", datetime(2027, 1, 1, tzinfo=UTC), known, attribution=chosen)


def params(by: Sequence[str], *more: str) -> Params:
    return Params(
        metric_id=str(PLACED), measurements=["count", "sum_value", "unique"], interval="month", by=list(by),
        filter=[*FILTER, *more],
    )  # fmt: skip


def shown(events: list[dict[str, Any]], asked: Params, chosen: AttributionSettings) -> dict[Group, list[Any]]:
    """Group -> count, sum, profiles of the one month."""
    query = metric_aggregate.query(asked, scope(chosen))
    with world.engine(events) as engine:
        rows = metric_aggregate.REPORT.rows(engine.run("a", query))
    attributes: Any = aggregate_results.answer(asked, scope(chosen), rows).attributes
    return {tuple(one["dimensions"]): [n for (n,) in one["measurements"].values()] for one in attributes["data"]}


def expected(events: list[dict[str, Any]], by: Sequence[str], chosen: AttributionSettings) -> Mapping[Group, list[Any]]:
    owed = oracle.expected(events, chosen, START, END)
    millionths: dict[Group, int] = defaultdict(int)
    units: dict[Group, int] = defaultdict(int)
    people: dict[Group, set[int]] = defaultdict(set)
    for one in events:
        if one["metric_id"] != PLACED or not START <= one["occurred_at"] < END:
            continue
        for touch, weight, share in owed.get(one["event_id"], [(None, 1_000_000, one["units"])]):
            held = {"$flow": one["flow"], "$attributed_flow": touch and touch.flow,
                    "$attributed_message": touch and touch.message, "$attributed_channel": touch and touch.channel}  # fmt: skip
            group = tuple(held[name] or "" for name in by)
            millionths[group] += weight
            units[group] += share or 0
            people[group].add(one["profile_no"])
    return {
        group: [pytest.approx(n / 1e6), pytest.approx(units[group] / 10_000, abs=0.006), len(people[group])]
        for group, n in millionths.items()
    }


@settings(max_examples=10, deadline=None)
@given(
    st.lists(Event, max_size=40),
    st.sampled_from([LAST, LINEAR]),
    st.sampled_from([["$attributed_message"], ["$attributed_channel", "$flow", "$attributed_flow"]]),
)
def test_they_equal_the_oracle(events: list[dict[str, Any]], chosen: AttributionSettings, by: list[str]) -> None:
    events = numbered(events)
    assert shown(events, params(by), chosen) == expected(events, by, chosen)


SHARED = numbered([
    at(0, 10, "a"), at(1, 10, "b"), at(3, 12, "a"), at(4, 12, "b"), at(5, PLACED), at(6, PLACED), at(7, 12, "b"),
    at(300, PLACED, units=50_000),
])  # fmt: skip


def test_what_is_shared_has_fractions_and_the_rest_is_under_the_empty_message() -> None:
    found = shown(SHARED[:4] + SHARED[4:5] + SHARED[7:], params(["$attributed_message"]), LINEAR)
    assert found == {("",): [1, 5.0, 1], ("a",): [0.5, 0.5, 1], ("b",): [0.5, 0.5, 1]}
    assert isinstance(found["",][0], int)


def test_filters_look_at_what_is_owed() -> None:
    assert shown(SHARED, params([], 'equals($attributed_message,"b")'), LAST) == {(): [2, 2.0, 1]}
    assert shown(SHARED, params([], 'equals($attributed_message,"b")'), LINEAR) == {(): [1, 1.0, 1]}
    assert shown(SHARED, params([], 'equals($attributed_message,"")'), LAST) == {(): [1, 5.0, 1]}


@pytest.mark.parametrize("by", [["$attributed_channel", "$attributed_variation"], ["URL", "$attributed_flow"]])
def test_the_text_is_good_for_trino_too(by: list[str]) -> None:
    assert compile(metric_aggregate.query(params(by), scope(LINEAR)), "athena").arguments
