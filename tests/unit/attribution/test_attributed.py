"""Attribution equals its slow oracle, whatever was received, opened and clicked in which order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
import sqlglot
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlglot.errors import ErrorLevel

from cdp.attribution.attribution import WHOLE, attributed
from cdp.attribution.settings import AttributionSettings, Windows
from cdp.attribution.touches import touches
from cdp.query.sql import compile
from tests.unit.attribution import oracle, world
from tests.unit.attribution.oracle import METRICS, PLACED
from tests.unit.attribution.world import END, HOUR, START

STRICT = AttributionSettings(include_transactional=False, include_mpp_opens=False)
MIXED = Windows(email_click=6, email_open=48, sms_delivery=None, active_on_site=12, push_open=300)
_BY_MODEL = (
    AttributionSettings(),
    msgspec.structs.replace(STRICT, windows=MIXED),
    AttributionSettings(windows=Windows(active_on_site=None), include_bot_clicks=True),
)
SETTINGS = (*_BY_MODEL, *(msgspec.structs.replace(one, model="linear") for one in _BY_MODEL))

Time = st.one_of(st.integers(0, 12), st.integers(0, 80), st.integers(0, 700)).map(
    lambda h: START - timedelta(days=12) + h * 2 * HOUR
)
Event = st.fixed_dictionaries(
    {
        "metric_id": st.sampled_from([*METRICS, PLACED, PLACED, 10, 11, 12]),
        "occurred_at": Time,
        "profile_no": st.sampled_from([1, 1, 2]),
        "message": st.sampled_from(["m1", "m1", "m2", "m3", None]),
        "flow": st.sampled_from([None, "f"]),
        "machine": st.sampled_from([None, None, None, 1]),
        "transactional": st.sampled_from([None, None, None, 1]),
        "units": st.sampled_from([None, 0, 10_000, 99_999, -70_001]),
    }
)


def answers(events: list[dict[str, Any]], chosen: AttributionSettings, **how: bool) -> dict[int, list[Any]]:
    with world.engine(events) as engine:
        found = engine.run("a", world.query(chosen, **how)).to_pylist()
    answer: dict[int, list[Any]] = {}
    for row in sorted(found, key=lambda r: (r["touched_at"], r["kind"], r["received_at"], r["touch_id"]), reverse=True):
        touch = (row["touch_id"], row["touched_at"], row["received_at"], row["kind"], row["channel"], row["message"])
        answer.setdefault(row["event_id"], []).append((*touch, row["flow"], row["weight"], row["units"]))
    return answer


def expected(events: list[dict[str, Any]], chosen: AttributionSettings) -> dict[int, list[Any]]:
    return {
        id_: [(t.id, t.at, t.received_at, t.rank, t.channel, t.message, t.flow, weight, units) for t, weight, units in some]
        for id_, some in oracle.expected(events, chosen, START, END).items()
    }


def numbered(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Event numbers that do not follow the time."""
    return [{**one, "event_id": (n * 7919) % 1009 - 500} for n, one in enumerate(events)]


def at(hours: float, metric: int, message: str | None = None, **more: Any) -> dict[str, Any]:
    return {"metric_id": metric, "occurred_at": START + hours * HOUR, "profile_no": 1, "message": message, "units": 10_000,
            **more}  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(st.lists(Event, max_size=40), st.sampled_from(SETTINGS))
@example([at(0, 10, "a"), at(60, 10, "b"), at(61, 12, "b"), at(62, 11, "a"), at(150, PLACED)], SETTINGS[0])
@example([at(0, 10, "a"), at(1, 20, "b"), at(2, 12, "a"), at(3, 20, "c"), at(100, PLACED)], SETTINGS[0])
@example([at(0, 10, "a"), at(5, 11, "a"), at(5, 12, "a"), at(5, PLACED)], SETTINGS[0])
def test_it_equals_the_oracle(events: list[dict[str, Any]], chosen: AttributionSettings) -> None:
    events = numbered(events)
    assert answers(events, chosen) == expected(events, chosen)


@settings(max_examples=6, deadline=None)
@given(st.lists(Event, max_size=40), st.sampled_from(SETTINGS[::2]))
def test_touches_of_everybody_credit_alike(events: list[dict[str, Any]], chosen: AttributionSettings) -> None:
    events = numbered(events)
    assert answers(events, chosen, of_people=False) == answers(events, chosen)


@settings(max_examples=6, deadline=None)
@given(st.lists(Event, max_size=60))
def test_the_parts_of_a_conversion_add_up(events: list[dict[str, Any]]) -> None:
    events = numbered(events)
    units = {one["event_id"]: one["units"] for one in events}
    for id_, some in answers(events, SETTINGS[3]).items():
        assert sum(row[-2] for row in some) == WHOLE
        assert units[id_] is None or sum(row[-1] for row in some) == units[id_]


# ---------------------------------------------------------------- the rules, one by one


def winner(events: list[dict[str, Any]], chosen: AttributionSettings = SETTINGS[0]) -> str | None:
    found = answers(numbered(events), chosen)
    assert found == expected(numbered(events), chosen)
    return next(iter(found.values()))[0][5] if found else None


def test_the_window_begins_with_the_receipt() -> None:
    received = at(0, 10, "a")
    assert winner([received, at(119, 12, "a"), at(120, PLACED)]) == "a"
    assert winner([received, at(119, 12, "a"), at(120.001, PLACED)]) is None
    assert winner([at(119, 12, "a"), at(120.001, PLACED)]) == "a"  # nobody knows when it was received


def test_the_latest_receipt_before_the_touch_counts() -> None:
    twice = [at(0, 10, "a"), at(100, 10, "a")]
    assert winner([*twice, at(101, 12, "a"), at(219, PLACED)]) == "a"
    assert winner([*twice, at(99, 12, "a"), at(219, PLACED)]) is None


def test_a_receipt_long_before_the_period_is_found() -> None:
    old = at(-24 * 200, 10, "a")
    assert winner([old, at(5, 12, "a"), at(6, PLACED)]) is None
    assert winner([{**old, "profile_no": 2}, at(5, 12, "a"), at(6, PLACED)]) == "a"


def test_an_older_touch_may_outlive_the_newest() -> None:
    mail = [at(0, 10, "mail"), at(1, 12, "mail")]
    assert winner([*mail, at(2, 20, "text"), at(14, PLACED)]) == "text"
    assert winner([*mail, at(2, 20, "text"), at(15, PLACED)]) == "mail"


@pytest.mark.parametrize(("hour", "message"), [(119, "m6"), (125, "m5"), (145, "m3"), (165, "m1"), (175, "m0"), (181, None)])
def test_many_touches_may_expire_in_the_reverse_order(hour: int, message: str | None) -> None:
    received = [at(60 - 10 * n, 10, f"m{n}") for n in range(7)]
    clicked = [at(61 + n, 12, f"m{n}") for n in range(7)]
    assert winner([*received, *clicked, at(hour, PLACED)]) == message


def test_at_equal_times_a_click_comes_before_an_open() -> None:
    both = [at(0, 10, "a"), at(0, 10, "b"), at(3, 11, "b"), at(3, 12, "a")]
    assert winner([*both, at(3, PLACED)]) == "a"


def test_bots_are_left_out_unless_they_are_wanted() -> None:
    clicked = [at(0, 10, "a"), at(1, 12, "a", machine=1), at(2, PLACED)]
    assert winner(clicked) is None
    assert winner(clicked, SETTINGS[2]) == "a"


def test_privacy_opens_count_unless_they_are_not_wanted() -> None:
    opened = [at(0, 10, "a"), at(1, 11, "a", machine=1), at(2, PLACED)]
    assert winner(opened) == "a"
    assert winner(opened, STRICT) is None


def test_transactional_messages_count_unless_they_are_not_wanted() -> None:
    told_by_the_receipt = [at(0, 10, "a", transactional=1), at(1, 12, "a"), at(2, PLACED)]
    assert winner(told_by_the_receipt) == "a"
    assert winner(told_by_the_receipt, STRICT) is None
    assert winner([at(0, 10, "b"), *told_by_the_receipt, at(1, 2)], STRICT) == "b"  # by the visit


def test_a_visit_is_with_the_message_received_last() -> None:
    assert winner([at(0, 10, "a"), at(1, 20, "b"), at(20, 2), at(21, PLACED)]) == "b"
    assert winner([at(0, 10, "a"), at(30, 2), at(31, PLACED)]) is None


def test_linear_shares_between_the_messages() -> None:
    events = [at(0, 10, "a"), at(1, 10, "b"), at(2, 10, "c"), at(3, 11, "a"), at(4, 12, "b"), at(5, 11, "b"), at(6, PLACED)]
    found = answers(numbered(events), SETTINGS[3])
    assert [(row[5], row[-2], row[-1]) for row in next(iter(found.values()))] == [
        ("b", 500_000, 5_000),
        ("a", 500_000, 5_000),
    ]


@pytest.mark.parametrize("chosen", SETTINGS[2:4])
def test_the_text_is_good_for_trino_too(chosen: AttributionSettings) -> None:
    compiled = compile(world.query(chosen), "athena")
    sqlglot.parse_one(compiled.sql.replace("?", "1"), read="trino", error_level=ErrorLevel.RAISE)


def test_an_account_without_message_metrics_attributes_nothing() -> None:
    events = numbered([at(0, PLACED), at(1, 10, "a"), at(2, 12, "a")])
    with world.engine(events) as engine:
        touched = touches({}, (), SETTINGS[0], START, END)
        assert engine.run("a", attributed(world.conversions(), touched, SETTINGS[0])).num_rows == 0
