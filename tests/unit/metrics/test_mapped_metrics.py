"""Mapped metrics over HTTP: their defaults, what is chosen, and that nothing is mapped twice."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cdp.documents import daily, mapped_metrics
from cdp.documents.custom_metrics import CUSTOM_METRICS
from cdp.documents.mapped_metrics import MAPPINGS, Choice, Target
from tests.unit.calls import BASE
from tests.unit.metrics.conftest import NOW, Room, room_at

METRIC, CUSTOM = "/data/relationships/metric/data/id", "/data/relationships/custom-metric/data/id"


def test_before_anybody_has_chosen(room: Room) -> None:
    assert room.mapped() == dict.fromkeys(sorted(MAPPINGS), None)
    usual = {name: room.metric(names[0]).id for name, names in MAPPINGS.items()}
    assert room.mapped() == {name: ("metric", id_) for name, id_ in usual.items()}
    one = room.call.get("/api/mapped-metrics/revenue").data
    assert one["links"]["self"] == f"{BASE}/api/mapped-metrics/revenue"
    assert one["attributes"]["updated"]


def test_of_several_metrics_the_most_used_one(room: Room) -> None:
    few, many = room.metric("Placed Order", "pos", events=2), room.metric("Placed Order", "shop", events=5)
    room.metric("Placed Order", "api")
    assert room.mapped()["revenue"] == ("metric", many.id)
    room.record(few, 9)
    assert room.mapped()["revenue"] == ("metric", few.id)
    begun = room.metric("Checkout Started", events=3)
    room.metric("Started Checkout", events=1)
    assert room.mapped()["started_checkout"] == ("metric", begun.id)


def test_a_metric_and_its_addresses(room: Room) -> None:
    placed, paid = room.metric("Placed Order"), room.metric("Paid")
    answer = room.map("revenue", metric=paid.id)
    assert answer.status == 200
    assert answer.data["relationships"]["metric"]["data"] == {"type": "metric", "id": paid.id}
    assert "data" not in answer.data["relationships"]["custom-metric"]
    assert room.mapped()["revenue"] == ("metric", paid.id)
    links = answer.data["relationships"]["metric"]["links"]
    assert room.call.get(links["related"]).data["attributes"]["name"] == "Paid"
    assert room.call.get(links["self"]).data == {"type": "metric", "id": paid.id}
    other = answer.data["relationships"]["custom-metric"]["links"]
    assert room.call.get(other["related"]).error["code"] == "not_found"
    assert room.call.get(other["self"]).data is None
    included = room.call.get("/api/mapped-metrics/revenue", include="metric,custom-metric").document["included"]
    assert [one["id"] for one in included] == [paid.id]
    assert room.call.get("/api/mapped-metrics/revenue", include="custom-metric").document["included"] == []
    assert room.map("ordered_product", metric=placed.id).status == 200  # no default any more, so it is free


def test_a_custom_metric(room: Room) -> None:
    made = room.create("Online", [{"metric_id": room.metric("Placed Order").id}], "value").data["id"]
    mapped = room.map("revenue", custom_metric=made, metric=None).data
    assert mapped["relationships"]["custom-metric"]["data"] == {"type": "custom-metric", "id": made}
    links = mapped["relationships"]["custom-metric"]["links"]
    assert room.call.get(links["related"]).data["attributes"]["name"] == "Online"
    assert room.call.get(links["self"]).data == {"type": "custom-metric", "id": made}
    found = room.call.get("/api/mapped-metrics", include="custom-metric").document["included"]
    assert [one["id"] for one in found] == [made]
    assert room.call("DELETE", f"/api/custom-metrics/{made}").status == 204
    assert room.mapped()["revenue"] is None  # and not the default: somebody had chosen
    assert room.call.get(links["self"]).data is None


@pytest.mark.parametrize("null", [{"data": None}, {"data": {"type": "metric", "id": None}}])
def test_unmapped_on_purpose(room: Room, null: dict[str, Any]) -> None:
    placed = room.metric("Placed Order")
    body = {"data": {"type": "mapped-metric", "id": "revenue", "relationships": {"metric": null}}}
    assert room.call("PATCH", "/api/mapped-metrics/revenue", body).status == 200
    assert room.mapped()["revenue"] is None
    assert room.map("ordered_product", metric=placed.id).status == 200
    assert room.map("revenue", metric=placed.id).error["source"] == {"pointer": METRIC}


def test_a_metric_is_mapped_once(room: Room) -> None:
    placed = room.metric("Placed Order")
    viewed = room.metric("Viewed Product")
    made = room.create("Online", [{"metric_id": placed.id}]).data["id"]
    assert room.map("revenue", custom_metric=made).status == 200
    assert room.map("revenue", custom_metric=made).status == 200  # where it is, it may stay
    assert room.map("refunded_sales", custom_metric=made).error["source"] == {"pointer": CUSTOM}
    error = room.map("added_to_cart", metric=viewed.id).error  # a default counts as mapped
    assert (error["status"], error["source"]) == (400, {"pointer": METRIC})
    assert room.map("added_to_cart", metric=placed.id).status == 200


@pytest.mark.parametrize(
    ("relationships", "pointer"),
    [
        ({"metric": {"data": {"type": "metric", "id": "NOSUCH"}}}, METRIC),
        ({"custom-metric": {"data": {"type": "custom-metric", "id": "NOSUCH"}}}, CUSTOM),
        ({"metric": {"data": {"type": "custom-metric", "id": "x"}}}, "/data/relationships/metric/data/type"),
        ({"metric": {"data": {"type": "metric"}}}, METRIC),
        ({}, "/data/relationships"),
        (
            {"metric": {"data": {"type": "metric", "id": "a"}}, "custom-metric": {"data": {"type": "custom-metric", "id": "b"}}},
            "/data/relationships/custom-metric/data",
        ),
    ],
)
def test_a_wrong_mapping_says_where(room: Room, relationships: dict[str, Any], pointer: str) -> None:
    body = {"data": {"type": "mapped-metric", "id": "revenue", "relationships": relationships}}
    error = room.call("PATCH", "/api/mapped-metrics/revenue", body).error
    assert (error["status"], error["source"]) == (400, {"pointer": pointer})


def test_what_does_not_exist(room: Room) -> None:
    for path in ("", "/metric", "/custom-metric", "/relationships/metric", "/relationships/custom-metric"):
        assert room.call.get(f"/api/mapped-metrics/profit{path}").error["code"] == "not_found"
    assert room.map("profit", metric="x").error["code"] == "not_found"
    assert room.call.get("/api/mapped-metrics", include="metrics").error["source"] == {"parameter": "include"}
    body = {"data": {"type": "mapped-metric", "id": "revenue", "relationships": {"metric": {"data": None}}}}
    assert room.call("PATCH", "/api/mapped-metrics/refunded_sales", body).error["source"] == {"pointer": "/data/id"}


def test_two_who_choose_at_the_same_moment(room: Room) -> None:
    """Both have looked; the second write finds that the choices are no longer those it saw. The same for a custom
    metric that changes or goes while it is being mapped."""
    made = room.create("Online", [{"metric_id": room.metric("Placed Order").id}]).data["id"]
    seen = mapped_metrics.choices(room.table, room.account_id)
    target = Target("custom-metric", made)
    writes = [mapped_metrics.choosing(room.account_id, seen, {name: Choice(NOW, target)}) for name in ("revenue", "added_to_cart")]
    assert room.table.write([[writes[0]], [writes[1]]]) == [True, False]
    stored = CUSTOM_METRICS.get(room.table, room.account_id, made)
    assert stored is not None
    assert room.call("DELETE", f"/api/custom-metrics/{made}").status == 204
    seen = mapped_metrics.choices(room.table, room.account_id)
    again = mapped_metrics.choosing(room.account_id, seen, {"revenue": Choice(NOW, target)})
    assert room.table.write([[again, CUSTOM_METRICS.touch(room.account_id, stored)]]) == [False]
    assert room.mapped()["revenue"] is None


def test_writes_of_a_day(tmp_path: Path) -> None:
    """30, times the factor of the limits."""
    room = room_at(tmp_path, factor=10)
    for _ in range(300):
        daily.count(room.table, room.account_id, "mapped-metrics", datetime.now(UTC), 300)
    answer = room.map("revenue", metric=None)
    assert answer.status == 429
    assert "300 a day" in answer.error["detail"]
