"""Dry runs over HTTP: figures and verdicts, and nothing is changed."""

from __future__ import annotations

from typing import Any

import pytest

from cdp.documents import metrics
from tests.unit.calls import Answer
from tests.unit.monitors.orders import DAY, HOUR, MANY, NOON
from tests.unit.monitors.room import NOW, Room
from tests.unit.query.files import event
from tests.unit.reports.oracle_membership import Entry, row


def condition(answer: Answer) -> dict[str, Any]:
    (one,) = answer.data["attributes"]["conditions"]
    return dict(one)


def test_a_dry_run_shows_figures_and_changes_nothing(room: Room, metric_id: str) -> None:
    id_ = room.make("metric", metric_id, {**MANY, "aggregation": "average", "period": "last_7_days"}).data["id"]
    before = room.call.get(f"/api/monitors/{id_}").data
    answer = room.dry(monitor_id=id_)
    shown = answer.data["attributes"]
    assert (answer.status, answer.data["type"], shown["result"], shown["reason"]) == (200, "monitor-evaluation", False, None)
    one = condition(answer)
    assert (one["value"], one["previous_value"]) == (9 / 7, None)
    assert one["period"] == {"start": "2036-06-24T00:00:00+02:00", "end": "2036-07-01T00:00:00+02:00"}
    assert one["previous_period"]["start"] == "2036-06-17T00:00:00+02:00"
    assert answer.data["relationships"]["monitor"]["data"]["id"] == id_
    assert room.call.get(f"/api/monitors/{id_}").data == before
    assert room.told() == []


def test_a_dry_run_of_a_definition_and_of_another_time(room: Room, metric_id: str) -> None:
    given = {"monitor_type": "metric", "conditions": [{**MANY, "relation": "increased-by", "value": 1}]}
    answer = room.dry({"metric": metric_id}, **given)
    assert (condition(answer)["value"], condition(answer)["previous_value"], condition(answer)["result"]) == (3, 3, False)
    answer = room.dry({"metric": metric_id}, **given, at="2036-06-29T12:00:00+02:00")  # the first day with orders is over
    assert (condition(answer)["value"], condition(answer)["previous_value"]) == (3, None)
    assert condition(answer)["reason"] == answer.data["attributes"]["reason"] == "no_baseline"
    assert answer.data["attributes"]["as_of"] == "2036-06-29T10:00:00+00:00"


def test_members_of_a_segment(room: Room) -> None:
    room.segment()
    moves = [(1, NOON - 2 * DAY, "joined"), (2, NOON, "joined"), (1, NOON, "left"), (3, NOON - DAY, "joined")]
    room.log([row(Entry(n, "SegVip", no, at, action, at)) for n, (no, at, action) in enumerate(moves)])

    def value(metric: str, **further: str) -> tuple[Any, Any]:
        asked = {"metric": metric, "relation": "greater-than", "value": 0, **further}
        one = condition(room.dry({"segment": "SegVip"}, monitor_type="segment", conditions=[asked]))
        return one["value"], one["previous_value"]

    assert value("total_members") == (2, 2)
    assert value("members_added") == (1, 1)
    assert value("members_dropped") == (1, 0)
    assert value("total_members", aggregation="average", period="last_7_days") == (5 / 7, None)


def test_rates_of_a_flow(room: Room) -> None:
    """Ten received, two of them opened twice; one order a day later."""
    flow, got, opened, placed = room.flow(), room.metric("Received Email"), room.metric("Opened Email"), room.metric()
    sent = {"flow": flow, "message": "m", "channel": "email"}
    room.store([
        *(event(n, NOON, metric_id=got.no, profile_no=n, **sent) for n in range(1, 11)),
        *(event(20 + n, NOON + HOUR, metric_id=opened.no, profile_no=n % 2 + 1, **sent) for n in range(4)),
        event(30, NOON + 2 * HOUR, metric_id=placed.no, profile_no=1),
    ])  # fmt: skip
    asked = [
        {"metric": "open_rate", "relation": "greater-or-equal", "value": 20},
        {"metric": "conversions", "relation": "equals", "value": 1},
    ]
    shown = room.dry({"flow": flow}, monitor_type="flow", conditions=asked).data["attributes"]
    assert [one["value"] for one in shown["conditions"]] == [20, 1]
    assert shown["result"] is True
    asked = [{"metric": "bounce_rate", "relation": "less-than", "value": 50, "period": "last_30_days"}]
    later = room.dry({"flow": flow}, monitor_type="flow", conditions=asked, at="2036-06-29T12:00:00Z")
    assert condition(later)["reason"] == "no_baseline"  # nothing was sent: not nought per cent


def test_conversions_are_those_of_the_placed_order_that_is_used_most(room: Room) -> None:
    flow, opened = room.flow(), room.metric("Opened Email")
    known = metrics.ensure(room.table, room.account.id, [(name, "Placed Order") for name in ("one", "two", "three")], NOW)
    few, many = known["one", "Placed Order"].no, known["two", "Placed Order"].no
    room.store([
        event(1, NOON - HOUR, metric_id=opened.no, flow=flow, message="m", channel="email"),
        event(2, NOON, metric_id=few), event(3, NOON, metric_id=many), event(4, NOON + HOUR, metric_id=many),
    ])  # fmt: skip
    asked = [{"metric": "conversions", "relation": "equals", "value": 2}]
    assert condition(room.dry({"flow": flow}, monitor_type="flow", conditions=asked))["value"] == 2


@pytest.mark.parametrize(
    ("related", "attributes", "pointer"),
    [
        ({}, {}, "/data/attributes/monitor_type"),
        ({}, {"monitor_type": "metric"}, "/data/attributes/conditions"),
        ({}, {"monitor_id": "XXXXXX"}, "/data/attributes/monitor_id"),
        ({}, {"monitor_id": "XXXXXX", "conditions": [MANY]}, "/data/attributes/monitor_id"),
        ({}, {"monitor_type": "metric", "conditions": [MANY]}, "/data/relationships/metric"),
        ({"metric": "XXXXXX"}, {"monitor_type": "metric", "conditions": [MANY]}, "/data/relationships/metric/data/id"),
        ({"metric": "XXXXXX"}, {"at": "soon", "monitor_type": "metric", "conditions": [MANY]}, "/data/attributes/at"),
        ({"metric": "XXXXXX"}, {"at": "2037-01-01T00:00:00Z"}, "/data/attributes/at"),
    ],
)  # fmt: skip
def test_a_wrong_dry_run_is_refused(room: Room, related: Any, attributes: Any, pointer: str) -> None:
    assert room.dry(related, **attributes).error["source"]["pointer"] == pointer
