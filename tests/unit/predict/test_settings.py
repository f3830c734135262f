"""The settings over HTTP: what may be changed, what is told, and previews of what a window would give."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from cdp.clv.fits import Fit
from cdp.documents import accounts, clv, clv_models, plans
from cdp.documents.plans import Plan
from functions.predict.properties.clv import PROPERTY
from tests.unit.predict.flow import FIT, Predictions, another, open_predictions, order
from tests.unit.predict.test_flow import people

PATH = "/api/clv-settings/default"


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Predictions:
    return open_predictions(tmp_path_factory.mktemp("settings"))


@pytest.fixture
def room(platform: Predictions) -> Predictions:
    made = another(platform, PROPERTY)
    made.fits = False
    return made


def test_before_anything(room: Predictions) -> None:
    shown = room.shown()
    assert (shown["predicted_window_days"], shown["clv_eligibility"]) == (365, "standard")
    assert shown["historic_window_days"] is None
    assert shown["last_updated_at"] is shown["last_updated_by"] is shown["refresh_expected_by"] is shown["note"] is None
    assert shown["mapped_metrics"] == {"revenue": None, "refunded_sales": None, "cancelled_sales": None}
    assert shown["eligibility"]["met"] is False
    assert shown["model"] is None
    assert room.call.get("/api/clv-models").data == []
    assert room.call.get("/api/clv-models/none").error["status"] == 404


def test_changes(room: Predictions) -> None:
    room.store(people())
    answer = room.change(predicted_window_days=50_000)
    shown = answer.data["attributes"]
    assert shown["predicted_window_days"] == 50_000
    assert shown["last_updated_at"] is not None
    assert "2 hours" in shown["note"]
    assert shown["refresh_expected_by"] > shown["last_updated_at"]
    assert shown["mapped_metrics"]["revenue"]["name"] == "Placed Order"
    assert shown["historic_window_days"] == 300
    room.change(clv_eligibility="relaxed")
    shown = room.shown()
    assert (shown["predicted_window_days"], shown["eligibility"]["met"]) == (50_000, True)
    assert "relaxed" in shown["warnings"][0]
    assert clv.SETTINGS.get(room.shop.table, room.account).updated is not None
    room.change(clv_eligibility="standard")
    assert room.shown()["eligibility"]["met"] is False


@pytest.mark.parametrize(
    ("attributes", "field"),
    [
        ({"predicted_window_days": 0}, "/data/attributes/predicted_window_days"),
        ({"predicted_window_days": 50_001}, "/data/attributes/predicted_window_days"),
        ({"predicted_window_days": 1.5}, "/data/attributes/predicted_window_days"),
        ({"predicted_window_days": None}, "/data/attributes/predicted_window_days"),
        ({"clv_eligibility": "anything"}, "/data/attributes/clv_eligibility"),
    ],
)
def test_refused_changes(room: Predictions, attributes: dict[str, object], field: str) -> None:
    assert room.change(**attributes).error["source"] == {"pointer": field}
    assert room.shown()["last_updated_at"] is None


def test_who_changed_it(room: Predictions) -> None:
    key = accounts.add_key(room.shop.table, room.account)
    grant = accounts.authenticate(room.shop.table, key)
    assert grant is not None
    room.call.key_id = grant.key_id
    room.change(predicted_window_days=90)
    assert room.shown()["last_updated_by"] == grant.key_id


def test_a_plan_without_it(room: Predictions) -> None:
    plans.save(room.shop.table, room.account, Plan(()))
    assert room.call.get(PATH).error["status"] == 403


def test_as_of(room: Predictions) -> None:
    room.store(people())
    shown = room.shown(as_of="2020-01-01T00:00:00Z")
    assert shown["historic_window_days"] is None
    assert shown["eligibility"]["as_of"] == "2020-01-01T00:00:00+00:00"
    assert room.call.get(PATH, as_of="yesterday").error["source"] == {"parameter": "as_of"}


def test_sparse_fields(room: Predictions) -> None:
    assert room.shown(**{"fields[clv-settings]": "eligibility.met"}) == {"eligibility": {"met": False}}


def test_pages_of_models(room: Predictions) -> None:
    room.store(people())
    room.change(clv_eligibility="relaxed")
    room.train()
    model = clv_models.get(room.shop.table, room.account, room.state().model_id or "")
    assert model is not None
    for window in range(9, 14):
        at = model.trained_at + timedelta(days=window)
        older = msgspec.structs.replace(model, id=f"m{window}", trained_at=at, window_days=window)
        clv_models.save(room.shop.table, room.account, older)
    for sort, order_ in (("-trained_at", (13, 12, 11, 10, 9, 365)), ("trained_at", (365, 9, 10, 11, 12, 13))):
        page = room.call.get("/api/clv-models", **{"page[size]": "2", "sort": sort})
        found = []
        while True:
            found += [one["attributes"]["predicted_window_days"] for one in page.data]
            if page.document["links"]["next"] is None:
                break
            page = room.call("GET", page.document["links"]["next"])
        assert found == list(order_)
    assert room.call.get("/api/clv-models", sort="name").error["source"] == {"parameter": "sort"}


def test_a_preview(room: Predictions) -> None:
    room.store({f"p{n}": [order(f"a{n}", 300 - n, 10 + n), order(f"b{n}", 90 - n, 20)] for n in range(12)})
    room.change(clv_eligibility="relaxed")
    room.train()
    before = room.predicted()
    body = {"data": {"type": "clv-setting-preview", "attributes": {"predicted_window_days": 60, "holdout_days": 95}}}
    made = room.call("POST", "/api/clv-setting-previews", body)
    assert (made.status, made.data["attributes"]["status"]) == (202, "processing")
    room.train()
    found = room.call("GET", made.headers["location"]).data["attributes"]
    assert found["status"] == "complete"
    assert found["confidence"] in ("High", "Medium", "Low")
    assert (found["holdout"]["days"], found["holdout"]["actual_orders"], found["holdout"]["customers"]) == (95, 12, 12)
    assert len(found["samples"]) == 5
    worth = [one["predicted_clv"] for one in found["samples"]]
    assert worth == sorted(worth, reverse=True)
    assert all(one["expected_order_value"] > 0 for one in found["samples"])
    assert found["predicted_revenue"] > 0
    assert room.predicted() == before  # nothing is changed by it
    assert len(room.call.get("/api/clv-models").data) == 1


def test_a_preview_that_cannot_be(room: Predictions) -> None:
    room.store(people())
    refused = room.preview(predicted_window_days=60)
    assert (refused["confidence"], refused["samples"], refused["predicted_revenue"]) == ("Low", [], None)
    assert "not enough orders" in refused["reason"]
    room.change(clv_eligibility="relaxed")
    room.turn()
    room.asked_to_fit()
    body = {"data": {"type": "clv-setting-preview", "attributes": {"predicted_window_days": 60}}}
    made = room.call("POST", "/api/clv-setting-previews", body)
    room.train(Fit(purchases_failed="Too little to fit."))
    assert room.call("GET", made.headers["location"]).data["attributes"]["reason"] == "Too little to fit."
    for attributes, field in (
        ({}, "/data/attributes"),
        ({"predicted_window_days": 0}, "/data/attributes/predicted_window_days"),
        ({"predicted_window_days": 9, "as_of": "x"}, "/data/attributes/as_of"),
        ({"predicted_window_days": 9, "holdout_days": 0}, "/data/attributes/holdout_days"),
    ):
        body = {"data": {"type": "clv-setting-preview", "attributes": attributes}}
        assert room.call("POST", "/api/clv-setting-previews", body).error["source"]["pointer"].startswith(field)
    assert room.call.get("/api/clv-setting-previews/none").error["status"] == 404
    assert FIT.purchases is not None
