"""Custom metrics over HTTP: made, read, changed, deleted; their limits, and what is refused."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cdp.documents import custom_metrics, daily, plans
from cdp.documents.plans import Plan
from tests.unit.calls import BASE, Answer
from tests.unit.metrics.conftest import Room, room_at

NOT_POS = {"property": "Source Name", "filter": {"type": "string", "operator": "not-equals", "value": "pos"}}
GROUPS = "/data/attributes/definition/metric_groups"


def test_from_its_creation_to_its_end(room: Room) -> None:
    placed, recurring = room.metric("Placed Order"), room.metric("Recurring Order")
    groups = [
        {"metric_id": placed.id, "metric_filters": [NOT_POS]},
        {"metric_id": recurring.id, "value_property": "Total"},
        {"metric_id": placed.id, "metric_filters": None, "value_property": None},
    ]
    made = room.create(" Online revenue ", groups, "value")
    assert made.status == 201
    url = f"{BASE}/api/custom-metrics/{made.data['id']}"
    assert made.headers["location"] == made.data["links"]["self"] == url
    assert made.data["attributes"]["name"] == "Online revenue"
    assert made.data["attributes"]["definition"] == {
        "aggregation_method": "value",
        "metric_groups": [
            {"metric_id": placed.id, "metric_filters": [NOT_POS], "value_property": None},
            {"metric_id": recurring.id, "metric_filters": [], "value_property": "Total"},
            {"metric_id": placed.id, "metric_filters": [], "value_property": None},
        ],
    }
    assert room.call.get(url).data == made.data
    assert room.call.get("/api/custom-metrics").data == [made.data]
    links = made.data["relationships"]["metrics"]["links"]
    ids = [{"type": "metric", "id": one.id} for one in (placed, recurring)]
    assert made.data["relationships"]["metrics"]["data"] == room.call.get(links["self"]).data == ids
    assert [one["attributes"]["name"] for one in room.call.get(links["related"]).data] == ["Placed Order", "Recurring Order"]
    for answer in (room.call.get(url, include="metrics"), room.call.get("/api/custom-metrics", include="metrics")):
        assert [{"type": one["type"], "id": one["id"]} for one in answer.document["included"]] == ids
    sparse = room.call.get(url, **{"fields[custom-metric]": "name"}).data
    assert sparse["attributes"] == {"name": "Online revenue"}

    definition = {"aggregation_method": "count", "metric_groups": [{"metric_id": recurring.id}]}
    changed = room.change(made.data["id"], name="Web", definition=definition).data
    assert (changed["attributes"]["name"], changed["attributes"]["created"]) == ("Web", made.data["attributes"]["created"])
    assert changed["attributes"]["definition"]["aggregation_method"] == "count"
    assert room.change(made.data["id"], name="web").data["attributes"]["definition"] == changed["attributes"]["definition"]
    assert room.call("DELETE", url).status == 204
    assert [room.call.get(at).status for at in (url, links["self"], links["related"])] == [404, 404, 404]
    assert room.call("DELETE", url).status == room.change(made.data["id"], name="x").status == 404
    assert room.call.get("/api/custom-metrics").data == []


def test_a_name_is_taken_whatever_its_capitals(room: Room) -> None:
    group = {"metric_id": room.metric("Placed Order").id}
    first, second = room.create("Straße", [group]).data["id"], room.create("Other", [group]).data["id"]
    for answer in (room.create("STRASSE", [group]), room.change(second, name="strasse ")):
        assert (answer.error["status"], answer.error["source"]) == (400, {"pointer": "/data/attributes/name"})
    assert room.change(first, name="STRASSE").data["attributes"]["name"] == "STRASSE"
    assert len(room.call.get("/api/custom-metrics").data) == 2


def filtered(kind: str, operator: str, value: Any = None, name: str = "p") -> dict[str, Any]:
    filter_ = {"type": kind, "operator": operator} | ({} if value is None else {"value": value})
    return {"property": name, "filter": filter_}


@pytest.mark.parametrize(
    ("kind", "operator", "value"),
    [
        *(("string", one, "a") for one in ("equals", "not-equals", "contains", "not-contains", "starts-with", "ends-with")),
        ("string", "in", ["a", "b"]),
        *(("numeric", one, 5) for one in ("equals", "not-equals", "greater-than", "less-than-or-equal")),
        ("existence", "is-set", None),
        ("existence", "not-set", None),
        ("boolean", "equals", True),
        ("list", "contains", "a"),
        ("list", "not-contains", "a"),
        *(("list", f"{no}contains-{how}", "a") for no in ("", "not-") for how in ("starts-with", "ends-with", "substring")),
    ],
)
def test_the_grammar_of_filters(room: Room, kind: str, operator: str, value: Any) -> None:
    sent = filtered(kind, operator, value)
    made = room.create("m", [{"metric_id": room.metric("Placed Order").id, "metric_filters": [sent]}])
    assert made.data["attributes"]["definition"]["metric_groups"][0]["metric_filters"] == [sent]


DATED = filtered("date", "in-the-last") | {"filter": {"type": "date", "operator": "in-the-last", "quantity": 1, "unit": "day"}}


@pytest.mark.parametrize(
    ("group", "method", "pointer"),
    [
        ({"metric_id": "NOSUCH"}, "count", f"{GROUPS}/0/metric_id"),
        ({"metric_id": ""}, "count", f"{GROUPS}/0/metric_id"),
        ({}, "count", f"{GROUPS}/0/metric_id"),
        ({"value_property": "Total"}, "count", f"{GROUPS}/0/value_property"),
        ({"value_property": ""}, "value", f"{GROUPS}/0/value_property"),
        ({"currency": "EUR"}, "value", f"{GROUPS}/0/currency"),
        ({"metric_filters": [DATED]}, "count", f"{GROUPS}/0/metric_filters/0/filter/type"),
        ({"metric_filters": [filtered("list", "length-equals", 1)]}, "count", f"{GROUPS}/0/metric_filters/0/filter/operator"),
        ({"metric_filters": [NOT_POS, {"property": "x"}]}, "count", f"{GROUPS}/0/metric_filters/1/filter"),
        ({"metric_filters": [filtered("numeric", "equals", "a")]}, "count", f"{GROUPS}/0/metric_filters/0/filter/value"),
        ({"metric_filters": [NOT_POS] * 11}, "count", f"{GROUPS}/0/metric_filters"),
        ({"metric_filters": {}}, "count", f"{GROUPS}/0/metric_filters"),
        ({}, "sum", "/data/attributes/definition/aggregation_method"),
    ],
)
def test_a_wrong_definition_says_where(room: Room, group: dict[str, Any], method: str, pointer: str) -> None:
    placed = {"metric_id": room.metric("Placed Order").id}
    whole = group if pointer.endswith("metric_id") else {**placed, **group}
    error = room.create("m", [whole], method).error
    assert (error["status"], error["source"]) == (400, {"pointer": pointer})
    made = room.create("m", [placed], "value").data
    definition = {"aggregation_method": method, "metric_groups": [whole]}
    assert room.change(made["id"], definition=definition).error["source"] == {"pointer": pointer}


def test_other_refusals(room: Room) -> None:
    group = {"metric_id": room.metric("Placed Order").id}

    def pointer(answer: Answer) -> str:
        assert answer.error["status"] == 400
        return str(answer.error["source"].get("pointer") or answer.error["source"]["parameter"])

    assert pointer(room.create("", [group])) == "/data/attributes/name"
    assert pointer(room.create("x" * 256, [group])) == "/data/attributes/name"
    assert pointer(room.create("m", [])) == GROUPS
    assert pointer(room.create("m", [group] * 11)) == GROUPS
    assert pointer(room.call("POST", "/api/custom-metrics", {"data": {"type": "metric"}})) == "/data/type"
    made = room.create("m", [group]).data["id"]
    body = {"data": {"type": "custom-metric", "id": "other", "attributes": {}}}
    assert pointer(room.call("PATCH", f"/api/custom-metrics/{made}", body)) == "/data/id"
    assert pointer(room.call.get("/api/custom-metrics", include="flows")) == "include"


@pytest.mark.parametrize(("plan", "most"), [(Plan(()), 1), (Plan(("cdp",)), 50), (Plan(maxima={"custom_metrics": 3}), 3)])
def test_a_plan_allows_so_many(room: Room, plan: Plan, most: int) -> None:
    plans.save(room.table, room.account_id, plan)
    group = {"metric_id": room.metric("Placed Order").id}
    made = [room.create(f"m{n}", [group]).data["id"] for n in range(most)]
    error = room.create("one more", [group]).error
    assert (error["status"], error["code"]) == (403, "permission_denied")
    assert room.change(made[0], name="renamed").status == 200
    assert room.call("DELETE", f"/api/custom-metrics/{made[0]}").status == 204
    assert room.create("one more", [group]).status == 201


def test_of_two_creators_of_the_last_one_only_one_succeeds(room: Room) -> None:
    plans.save(room.table, room.account_id, Plan(maxima={"custom_metrics": 3}))
    group = {"metric_id": room.metric("Placed Order").id}
    gate, answers = threading.Barrier(6), []

    def create(number: int) -> None:
        gate.wait()
        answers.append(room.create(f"m{number}", [group]).status)

    threads = [threading.Thread(target=create, args=(n,), daemon=True) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert custom_metrics.count(room.table, room.account_id) <= 3
    assert answers.count(201) == custom_metrics.count(room.table, room.account_id)
    assert set(answers) <= {201, 403, 503}


def test_a_shelf_that_has_changed_takes_nothing(room: Room) -> None:
    """What the threads above may or may not meet: both look, then both write."""
    group = {"metric_id": room.metric("Placed Order").id}
    made = room.create("first", [group]).data["id"]
    seen = custom_metrics.CUSTOM_METRICS.shelf(room.table, room.account_id)
    assert room.create("second", [group]).status == 201
    old = seen.things[made].thing
    for operations in (
        custom_metrics.putting(room.account_id, old, seen),
        custom_metrics.removing(room.account_id, made, seen),
    ):
        assert room.table.write([operations]) == [False]


def test_writes_of_a_day(tmp_path: Path) -> None:
    """15, times the factor of the limits."""
    room = room_at(tmp_path, factor=10)
    group = {"metric_id": room.metric("Placed Order").id}
    made = room.create("m", [group]).data["id"]
    for _ in range(149):
        daily.count(room.table, room.account_id, "custom-metrics", datetime.now(UTC), 150)
    for answer in (room.create("n", [group]), room.change(made, name="n")):
        assert "150 a day" in answer.error["detail"]
        assert answer.status == 429
        assert answer.headers["retry-after"]
    assert room.call("DELETE", f"/api/custom-metrics/{made}").status == 204
