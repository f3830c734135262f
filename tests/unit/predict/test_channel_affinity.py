"""Channels by how well they reach a person, against an oracle that knows attribution the slow way."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.attribution.messages import CHANNELS
from cdp.attribution.settings import AttributionSettings, Windows
from cdp.documents import attribution_settings
from functions.audiences.conditions.profile_predictive_analytics import RANKS as RANK_NAMES
from functions.predict.properties.channel_affinity import PROPERTY, bounds
from tests.unit.attribution import oracle
from tests.unit.attribution.oracle import METRICS, PLACED
from tests.unit.attribution.world import rows
from tests.unit.predict.asking import AS_OF, Account

MOMENT = timedelta(microseconds=1)
START = AS_OF + MOMENT - timedelta(days=180)
CLICK = {12: "email", 22: "sms", 31: "push", 42: "whatsapp"}  # a push is clicked by opening it
SETTINGS = (
    AttributionSettings(),
    AttributionSettings(model="linear", include_bot_clicks=True),
    AttributionSettings(windows=Windows(sms_delivery=None, email_click=6, email_open=400)),
)
Json = dict[str, Any]


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Account:
    return Account(tmp_path_factory.mktemp("shop"))


def put(account: Account, events: list[Json], chosen: AttributionSettings = SETTINGS[0]) -> AttributionSettings:
    """The log in a new account; the settings in force there."""
    account.fresh()
    numbers = {no: account.metric(name).no for no, name in METRICS.items()}
    account.store([{**row, "metric_id": numbers[row["metric_id"]]} for row in rows(events)])
    attribution_settings.STORED.change(account.table, account.id, lambda _: chosen)
    return attribution_settings.get(account.table, account.id)


def found(account: Account, numbers: Any = range(1, 10)) -> dict[int, Json]:
    assert PROPERTY.prepare is not None
    PROPERTY.prepare(account.asked(range(1, 10)))
    return {no: dict(values) for no, values in PROPERTY.source(account.asked(numbers)).items()}


def expected(events: list[Json], chosen: AttributionSettings) -> dict[int, Json]:
    recent = [one for one in events if START <= one["occurred_at"] <= AS_OF]
    known = [one for one in events if one["occurred_at"] <= AS_OF]
    received: dict[tuple[int, str], int] = defaultdict(int)
    clicks: dict[tuple[int, str], set[str]] = defaultdict(set)
    weight: dict[tuple[int, str], int] = defaultdict(int)
    for one in recent:
        who, machine = one["profile_no"], one.get("machine") and not chosen.include_bot_clicks
        if one["metric_id"] in oracle.RECEIVED:
            received[who, oracle.RECEIVED[one["metric_id"]]] += 1
        if one["metric_id"] in CLICK and not machine:
            key = one.get("message") or one.get("flow") or str(one["event_id"])
            clicks[who, CLICK[one["metric_id"]]].add(key)
    for touches in oracle.expected(known, chosen, START, AS_OF + MOMENT).values():
        for touch, millionths, _ in touches:
            weight[touch.profile_no, touch.channel] += millionths
    scores = {
        key: (len(clicks[key]) + 2 * Fraction(weight[key], 1_000_000) + 1) / (count + 20) for key, count in received.items()
    }
    return {who: _of(who, scores) for who in {who for who, _ in scores}}


def _of(who: int, scores: dict[tuple[int, str], Fraction]) -> Json:
    own = {channel: score for (no, channel), score in scores.items() if no == who}
    ranks = {}
    for channel, score in own.items():
        all_ = [other for (_, name), other in scores.items() if name == channel]
        better = Fraction(sum(other > score for other in all_), len(all_))
        ranks[channel] = "high" if better < Fraction(1, 3) else "medium" if better < Fraction(2, 3) else "low"
    ranked = sorted(own, key=lambda channel: (-own[channel], CHANNELS.index(channel)))
    return {
        "ranked_channel_affinity": [*ranked, *(channel for channel in CHANNELS if channel not in own)],
        "channel_affinity_ranks": ranks,
    }


Event = st.fixed_dictionaries({
    "metric_id": st.sampled_from([*METRICS, PLACED, 10, 12, 20, 22, 31]),
    "occurred_at": st.one_of(st.integers(0, 60), st.integers(0, 4500)).map(lambda h: AS_OF - timedelta(hours=h - 10)),
    "profile_no": st.integers(1, 5),
    "message": st.sampled_from(["m1", "m1", "m2", None]),
    "flow": st.sampled_from([None, "f"]),
    "machine": st.sampled_from([None, None, None, 1]),
    "transactional": st.just(None),
    "units": st.sampled_from([None, 10_000]),
})  # fmt: skip


@settings(max_examples=4, deadline=None)
@given(log=st.lists(Event, min_size=60, max_size=150), chosen=st.sampled_from(SETTINGS))
def test_it_equals_the_oracle(account: Account, log: list[Json], chosen: AttributionSettings) -> None:
    events = [{**one, "event_id": (n * 7919) % 1009 - 500} for n, one in enumerate(log)]
    in_force = put(account, events, chosen)
    wanted = expected(events, in_force)
    assert found(account) == wanted
    some = [1, 3] if chosen.model == "linear" else range(2, 4)
    again = {no: dict(values) for no, values in PROPERTY.source(account.asked(some)).items()}
    assert again == {no: values for no, values in wanted.items() if no in some}


def at(days_ago: float, metric: int, message: str | None = "m", who: int = 1, **more: Any) -> Json:
    when = AS_OF - timedelta(days=days_ago)
    return {"metric_id": metric, "occurred_at": when, "profile_no": who, "message": message, "units": 10_000, **more}


def ranked(account: Account, *events: Json, who: int = 1) -> list[str]:
    put(account, [{**one, "event_id": n} for n, one in enumerate(events, 1)])
    order: list[str] = found(account)[who]["ranked_channel_affinity"]
    return order


def test_a_clicked_message_counts_once_and_a_conversion_twice(account: Account) -> None:
    email, sms = (at(9, 10), at(9, 10)), (at(9, 20), at(9, 20))
    assert ranked(account, *email, *sms, at(8, 22)) == ["sms", "email", "push", "whatsapp"]
    assert ranked(account, *email, *sms, at(8, 22), at(7, 22), at(8, 12, "a"), at(7, 12, "b"))[0] == "email"
    assert ranked(account, *email, *sms, at(8.9, 22), at(8, 12), at(7.9, PLACED, None))[0] == "email"


def test_channels_that_nothing_came_by_are_last_in_fixed_order(account: Account) -> None:
    assert ranked(account, at(9, 40), at(9, 22)) == ["whatsapp", "email", "sms", "push"]
    assert ranked(account, at(9, 40), at(9, 30), at(9, 20), at(9, 10)) == list(CHANNELS)


def test_who_received_nothing_for_180_days_has_no_affinity(account: Account) -> None:
    events = [at(180.1, 10), at(179.9, 10, who=2), at(0, 10, who=3), at(-0.001, 10, who=4), at(1, PLACED, None, who=5)]
    put(account, [{**one, "event_id": n} for n, one in enumerate(events, 1)])
    assert found(account).keys() == {2, 3}


def test_an_account_without_messages_or_orders_has_none(account: Account) -> None:
    account.fresh()
    assert found(account) == {}
    account.store([{**row, "metric_id": account.metric("Received Email").no} for row in rows([{**at(1, 10), "event_id": 1}])])
    assert found(account) == {
        1: {"ranked_channel_affinity": ["email", "sms", "push", "whatsapp"], "channel_affinity_ranks": {"email": "high"}}
    }


def test_single_profiles_are_ranked_by_the_thirds_of_the_last_run(account: Account) -> None:
    """Between two runs the thirds stand still, whatever is received meanwhile."""
    log = [at(9, 10, str(n), who=who) for who in range(1, 7) for n in range(3 * who)]
    put(account, [{**one, "event_id": n} for n, one in enumerate(log, 1)])
    ranks = {no: values["channel_affinity_ranks"]["email"] for no, values in found(account).items()}
    assert ranks == {1: "high", 2: "high", 3: "medium", 4: "medium", 5: "low", 6: "low"}
    assert set(ranks.values()) == set(RANK_NAMES)
    more = [{**at(1, 12, str(n), who=6), "event_id": 1000 + n} for n in range(18)]
    account.store([{**row, "metric_id": account.metric("Clicked Email").no} for row in rows(more)])
    assert PROPERTY.source(account.asked([6]))[6]["channel_affinity_ranks"] == {"email": "high"}
    assert PROPERTY.source(account.asked([5]))[5]["channel_affinity_ranks"] == {"email": "low"}


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(1, 9)), min_size=1, max_size=8))
def test_thirds_of_weighted_scores_are_those_of_the_scores_one_by_one(pairs: list[tuple[int, int]]) -> None:
    scores, weights = (np.array(column) for column in zip(*pairs, strict=True))
    found = bounds(scores.astype(float), weights)
    every = [score for score, times in pairs for _ in range(times)]
    for score in every:
        better = sum(other > score for other in every)
        assert (score >= found.high) == (3 * better < len(every))
        assert (score >= found.medium) == (3 * better < 2 * len(every))

