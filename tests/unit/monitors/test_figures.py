"""Figures and rules equal those of an independent slow oracle: over changes of clocks, and empty periods."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.attribution.settings import AttributionSettings, Windows
from cdp.documents.monitors import Condition, Kind
from cdp.query.counted import KnownMetric
from functions.monitors.dry_runs import Definition
from functions.monitors.evaluation import asked, evaluate
from functions.monitors.figures import FIGURES
from functions.monitors.measuring import Asked, Measurer
from functions.monitors.rule import CHANGES
from functions.monitors.seen import Seen
from tests.unit.attribution.world import rows
from tests.unit.monitors import oracle
from tests.unit.monitors.room import Room
from tests.unit.reports.oracle_membership import Entry, row
from tests.unit.reports.oracle_messages import METRICS

# A zone, and a moment near which its clock changes: by an hour, by half of one, at midnight, by a whole day.
CHANGES_OF_CLOCKS = [
    ("Europe/Berlin", datetime(2036, 3, 30, 1, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2036, 10, 26, 1, tzinfo=UTC)),
    ("America/New_York", datetime(2035, 11, 4, 6, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2035, 4, 1, 15, tzinfo=UTC)),
    ("America/Sao_Paulo", datetime(2018, 11, 4, 3, tzinfo=UTC)),
    ("America/Santiago", datetime(2035, 4, 8, 3, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(2036, 1, 1, tzinfo=UTC)),
]
PLACED = 1
SEGMENT, OTHER = "SegA", "SegB"
FLOW, OTHER_FLOW = "FlowAA", "FlowBB"
SETTINGS = (
    AttributionSettings(),
    AttributionSettings(model="linear", include_bot_clicks=True, include_mpp_opens=False, windows=Windows(active_on_site=None)),
)
KNOWN = tuple(KnownMetric(f"M{no}", no, name) for no, name in METRICS.items())
minutes = st.one_of(
    st.sampled_from([-1441, -121, -61, -1, 0, 59, 60, 121, 1440]), st.integers(-2 * 1440, 2 * 1440), st.integers(-70 * 1440, 1440)
)
_ids = itertools.count()


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    with TemporaryDirectory() as folder:
        made = Room(Path(folder))
        yield made
        made.engine.close()


@st.composite
def conditions(draw: st.DrawFn, kind: Kind) -> Condition:
    name = draw(st.sampled_from(list(FIGURES[kind])))
    figure = FIGURES[kind][name]
    relation = draw(st.sampled_from([
        "greater-than", "greater-or-equal", "less-than", "less-or-equal", "equals", "not-equals", *CHANGES, *CHANGES,
    ]))  # fmt: skip
    value_type = draw(st.sampled_from(["absolute", "percent"])) if relation in CHANGES else "absolute"
    return Condition(
        name, relation, draw(st.sampled_from([0.0, 0.5, 1.0, 2.0, 3.0, 33.3, 50.0, 100.0])), value_type,
        draw(st.sampled_from(["sum", "average"])), draw(st.sampled_from(list(oracle.LENGTHS))),
        draw(st.sampled_from(figure.channels)) if figure.channels else None,
    )  # fmt: skip


@st.composite
def watches(draw: st.DrawFn, kind: Kind) -> tuple[str, datetime, list[Condition], Any]:
    """A zone, as of when, up to two conditions, how they are joined."""
    zone, change = draw(st.sampled_from(CHANGES_OF_CLOCKS))
    as_of = change + timedelta(minutes=draw(st.sampled_from([-60, 0, 60, 26 * 60, 24 * 60 * 8, 31 * 1440])))
    return zone, as_of, draw(st.lists(conditions(kind), min_size=1, max_size=2)), draw(st.sampled_from(["and", "or"]))


def near(zone: str, as_of: datetime) -> datetime:
    """The change of clocks that the example is about."""
    return min((at for name, at in CHANGES_OF_CLOCKS if name == zone), key=lambda at: abs(as_of - at))


def seen(zone: str, as_of: datetime, attribution: AttributionSettings = SETTINGS[0]) -> Seen:
    return Seen(as_of, ZoneInfo(zone), "EUR", {}, KNOWN, (), attribution, KNOWN[0])


def account_with(room: Room, *, events: Sequence[Any] = (), log: Sequence[Entry] = ()) -> str:
    """An account of its own, with a segment and a flow."""
    room.account = msgspec.structs.replace(room.account, id=f"a{next(_ids)}")
    room.segment(SEGMENT)
    room.flow(FLOW)
    room.store(rows(events))
    room.log([row(entry) for entry in log])
    return room.account.id


def check(room: Room, account: Seen, rule: Definition, value: Callable[[Condition, oracle.Days], Fraction | None]) -> None:
    """The room's figures, verdicts and reasons against the oracle's; `value(condition, days)` is the slow figure."""
    found = Measurer(room.table, room.engine, room.account.id, account).measure(asked(rule))
    verdicts = []
    for condition in rule.conditions:
        now, before = oracle.periods(condition, account.now, account.zone)
        figures = value(condition, now), value(condition, before)
        one = found[Asked(rule.monitor_type, rule.object_id, condition)]
        assert (one.value, one.previous) == figures, condition
        verdicts.append(oracle.holds(condition, *figures))
    evaluation = evaluate(rule, found, account)
    assert [(one["result"], one["reason"]) for one in evaluation.shown["conditions"]] == verdicts
    truths = [truth for truth, _ in verdicts]
    assert evaluation.verdict.holds == (False not in truths if rule.join == "and" else True in truths)
    reasons = [reason for _, reason in verdicts if reason]
    assert evaluation.verdict.reason == (reasons[0] if reasons and not evaluation.verdict.holds else None)


@settings(max_examples=40, deadline=None)
@given(data=st.data(), watch=watches("metric"))
def test_metrics(room: Room, data: st.DataObject, watch: Any) -> None:
    zone, as_of, some, join = watch
    near_it = st.builds(lambda n: near(zone, as_of) + timedelta(minutes=n), minutes)
    times = data.draw(st.lists(st.tuples(st.sampled_from([PLACED, PLACED, 2]), near_it), max_size=25))
    events = [{"metric_id": no, "occurred_at": at, "event_id": n} for n, (no, at) in enumerate(times)]
    account_with(room, events=events)
    rule = Definition("metric", f"M{PLACED}", tuple(some), join)
    check(room, seen(zone, as_of), rule, lambda condition, days: oracle.metric(events, PLACED, condition, days))


@settings(max_examples=40, deadline=None)
@given(data=st.data(), watch=watches("segment"))
def test_segments(room: Room, data: st.DataObject, watch: Any) -> None:
    """Some entries are written down long after the time from which they hold, as after a merge."""
    zone, as_of, some, join = watch
    near_it = st.builds(lambda n: near(zone, as_of) + timedelta(minutes=n), minutes)
    entry = st.tuples(
        st.sampled_from([SEGMENT, SEGMENT, SEGMENT, OTHER]), st.integers(1, 3), near_it,
        st.sampled_from(["joined", "joined", "left"]), st.sampled_from([0, 0, 0, 30, 400]),
    )  # fmt: skip
    log = [
        Entry(n, group, no, at, action, at + timedelta(hours=late))
        for n, (group, no, at, action, late) in enumerate(data.draw(st.lists(entry, max_size=16)))
    ]
    account_with(room, log=log)
    rule = Definition("segment", SEGMENT, tuple(some), join)
    check(room, seen(zone, as_of), rule, lambda condition, days: oracle.segment(log, SEGMENT, condition, days))


@settings(max_examples=40, deadline=None)
@given(watch=watches("flow"), attribution=st.sampled_from(SETTINGS), seed=st.integers(0, 10**6))
def test_flows(room: Room, watch: Any, attribution: AttributionSettings, seed: int) -> None:
    """Dense logs: a few people, messages and days, so that rates have parts."""
    zone, as_of, some, join = watch
    events = list(_sent(Random(seed), near(zone, as_of)))
    account_with(room, events=events)
    rule = Definition("flow", FLOW, tuple(some), join)
    account = seen(zone, as_of, attribution)
    check(room, account, rule, lambda condition, days: oracle.flow(events, FLOW, condition, days, attribution))


def _sent(random: Random, change: datetime) -> Iterator[dict[str, Any]]:
    """Up to sixty events in clusters around a few moments, before and after the change of clocks."""
    moments = [change + timedelta(minutes=random.choice([-90, -30, 0, 30, 90, -1440, 1440, -9 * 1440, 6 * 1440, -40 * 1440]))
               for _ in range(random.randint(1, 5))]  # fmt: skip
    for n in range(random.randint(0, 60)):
        at = random.choice(moments) + timedelta(minutes=random.choice([0, 1, 7, 20, 45, 110]))
        yield {
            "metric_id": random.choice([*METRICS, 10, 10, 10, 11, 11, 12, 12, 20, 22, PLACED, PLACED, PLACED]),
            "occurred_at": at, "profile_no": random.choice([1, 1, 2, 3]), "message": random.choice(["m1", "m1", "m2", None]),
            "flow": random.choice([FLOW, FLOW, FLOW, OTHER_FLOW, None]), "machine": random.choice([None, None, None, 1]),
            "units": None, "event_id": (n * 7919) % 1009,
        }  # fmt: skip


def test_a_thing_that_is_no_more_makes_a_condition_false_and_says_so(room: Room) -> None:
    account_with(room)
    condition = Condition("total_members", "less-than", 5, "absolute", "sum", "previous_day")
    rule = Definition("segment", "Gone", (condition,), "and")
    account = seen("Europe/Berlin", datetime(2036, 7, 1, 12, tzinfo=UTC))
    found = Measurer(room.table, room.engine, room.account.id, account).measure(asked(rule))
    verdict = evaluate(rule, found, account).verdict
    assert (verdict.holds, verdict.reason) == (False, "no_object")
