"""From recorded events to functions that are due."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from cdp import events
from cdp.adapters.embedded.queue import SqliteQueue
from cdp.code.calls import MAX_EVENT_BYTES
from cdp.code.hops import MOST_HOPS
from cdp.documents import function_runs, metrics, plans, profiles
from cdp.documents.code_functions import Trigger
from cdp.documents.metrics import Metric
from cdp.errors import Rejected
from cdp.events import EventRecorded, FunctionDue
from cdp.inbox import Received
from cdp.model.ids import event_name, event_uuid, profile_id
from cdp.resources.event import Address
from functions.code.fan_out import FanOut
from functions.code.fan_out_stops import MOST_RECORDED
from tests.unit.executions.conftest import Desk

AT = "2026-03-04T05:06:07+00:00"
BIG = {"property": "total", "filter": {"type": "numeric", "operator": "greater-than", "value": 100}}


class Fan:
    """The fan-out of the desk's account, with a metric and a person."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.metric = self.new_metric("Placed Order")
        person = profiles.fresh(7, desk.now)
        person.profile.email = "ada@example.com"
        assert profiles.save(desk.table, desk.account, [person]) == [True]
        self.executions = SqliteQueue(desk.queue._db.path, "fanned-out")
        self.fan_out = FanOut(desk.table, self.executions, Address("https://shop.example"), lambda: desk.now)

    def new_metric(self, name: str) -> Metric:
        wanted = (metrics.SERVICE, name)
        return metrics.ensure(self.desk.table, self.desk.account, [wanted], self.desk.now)[wanted]

    def event(self, no: int, properties: Mapping[str, Any] | None = None, **further: Any) -> EventRecorded:
        given: dict[str, Any] = {
            "account_id": self.desk.account,
            "event_id": event_name(24314, self.metric.no, no),
            "metric_id": self.metric.id,
            "metric_name": self.metric.name,
            "profile_id": profile_id(self.desk.account, 7),
            "occurred_at": AT,
            "received_at": AT,
            "value": 12.5,
            "properties": msgspec.Raw(json.dumps(properties or {}).encode()),
        }
        return EventRecorded(**given | further)

    def out(self, *messages: EventRecorded) -> list[FunctionDue]:
        self.fan_out.process([Received(one, 1) for one in messages])
        found = self.executions.receive(100, visibility_s=60)
        self.executions.ack(found)
        due = [events.decode(one.body) for one in found]
        return [one for one in due if isinstance(one, FunctionDue)]


@pytest.fixture
def fan(desk: Desk) -> Fan:
    return Fan(desk)


def test_a_function_is_given_the_event_as_the_api_shows_it_with_profile_and_metric(fan: Fan) -> None:
    one = fan.desk.function(trigger=Trigger(fan.metric.id))
    message = fan.event(1, {"total": 5}, unique_id="order-1", currency="EUR", hops=2)
    (due,) = fan.out(message)
    assert (due.account_id, due.function_id, due.attempt) == (fan.desk.account, one.id, 1)
    (trigger,) = due.triggers
    assert (trigger.event_id, trigger.hops) == (message.event_id, 2)
    document = json.loads(bytes(trigger.event))
    assert document["data"]["id"] == message.event_id
    attributes = document["data"]["attributes"]
    assert attributes["uuid"] == event_uuid(fan.desk.account, 1)
    assert attributes["event_properties"] == {
        "total": 5,
        "$event_id": "order-1",
        "$value": 12.5,
        "$value_currency": "EUR",
    }
    assert document["data"]["links"]["self"] == f"https://shop.example/api/events/{message.event_id}"
    included = {one["type"]: one for one in document["included"]}
    assert included["profile"]["attributes"]["email"] == "ada@example.com"
    assert included["metric"]["attributes"]["name"] == "Placed Order"


def test_only_functions_of_the_metric_whose_filters_hold_are_due(fan: Fan) -> None:
    other = fan.new_metric("Viewed Product")
    plain = fan.desk.function("plain", trigger=Trigger(fan.metric.id))
    big = fan.desk.function("big", trigger=Trigger(fan.metric.id, (BIG,)))
    valued = fan.desk.function(
        "valued",
        trigger=Trigger(fan.metric.id, (BIG, {"property": "$value", "filter": {**BIG["filter"], "value": 50}})),  # type: ignore[dict-item]
    )
    fan.desk.function("other", trigger=Trigger(other.id))
    stopped = fan.desk.function("stopped", trigger=Trigger(fan.metric.id))
    fan.desk.stop(stopped)
    messages = [fan.event(1, {"total": 5}), fan.event(2, {"total": 101}), fan.event(3, {"total": 500}, value=51.0)]
    due = {one.function_id: [trigger.event_id for trigger in one.triggers] for one in fan.out(*messages)}
    ids = [one.event_id for one in messages]
    assert due == {plain.id: ids, big.id: ids[1:], valued.id: ids[2:]}


def test_a_function_is_never_called_for_an_event_of_its_own(fan: Fan) -> None:
    one = fan.desk.function("one", trigger=Trigger(fan.metric.id))
    other = fan.desk.function("other", trigger=Trigger(fan.metric.id))
    assert [due.function_id for due in fan.out(fan.event(1, source_function=one.id, hops=1))] == [other.id]


def test_a_chain_of_too_many_functions_is_stopped_with_a_clear_entry(fan: Fan) -> None:
    one = fan.desk.function(trigger=Trigger(fan.metric.id))
    assert len(fan.out(fan.event(1, hops=MOST_HOPS, source_function="AAAAAA"))) == 1
    assert not fan.out(fan.event(2, hops=MOST_HOPS + 1, source_function="AAAAAA"))
    (run,) = fan.desk.runs(one)
    assert (run.status, run.event_id) == ("stopped", fan.event(2).event_id)
    assert run.failure is not None
    assert f"after {MOST_HOPS} the chain is stopped" in run.failure.message
    assert "AAAAAA" in run.failure.message
    (day,) = function_runs.days(fan.desk.table, fan.desk.account, one.id, fan.desk.now.date(), fan.desk.now.date())
    assert day.runs == {"stopped": 1}


def test_an_event_that_is_too_large_leaves_an_entry_and_holds_up_no_other(fan: Fan) -> None:
    one = fan.desk.function(trigger=Trigger(fan.metric.id))
    large = fan.event(1, {"text": "x" * MAX_EVENT_BYTES})
    (due,) = fan.out(large, fan.event(2))
    assert [trigger.event_id for trigger in due.triggers] == [fan.event(2).event_id]
    (run,) = fan.desk.runs(one)
    assert (run.status, run.event_id) == ("too_large", large.event_id)


def test_stops_without_end_leave_so_many_records(fan: Fan) -> None:
    one = fan.desk.function(trigger=Trigger(fan.metric.id))
    assert not fan.out(*(fan.event(n, hops=99) for n in range(50)))
    assert len(fan.desk.runs(one)) == MOST_RECORDED
    (day,) = function_runs.days(fan.desk.table, fan.desk.account, one.id, fan.desk.now.date(), fan.desk.now.date())
    assert (day.runs, day.unrecorded) == ({"stopped": 50}, 50 - MOST_RECORDED)


def test_a_message_holds_so_many_events_and_bytes(fan: Fan) -> None:
    fan.desk.function(trigger=Trigger(fan.metric.id))
    many = fan.out(*(fan.event(n) for n in range(250)))
    assert [len(due.triggers) for due in many] == [100, 100, 50]
    assert len({trigger.event_id for due in many for trigger in due.triggers}) == 250
    large = fan.out(*(fan.event(n, {"text": "x" * 500_000}) for n in range(20)))
    assert sum(len(due.triggers) for due in large) == 20
    assert all(len(events.encode(due)) < 4_600_000 for due in large)


def test_a_profile_that_is_gone_is_not_included(fan: Fan) -> None:
    fan.desk.function(trigger=Trigger(fan.metric.id))
    (due,) = fan.out(fan.event(1, profile_id=profile_id(fan.desk.account, 8)))
    document = json.loads(bytes(due.triggers[0].event))
    assert [one["type"] for one in document["included"]] == ["metric"]


def test_a_function_whose_filters_cannot_be_read_holds_up_no_other(fan: Fan, caplog: pytest.LogCaptureFixture) -> None:
    strange = {"property": "due", "filter": {"type": "phase-of-the-moon", "operator": "full"}}
    fan.desk.function("broken", trigger=Trigger(fan.metric.id, (strange,)))
    sound = fan.desk.function("sound", trigger=Trigger(fan.metric.id))
    assert [due.function_id for due in fan.out(fan.event(1))] == [sound.id]
    assert "broken" in caplog.text


def test_an_event_of_no_metric_is_set_aside(fan: Fan) -> None:
    fan.desk.function(trigger=Trigger("NONE12"))
    with pytest.raises(Rejected, match="NONE12"):
        fan.out(fan.event(1, metric_id="NONE12"))


def test_without_its_part_of_the_plan_nothing_is_triggered(fan: Fan) -> None:
    fan.desk.function(trigger=Trigger(fan.metric.id))
    plans.save(fan.desk.table, fan.desk.account, plans.Plan((plans.MARKETING_ANALYTICS,)))
    assert fan.out(fan.event(1)) == []
    plans.save(fan.desk.table, fan.desk.account, plans.Plan())
    assert len(fan.out(fan.event(2))) == 1
