"""Cohorts over HTTP: definitions that are kept, those that are ready-made, and their reports."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.unit.query.files import event
from tests.unit.reports.room import NOW, Room


def body(type_: str = "cohort", **attributes: Any) -> dict[str, Any]:
    return {"data": {"type": type_, "attributes": attributes}}


@pytest.fixture
def metric_id(room: Room) -> str:
    metric = room.metric("Placed Order")
    times = [(1, 100), (1, 70), (1, 2), (2, 100), (3, 40), (3, 40)]
    room.store(
        [
            event(n, NOW - timedelta(days=days), metric_id=metric.no, profile_no=who, value=10.0)
            for n, (who, days) in enumerate(times)
        ]
    )
    return metric.id


def definition(metric_id: str) -> dict[str, Any]:
    return {"cohorting_event": {"metric_id": metric_id}, "reporting_event": {"metric_id": metric_id}}


def test_a_kept_cohort_is_reported(room: Room, metric_id: str) -> None:
    made = room.call("POST", "/api/cohorts", body(name=" Repeaters ", definition=definition(metric_id)))
    assert made.status == 201
    id_ = made.data["id"]
    assert made.data["attributes"]["name"] == "Repeaters"
    assert made.data["attributes"]["definition"]["cohorting_event"]["instance"] == "first_ever"
    answer = room.post("/api/cohort-reports", "cohort-report", cohort_id=id_, start="2036-03-01").data["attributes"]
    assert [row["size"] for row in answer["rows"]] == [2, 0, 1, 0, 0]
    assert answer["rows"][0]["cells"] == [0.0, 0.5, 0.0, 0.5, 0.0]
    assert answer["rows"][2]["cells"] == [1.0, 0.0, 0.0, None, None]
    assert (answer["rows"][2]["partial"], answer["timezone"]) == (2, "Europe/Berlin")
    assert answer["total"]["size"] == [3, 3, 3, 2, 2]
    assert answer["data_through"] == "2036-06-29T12:00:00+00:00"
    changed = room.call("PATCH", f"/api/cohorts/{id_}", {"data": {"type": "cohort", "id": id_, "attributes": {"description": "x"}}})
    assert changed.data["attributes"]["description"] == "x"
    assert [one["id"] for one in room.call("GET", "/api/cohorts").data] == [id_]
    assert room.call("DELETE", f"/api/cohorts/{id_}").status == 204
    gone = room.post("/api/cohort-reports", "cohort-report", cohort_id=id_)
    assert gone.error["source"] == {"pointer": "/data/attributes/cohort_id"}


def test_four_are_ready_made(room: Room, metric_id: str) -> None:
    templates = {one["id"]: one["attributes"] for one in room.call("GET", "/api/cohort-templates").data}
    assert len(templates) == 4
    assert templates["repeat-purchasers"]["definition"]["cohorting_event"]["metric_id"] == metric_id
    assert templates["email-consent-to-first-order"]["definition"] is None
    missing = room.post("/api/cohort-reports", "cohort-report", cohort_id="email-consent-to-first-order")
    assert "Subscribed to Email Marketing" in missing.error["detail"]
    room.metric("Subscribed to Email Marketing", "klaviyo")
    answer = room.post("/api/cohort-reports", "cohort-report", cohort_id="email-consent-to-first-order")
    assert [row["size"] for row in answer.data["attributes"]["rows"]] == [0] * 12
    repeat = room.post(
        "/api/cohort-reports", "cohort-report", cohort_id="repeat-purchasers", interval="week",
        measurement={"type": "value", "aggregation": "sum"},
    ).data["attributes"]  # fmt: skip
    (row,) = [row for row in repeat["rows"] if row["size"] and row["start"].startswith("2036-05")]
    assert (row["initial_value"], row["cells"][0]) == (10.0, 10.0)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"definition": {"cohorting_event": {"metric_id": "x"}}}, "/data/attributes/definition/reporting_event"),
        ({"definition": {"reporting_event": {"metric_id": "nope"}}}, "/data/attributes/definition/reporting_event/metric_id"),
        ({"start": "2036-02-30"}, "/data/attributes/start"),
        ({"start": "2036-06-01", "end": "2036-04-01"}, "/data/attributes/start"),
        ({"start": "2000-01-01"}, "/data/attributes/start"),
        ({"interval": "day"}, "/data/attributes/interval"),
        ({"measurement": {"type": "profiles", "aggregation": "sum"}}, "/data/attributes/measurement/aggregation"),
        ({"measurement": {"type": "value", "aggregation": "sum"}, "cumulative": True}, "/data/attributes/cumulative"),
        ({"cohort_id": "repeat-purchasers"}, "/data/attributes/cohort_id"),
    ],
)
def test_bad_input_names_its_field(room: Room, metric_id: str, change: dict[str, Any], pointer: str) -> None:
    given = {"definition": definition(metric_id), **change}
    if "definition" in change and "reporting_event" in change["definition"]:
        given["definition"] = {**definition(metric_id), **change["definition"]}
    assert room.post("/api/cohort-reports", "cohort-report", **given).error["source"] == {"pointer": pointer}


def test_a_bad_definition_is_not_kept(room: Room, metric_id: str) -> None:
    wrong = definition(metric_id)
    wrong["reporting_event"] = {"metric_id": metric_id, "metric_filters": [{"property": "p", "filter": {"type": "date", "operator": "x"}}]}
    refused = room.call("POST", "/api/cohorts", body(name="x", definition=wrong))
    assert refused.error["source"] == {"pointer": "/data/attributes/definition/reporting_event/metric_filters/0/filter/type"}
    assert room.call("POST", "/api/cohorts", body(name=" ", definition=definition(metric_id))).error["source"] == {
        "pointer": "/data/attributes/name"
    }
    assert room.call("GET", "/api/cohorts").data == []


def test_an_account_without_events(room: Room) -> None:
    metric = room.metric("Placed Order")
    answer = room.post("/api/cohort-reports", "cohort-report", definition=definition(metric.id)).data["attributes"]
    assert answer["data_through"] is None
    assert {row["size"] for row in answer["rows"]} == {0}


def test_a_bot_is_one_customer(room: Room) -> None:
    metric, n = room.metric("Placed Order"), 100_000
    begin = NOW - timedelta(days=160)
    room.store(
        [
            event(k, begin + timedelta(seconds=k * 129), metric_id=metric.no, profile_no=7, value=1.0)
            for k in range(n)
        ]
    )
    answer = room.post(
        "/api/cohort-reports", "cohort-report", definition=definition(metric.id),
        measurement={"type": "conversions", "aggregation": "total"},
    ).data["attributes"]  # fmt: skip
    assert sum(row["size"] for row in answer["rows"]) == 1
    assert sum(cell or 0 for row in answer["rows"] for cell in row["cells"]) == n - 1
