"""From orders to predictions on profiles: trained, scored in parts, kept in step with every order, seen by segments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from cdp import connect, events
from cdp.clv.fits import Fit
from cdp.documents import clv_models, listeners, profiles
from cdp.documents import mapped_metrics as mapped
from cdp.events import FitDone, PredictionDue, SegmentDue
from functions.predict import refreshing
from functions.predict.properties import clv
from tests.unit.audiences.conftest import record
from tests.unit.predict.flow import FIT, NOW, Predictions, another, open_predictions, order

PREDICTED = {"predicted_clv", "total_clv", "predicted_number_of_orders", "churn_probability"}


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Predictions:
    return open_predictions(tmp_path_factory.mktemp("predictions"))


@pytest.fixture
def room(platform: Predictions) -> Predictions:
    """An account of its own; the tests answer for the room `fit`."""
    made = another(platform, clv.PROPERTY)
    made.fits = False
    return made


def people() -> dict[str, list[dict[str, Any]]]:
    return {
        "regular": [order(f"r{n}", 300 - 60 * n, 50 + n) for n in range(6)],
        "twice": [order("t1", 200, 30), order("t2", 100, 10)],
        "once": [order("o", 40, 20)],
        "visitor": [{"metric": "Viewed Product", "time": NOW.isoformat(), "unique_id": "v", "properties": {}}],
    }


def relaxed(room: Predictions, **attributes: Any) -> None:
    """Everybody trained and scored, few as they are."""
    room.store(people())
    room.change(clv_eligibility="relaxed", **attributes)
    room.train()


def test_without_enough_orders_only_the_past_is_served(room: Predictions) -> None:
    room.store(people())
    room.hour()
    found = room.predicted()
    assert room.asked_to_fit() == []
    assert found["visitor"] == {}
    assert found["once"] == {
        "historic_clv": 20.0, "historic_number_of_orders": 1, "average_order_value": 20.0,
        "last_order_date": (NOW - timedelta(days=40)).isoformat(),
    }  # fmt: skip
    assert found["twice"]["average_days_between_orders"] == 100.0
    assert found["regular"]["average_order_value"] == 52.5
    assert not any(PREDICTED & values.keys() for values in found.values())
    shown = room.shown()
    assert shown["model"] is None
    assert {check["id"]: check["met"] for check in shown["eligibility"]["checks"]} == {
        "revenue_metric": True, "customers_with_order": False, "days_of_history": True, "days_since_last_order": True,
        "customers_with_three_orders": True,
    }  # fmt: skip
    assert "customers_with_order (3, required 500)" in shown["warnings"][0]


def test_predictions_after_training(room: Predictions) -> None:
    relaxed(room)
    found, shown = room.predicted(), room.shown()
    for who in ("regular", "twice", "once"):
        assert found[who].keys() >= PREDICTED | {"expected_date_of_next_order"}
        assert found[who]["total_clv"] == pytest.approx(found[who]["historic_clv"] + found[who]["predicted_clv"], abs=1e-9)
        assert 0 <= found[who]["churn_probability"] <= 1
    assert found["visitor"] == {}
    assert shown["model"]["parameters"]["purchases"]["alpha"] == 43.0
    assert shown["model"]["confidence"] == "Low"  # a year ahead, from 300 days
    assert shown["refresh_expected_by"] is None
    assert any("relaxed" in one for one in shown["warnings"])
    (listed,) = room.call.get("/api/clv-models").data
    assert listed["attributes"]["in_force"] is True
    one = room.call.get(f"/api/clv-models/{listed['id']}").data["attributes"]
    assert one == listed["attributes"]
    assert one["customers"] == 3
    assert one["orders"] == 9
    assert one["holdout"]["days"] == 100


def test_a_longer_window_predicts_more(room: Predictions) -> None:
    relaxed(room, predicted_window_days=30)
    month = room.predicted()
    room.change(predicted_window_days=3000)
    assert room.shown()["refresh_expected_by"] is not None
    room.train()
    years = room.predicted()
    for who in ("regular", "twice", "once"):
        assert years[who]["predicted_number_of_orders"] > month[who]["predicted_number_of_orders"]
        assert years[who]["churn_probability"] == month[who]["churn_probability"]
        assert years[who]["expected_date_of_next_order"] == month[who]["expected_date_of_next_order"]
    assert len(room.call.get("/api/clv-models").data) == 2


def test_the_same_again_writes_nothing(room: Predictions) -> None:
    relaxed(room)
    at = room.clock()
    room.clock = lambda: at
    room.run(at)
    room.train()
    before = versions(room)
    found = room.predicted()
    room.run(at)
    room.train()
    assert room.predicted() == found
    assert versions(room) == before


def versions(room: Predictions) -> list[int]:
    states = profiles.get_many(room.shop.table, room.account, range(1, 5))
    return [state.version for state in states if state is not None]


def test_a_prediction_is_no_change_of_the_profile(room: Predictions) -> None:
    """Clients that read what has changed since do not get everybody every night."""
    room.store(people())
    before = [state.profile.updated for state in profiles.get_many(room.shop.table, room.account, range(1, 5)) if state]
    room.hour()
    after = [state.profile.updated for state in profiles.get_many(room.shop.table, room.account, range(1, 5)) if state]
    assert room.predicted()["once"]
    assert after == before


def test_after_an_order(room: Predictions) -> None:
    """Within one batch of the inbox, only whose order it is; a segment sees it."""
    relaxed(room)
    id_ = room.shop.make("Buyers", [predictive("historic_number_of_orders", 2)])
    assert room.shop.members(id_) == {room.shop.number(who) for who in ("regular", "twice")}
    before, written = room.predicted(), versions(room)
    room.shop.record("once", order("o2", 0.5, 80))
    assert room.turn() == 1
    found = room.predicted()
    assert (found["once"]["historic_number_of_orders"], found["once"]["historic_clv"]) == (2, 100.0)
    assert found["once"]["expected_date_of_next_order"] > before["once"]["expected_date_of_next_order"]
    assert {who: values for who, values in found.items() if who != "once"} == {
        who: values for who, values in before.items() if who != "once"
    }
    assert sum(a != b for a, b in zip(versions(room), written, strict=True)) == 1
    room.shop.drain()
    assert room.shop.members(id_) == {room.shop.number(who) for who in ("regular", "twice", "once")}


def predictive(dimension: str, at_least: float) -> dict[str, Any]:
    filter_ = {"type": "numeric", "operator": "greater-than-or-equal", "value": at_least}
    return {"type": "profile-predictive-analytics", "dimension": dimension, "filter": filter_}


def test_refunds_and_cancellations_count_at_once(room: Predictions) -> None:
    room.shop.metric("Refunded Order")
    room.shop.metric("Cancelled Order")
    relaxed(room)
    room.shop.record("twice", order("t1", 1, 12, "Refunded Order"))
    room.shop.record("regular", order("r5", 1, 55, "Cancelled Order"))
    assert room.turn() == 2
    found = room.predicted()
    assert (found["twice"]["historic_clv"], found["twice"]["historic_number_of_orders"]) == (28.0, 2)
    assert (found["regular"]["historic_clv"], found["regular"]["historic_number_of_orders"]) == (260.0, 5)
    room.shop.record("once", order("o", 1, 20, "Refunded Order"))
    room.turn()
    assert room.predicted()["once"] == {}


def test_the_expected_date_stays_until_the_next_order(room: Predictions) -> None:
    """Retraining moves nothing that was worked out at an order."""
    relaxed(room)
    before = room.predicted()
    room.store({f"more{n}": [order(f"m{n}a", 90), order(f"m{n}b", 2)] for n in range(5)})
    room.run()
    room.train()
    found = room.predicted()
    for who in ("regular", "twice", "once"):
        assert found[who]["expected_date_of_next_order"] == before[who]["expected_date_of_next_order"]


def test_segments_are_passed_over_after_a_run(room: Predictions) -> None:
    room.store(people())
    id_ = room.shop.make("Gone", [predictive("churn_probability", 0.0)])
    by_name = room.shop.make("By name", [{"type": "profile-property", "property": "first_name", "filter": {
        "type": "existence", "operator": "is-set"}}])  # fmt: skip
    assert room.shop.members(id_) == set()
    room.change(clv_eligibility="relaxed")
    room.train()
    queue = connect.queue(room.settings.audiences_queue)
    waiting = queue.receive(100, visibility_s=0)
    due = [events.decode(one.body) for one in waiting]
    assert [one.segment_id for one in due if isinstance(one, SegmentDue)] == [id_] != [by_name]
    for one in waiting:
        queue.retry(one, delay_s=0)
    room.shop.drain()
    assert room.shop.members(id_) == {room.shop.number(who) for who in ("regular", "twice", "once")}


def test_failed_fits(room: Predictions) -> None:
    """The last good model stays, with its date; there is never a silent guess."""
    room.store(people())
    room.change(clv_eligibility="relaxed")
    failed = Fit(purchases_failed="The likelihood has no maximum.")
    room.train(failed)
    assert not any(PREDICTED & values.keys() for values in room.predicted().values())
    assert room.predicted()["once"]["historic_clv"] == 20.0
    assert room.shown()["warnings"][1:] == ["The likelihood has no maximum."]
    room.run()
    room.train()
    good, found = room.shown()["model"], room.predicted()
    assert room.shown()["warnings"][1:] == []
    room.change(predicted_window_days=100)
    room.train(failed)
    shown = room.shown()
    assert shown["model"] == good
    assert shown["warnings"][1:] == ["The likelihood has no maximum."]
    assert room.predicted()["once"]["predicted_number_of_orders"] < found["once"]["predicted_number_of_orders"]


def test_failed_parts_of_a_fit(room: Predictions) -> None:
    """Without a fit of spend purchases are valued by shrunken means; an untested model has low confidence."""
    room.store(people())
    room.change(clv_eligibility="relaxed")
    room.train(Fit(FIT.purchases, spend_failed="All orders are equal."), Fit(purchases_failed="No repeat purchases."))
    model = room.shown()["model"]
    assert model["parameters"]["spend"] is None
    assert model["parameters"]["spend_failed"] == "All orders are equal."
    assert model["confidence"] == "Low"
    assert "No repeat purchases." in model["reason"]
    assert room.predicted()["once"]["predicted_clv"] > 0


def test_late_and_repeated_answers(room: Predictions) -> None:
    room.store(people())
    room.change(clv_eligibility="relaxed")
    room.turn()
    (first,) = room.asked_to_fit()
    room.change(predicted_window_days=50)
    room.turn()
    (second,) = room.asked_to_fit()
    room.deliver(FitDone(room.account, first.training, {"all": FIT, "holdout": FIT}))
    assert room.state().model_id is None  # others are waited for
    answer = FitDone(room.account, second.training, {"all": FIT, "holdout": FIT})
    room.deliver(answer, answer)
    room.turn()
    assert room.state().model_id == second.training
    assert len(clv_models.page(room.shop.table, room.account, limit=10)) == 1
    room.deliver(FitDone(room.account, "unknown", {"all": FIT}))
    assert room.state().refresh is not None


def test_an_answer_that_never_comes(room: Predictions) -> None:
    """Profiles are scored without it, and the next night tries again."""
    room.store(people())
    room.change(clv_eligibility="relaxed")
    room.turn()
    (lost,) = room.asked_to_fit()
    start = datetime.now(UTC)
    assert room.hour() == 0  # it may come yet
    room.clock = partial(start.__add__, timedelta(hours=3))
    assert room.hour() > 0
    assert room.asked_to_fit() == []
    assert room.predicted()["once"]["historic_clv"] == 20.0
    assert room.shown()["warnings"][1:] == ["The newest training was never answered."]
    room.clock = partial(start.__add__, timedelta(days=1, hours=3))  # the next local day, whenever this runs
    room.hour()
    (again,) = room.asked_to_fit()
    assert again.training != lost.training
    room.deliver(FitDone(room.account, again.training, {"all": FIT, "holdout": FIT}))
    room.turn()
    assert room.shown()["warnings"][1:] == []


def test_parts_of_a_run(room: Predictions, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two numbers a part, two lanes; a part may come twice, and parts of an older run change nothing."""
    monkeypatch.setattr(refreshing, "SPAN", 2)
    monkeypatch.setattr(refreshing, "LANES", 2)
    room.store({f"p{n}": [order(f"p{n}", 10 + n)] for n in range(9)})
    room.deliver(PredictionDue(room.account))
    state = room.state()
    assert state.refresh is not None
    assert (state.refresh.through, state.refresh.total, state.refresh.ended) == (9, 5, None)
    queue = connect.queue(room.settings.predict_queue)
    waiting = queue.receive(10, visibility_s=60)
    due = [events.decode(one.body) for one in waiting]
    assert [(one.first, one.last) for one in due if isinstance(one, PredictionDue)] == [(1, 3), (3, 5)]
    queue.ack(waiting[1:])
    room.deliver(due[0])
    assert sum(bool(values) for values in room.predicted().values()) == 2
    assert room.shown()["refresh"] | {"begun_at": ""} == {"status": "scoring", "begun_at": "", "done": 1, "total": 5}
    room.deliver(due[0], attempt=2)  # the worker died before it could say that it was done
    queue.ack(waiting)
    room.deliver(PredictionDue(room.account, 3, 5, NOW.isoformat(), "another"))
    assert sum(bool(values) for values in room.predicted().values()) == 2
    room.deliver(due[1])
    room.turn()
    assert all(room.predicted().values())
    state = room.state()
    assert state.refresh is not None
    assert state.refresh.ended is not None
    assert state.refreshed_at == state.refresh.begun


def test_once_a_night_and_after_a_change(room: Predictions) -> None:
    room.store(people())
    assert room.hour() > 0
    assert room.hour() == 0
    custom = room.shop.metric("Sale")
    choice = mapped.Choice(datetime.now(UTC), mapped.Target("metric", custom))
    put = mapped.choosing(room.account, mapped.choices(room.shop.table, room.account), {"revenue": choice})
    room.shop.table.write([[put]])
    waiting = room.shown()["refresh_expected_by"]
    assert datetime.fromisoformat(waiting) - datetime.now(UTC) > timedelta(hours=47)
    assert room.hour() > 0
    assert room.shown()["refresh_expected_by"] is None
    assert not any(room.predicted().values())
    assert "predict" in _listeners(room, custom)
    night = datetime.now(UTC) + timedelta(days=1)
    room.clock = lambda: night
    assert room.hour() > 0


def _listeners(room: Predictions, metric_id: str) -> set[str]:
    assert listeners.metrics(room.shop.table, room.account) >= {metric_id}
    return {"predict"} if room.state().listening == (metric_id,) else set()


def test_trained_weekly(room: Predictions) -> None:
    relaxed(room)
    first = room.state().model_id
    start = datetime.now(UTC)
    for day in range(1, 9):
        room.clock = partial(start.__add__, timedelta(days=day))
        room.hour()
        room.train()
        assert (room.state().model_id != first) == (day >= 7)


def test_as_of_a_past_time(room: Predictions) -> None:
    """Nothing later is seen, also by orders that are still on their way; the next night is today's again."""
    relaxed(room)
    past = NOW - timedelta(days=150)
    room.run(past)
    room.train()
    found = room.predicted()
    assert (found["regular"]["historic_number_of_orders"], found["twice"]["historic_number_of_orders"]) == (3, 1)
    assert found["once"] == {}
    assert room.shown()["eligibility"]["as_of"] == past.isoformat()
    room.shop.record("once", order("o9", 1))
    room.turn()
    assert room.predicted()["once"] == {}
    night = datetime.now(UTC) + timedelta(days=1)
    room.clock = lambda: night
    room.hour()
    assert room.predicted()["once"]["historic_number_of_orders"] == 2


def test_other_attributes_are_left_alone(room: Predictions) -> None:
    """Of what no property gives nothing is taken away."""
    room.store(people())
    room.hour()
    (state,) = profiles.get_many(room.shop.table, room.account, [1])
    assert state is not None
    state.profile.predictive = {**state.profile.predictive, "of_somebody_else": 7, "predicted_clv": 99.0}
    profiles.save(room.shop.table, room.account, [state])
    room.run()
    found = profiles.get_many(room.shop.table, room.account, [1])[0]
    assert found is not None
    assert found.profile.predictive["of_somebody_else"] == 7
    assert "predicted_clv" not in found.profile.predictive


def test_strange_messages_are_set_aside(room: Predictions) -> None:
    queue = connect.queue(room.settings.predict_queue)
    queue.send([events.encode(SegmentDue(room.account, "S"))])
    (one,) = queue.receive(1, visibility_s=60)
    assert room.inbox({"Records": [record(one.id, one.receipt, one.body, 1)]}) == {"batchItemFailures": []}
    (dead,) = queue.dead_letters()
    assert "SegmentDue" in dead.reason
    queue.drop([dead.id])

