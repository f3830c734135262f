"""Audience performance equals its oracle: members over time, and what messages brought from them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.attribution.settings import AttributionSettings
from cdp.errors import Rejected
from cdp.query.sql import compile
from functions.reports.kinds import audience_performance
from functions.reports.kinds.audience_performance import CHANNELS, STATISTICS, Params, Row, answer
from functions.reports.periods import Timeframe, period
from tests.unit.reports import oracle_conversions as oracle
from tests.unit.reports.oracle_membership import BEGIN, Entry, logs, members
from tests.unit.reports.read import read
from tests.unit.reports.strategies import ZONES
from tests.unit.reports.world import SETTINGS, World, bot, events, opened, scope

Happened = list[dict[str, Any]]
REPORT = audience_performance.REPORT


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with opened() as one:
        yield one


@settings(max_examples=12, deadline=None)
@given(
    happened=events, log=logs(), zone=st.sampled_from(ZONES), chosen=st.sampled_from(SETTINGS[:2]), cut=st.sampled_from([340, 700]),
    key=st.sampled_from(["last_7_days", "last_30_days"]), sort=st.sampled_from(STATISTICS),
)  # fmt: skip
def test_it_equals_the_oracle(
    world: World, happened: Happened, log: list[Entry], zone: str, chosen: AttributionSettings, cut: int, key: Any, sort: str
) -> None:  # fmt: skip
    known = scope(zone, BEGIN + timedelta(hours=cut), chosen)
    params = Params("M1", Timeframe(key=key), "all", f"-{sort}")
    start, end = period(params.timeframe, known, "")
    rows = read(REPORT, world.rows(REPORT.query(params, known), happened, log))
    shown: Any = answer(params, known, rows).attributes
    found = {one["groupings"]["segment_id"]: one["statistics"] for one in shown["results"]}
    assert set(found) == {"SegA", "SegB"}
    seen = [e for e in happened if e["occurred_at"] < known.now]
    for segment, statistics in found.items():
        before, now = members(log, segment, start), members(log, segment, end)
        assert (statistics["members"], statistics["size_change"]) == (now, now - before)
        assert statistics["size_change_percent"] == ((now - before) / before if before else None)
        expected = oracle.audience(seen, start, end, known.now, chosen, log, segment)
        for channel in CHANNELS:
            weight, units = expected.get(channel, (0, 0))
            assert statistics[f"{channel}_conversions"] == weight / 1_000_000
            assert statistics[f"{channel}_value"] == pytest.approx(units / 10_000, abs=0.0051)
        assert statistics["total_conversions"] == sum(weight for weight, _ in expected.values()) / 1_000_000
        if chosen.model == "last_touch":
            assert isinstance(statistics["total_conversions"], int)
    order = [statistics[sort] for statistics in found.values()]
    known_first = [value for value in order if value is not None]
    assert known_first == sorted(known_first, reverse=True)
    assert order[: len(known_first)] == known_first


def _rows(**members: int) -> list[Row]:
    return [Row(id_, None, 0, n, 0, 0, None) for id_, n in members.items()]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("segment_name", ["Alpha", "beta"]), ("-segment_name", ["beta", "Alpha"]), ("members", ["beta", "Alpha"]),
        ("-members", ["Alpha", "beta"]), ("segment_id", ["beta", "Alpha"]), ("size_change_percent", ["Alpha", "beta"]),
    ],
)  # fmt: skip
def test_order(sort: str, order: list[str]) -> None:
    known = scope("UTC", BEGIN)
    shown: Any = answer(Params("M1", scope="all", sort=sort), known, _rows(SegA=1, SegB=2)).attributes
    assert [one["groupings"]["segment_name"] for one in shown["results"]] == order


def test_every_column_sorts_both_ways() -> None:
    known = scope("UTC", BEGIN)
    for name in ("segment_name", "segment_id", "created", *STATISTICS):
        for sort in (name, f"-{name}"):
            shown: Any = answer(Params("M1", scope="all", sort=sort), known, _rows(SegA=1, SegB=2)).attributes
            assert len(shown["results"]) == 2


def test_a_conversion_counts_where_its_person_was_then(world: World) -> None:
    """Received and clicked as a member, ordered after leaving: it counts in the segment joined meanwhile only."""
    click = {"profile_no": 1, "message": "m", "units": None, "event_id": 2, "metric_id": 12}
    happened: Happened = [
        {**click, "event_id": 1, "metric_id": 10, "occurred_at": BEGIN},
        {**click, "occurred_at": BEGIN + timedelta(hours=1)},
        {**click, "event_id": 3, "metric_id": 1, "units": 120_000, "occurred_at": BEGIN + timedelta(hours=30)},
    ]
    log = [
        Entry(1, "SegA", 1, BEGIN, "joined", BEGIN),
        Entry(2, "SegA", 1, BEGIN + timedelta(hours=20), "left", BEGIN + timedelta(hours=20)),
        Entry(3, "SegB", 1, BEGIN + timedelta(hours=20), "joined", BEGIN + timedelta(hours=20)),
    ]
    known = scope("UTC", BEGIN + timedelta(days=3))
    sent_on = Timeframe(start="2024-10-20", end="2024-10-20")
    shown: Any
    for timeframe, brought in ((sent_on, 12.0), (Timeframe(start="2024-10-21", end="2024-10-21"), 0.0)):
        params = Params("M1", timeframe, "all")
        rows = read(REPORT, world.rows(REPORT.query(params, known), happened, log))
        shown = answer(params, known, rows).attributes
        values = {one["groupings"]["segment_id"]: one["statistics"]["email_value"] for one in shown["results"]}
        assert values == {"SegA": 0.0, "SegB": brought}


def test_a_bot_in_both_segments(world: World) -> None:
    """50,000 orders, each after a click."""
    log = [Entry(n, group, 7, BEGIN, "joined", BEGIN) for n, group in enumerate(("SegA", "SegB"))]
    params = Params("M1", Timeframe(key="last_30_days"), "all")
    known = scope("UTC", BEGIN + timedelta(days=20))
    found = world.rows(REPORT.query(params, known), (), log, further=bot(15))
    shown: Any = answer(params, known, read(REPORT, found)).attributes
    for one in shown["results"]:
        assert one["statistics"]["email_conversions"] == one["statistics"]["total_conversions"] == 50_000
        assert one["statistics"]["total_value"] == 50_000


@pytest.mark.parametrize(
    ("params", "field"),
    [
        (Params("M1", Timeframe(start="2023-01-01", end="2024-01-02")), "/timeframe/end"),
        (Params("M1", sort="name"), "/sort"),
        (Params("M1", sort="--members"), "/sort"),
        (Params("X"), "/conversion_metric_id"),
    ],
)
def test_what_is_wrong_is_named(params: Params, field: str) -> None:
    with pytest.raises(Rejected) as refused:
        REPORT.query(params, scope("UTC", BEGIN))
    assert refused.value.field == field


def test_no_period_begins_before_the_log(world: World) -> None:
    known = scope("Europe/Berlin", BEGIN + timedelta(days=9))
    log = [Entry(1, "ListC", 1, BEGIN, "joined", BEGIN)]
    params = Params("M1", Timeframe(start="2024-10-20", end="2024-10-25"))
    with pytest.raises(Rejected, match="begins at 2024-10-20T02:00:00\\+02:00") as refused:
        answer(params, known, read(REPORT, world.rows(REPORT.query(params, known), (), log)))
    assert refused.value.field == "/timeframe/start"
    later = Params("M1", Timeframe(start="2024-10-21", end="2024-10-25"))
    shown = answer(later, known, read(REPORT, world.rows(REPORT.query(later, known), (), log))).attributes
    assert shown["membership_since"] == "2024-10-20T00:00:00+00:00"


def test_it_is_trino_as_well() -> None:
    known = scope("UTC", datetime(2024, 12, 1, tzinfo=UTC), SETTINGS[1])
    assert "segment_log" in compile(REPORT.query(Params("M1"), known), "athena").sql
