"""Funnels over HTTP: the cards of the dashboard and their reports."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from cdp.documents import segments
from cdp.documents.segments import SEGMENTS, Segment
from tests.unit.calls import Answer
from tests.unit.query.files import event
from tests.unit.reports.room import NOW, Room


@pytest.fixture
def metrics(room: Room) -> list[str]:
    return [room.metric(name).id for name in ("Viewed Product", "Added to Cart", "Placed Order")]


def steps(*ids: str) -> list[dict[str, Any]]:
    return [{"metric_id": id_} for id_ in ids]


def make(room: Room, metrics: list[str], name: str = "Shop", **more: Any) -> Answer:
    return room.post("/api/funnels", "funnel", name=name, steps=steps(*metrics), **more)


def patch(room: Room, id_: str, **attributes: Any) -> Answer:
    return room.call("PATCH", f"/api/funnels/{id_}", {"data": {"type": "funnel", "id": id_, "attributes": attributes}})


def clone(room: Room, id_: str, **attributes: Any) -> Answer:
    return room.call("POST", "/api/funnel-clone", {"data": {"type": "funnel", "id": id_, "attributes": attributes}})


def pointer_of(refused: Answer) -> str:
    assert refused.status == 400
    return str(refused.error["source"]["pointer"])


def names(room: Room) -> list[str]:
    found = room.call("GET", "/api/funnels").data
    assert [one["attributes"]["position"] for one in found] == list(range(1, len(found) + 1))
    return [one["attributes"]["name"] for one in found]


def test_a_card_is_kept_changed_and_deleted(room: Room, metrics: list[str]) -> None:
    filters = [{"property": "p", "filter": {"type": "string", "operator": "equals", "value": "x"}}]
    body = [{"metric_id": metrics[0], "label": "Look", "metric_filters": filters}, *steps(metrics[2])]
    made = room.post("/api/funnels", "funnel", name=" Shop ", steps=body, window_seconds=7200)
    assert made.status == 201
    data = made.data
    assert data["attributes"]["name"] == "Shop"
    assert data["attributes"]["steps"][0] == body[0]
    assert made.headers["location"].endswith(data["id"])
    assert room.call("GET", f"/api/funnels/{data['id']}").data["attributes"] == data["attributes"]
    changed = patch(room, data["id"], window_seconds=None, steps=steps(*metrics)).data["attributes"]
    assert changed["window_seconds"] is None
    assert [one["metric_id"] for one in changed["steps"]] == metrics
    assert room.call("DELETE", f"/api/funnels/{data['id']}").status == 204
    assert room.call("GET", f"/api/funnels/{data['id']}").status == 404
    assert names(room) == []


def test_cards_have_an_order(room: Room, metrics: list[str]) -> None:
    ids = {name: make(room, metrics, name).data["id"] for name in "abc"}
    assert names(room) == ["a", "b", "c"]
    assert patch(room, ids["c"], position=1).data["attributes"]["position"] == 1
    assert names(room) == ["c", "a", "b"]
    patch(room, ids["c"], position=10)
    assert names(room) == ["a", "b", "c"]
    make(room, metrics, "d", position=2)
    assert names(room) == ["a", "d", "b", "c"]
    room.call("DELETE", f"/api/funnels/{ids['a']}")
    assert names(room) == ["d", "b", "c"]
    assert clone(room, ids["b"]).data["attributes"]["name"] == "Copy of b"
    assert names(room) == ["d", "b", "c", "Copy of b"]


def test_there_is_room_for_ten_also_when_many_come_at_once(room: Room, metrics: list[str]) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda n: make(room, metrics, f"f{n}").status, range(14)))
    assert found.count(201) == 10
    assert set(found) <= {201, 400, 503}
    assert len(names(room)) == 10
    refused = make(room, metrics)
    assert pointer_of(refused) == "/data"


@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({"steps": [0]}, "/steps"),
        ({"steps": [0] * 21}, "/steps"),
        ({"steps": [0, "nope"]}, "/steps/1/metric_id"),
        ({"window_seconds": 3601}, "/window_seconds"),
        ({"window_seconds": 0}, "/window_seconds"),
        ({"segment_id": "nope"}, "/segment_id"),
        ({"name": " "}, "/name"),
        ({"position": 0}, "/position"),
    ],
)
def test_what_is_wrong_is_named(room: Room, metrics: list[str], attributes: dict[str, Any], pointer: str) -> None:
    given = {"name": "Shop", "steps": [0, 1], **attributes}
    given["steps"] = steps(*(metrics[one] if isinstance(one, int) else one for one in given["steps"]))
    refused = room.post("/api/funnels", "funnel", **given)
    assert pointer_of(refused) == f"/data/attributes{pointer}"


def test_filters_and_unknown_names_of_a_step_are_checked(room: Room, metrics: list[str]) -> None:
    wrong = {"property": "p", "filter": {"type": "string", "operator": "resembles", "value": "x"}}
    refused = room.post(
        "/api/funnels", "funnel", name="F", steps=[*steps(metrics[0]), {"metric_id": metrics[1], "metric_filters": [wrong]}]
    )
    assert pointer_of(refused) == "/data/attributes/steps/1/metric_filters/0/filter/operator"
    refused = room.post("/api/funnels", "funnel", name="F", steps=[{"metric_id": metrics[0], "color": "red"}])
    assert pointer_of(refused) == "/data/attributes/steps/0/color"
    report = room.post("/api/funnel-reports", "funnel-report", definition={"steps": steps(*metrics), "color": 1})
    assert pointer_of(report) == "/data/attributes/definition/color"


def report(room: Room, **attributes: Any) -> Answer:
    return room.post("/api/funnel-reports", "funnel-report", **attributes)


def test_a_report_of_a_card_and_of_a_definition(room: Room, metrics: list[str]) -> None:
    day = NOW - timedelta(days=1)
    room.store(
        [
            event(n, day + timedelta(minutes=m), metric_id=metric, profile_no=profile)
            for n, (profile, metric, m) in enumerate([(1, 1, 0), (1, 2, 3), (1, 3, 70), (2, 1, 0), (2, 2, 4), (3, 2, 5)])
        ]
    )
    card = make(room, metrics).data["id"]
    answer = report(room, funnel_id=card)
    assert answer.status == 200
    found = answer.data["attributes"]
    assert [one["count"] for one in found["results"]] == [2, 2, 1]
    assert [one["dropped"] for one in found["results"]] == [0, 1, None]
    assert [one["share_of_previous"] for one in found["results"]] == [None, 1.0, 0.5]
    assert [one["share_of_first"] for one in found["results"]] == [1.0, 1.0, 0.5]
    assert [one["median_seconds_from_previous"] for one in found["results"]] == [None, 210.0, 4020.0]
    assert found["data_through"] == "2036-06-30T13:10:00+00:00"
    assert found["timezone"] == "Europe/Berlin"
    definition = {"steps": steps(*metrics), "window_seconds": 3600}
    shorter = report(room, definition=definition).data["attributes"]
    assert [one["count"] for one in shorter["results"]] == [2, 2, 0]
    run = room.run("funnel", {"definition": definition})
    assert [row[2] for row in run.data["attributes"]["rows"]] == [2, 2, 0]


def test_an_empty_account_and_one_event(room: Room, metrics: list[str]) -> None:
    asked = {"definition": {"steps": steps(*metrics)}}
    nothing = report(room, **asked).data["attributes"]
    assert [one["count"] for one in nothing["results"]] == [0, 0, 0]
    assert nothing["results"][0]["share_of_first"] is None
    assert nothing["data_through"] is None
    room.store([event(1, NOW - timedelta(hours=1), metric_id=1, profile_no=1)])
    assert [one["count"] for one in report(room, **asked).data["attributes"]["results"]] == [1, 0, 0]


@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({}, "/funnel_id"),
        ({"funnel_id": "nope"}, "/funnel_id"),
        ({"funnel_id": "nope", "definition": {"steps": []}}, "/funnel_id"),
        ({"definition": {"steps": []}}, "/definition/steps"),
        ({"definition": {"steps": [{"metric_id": "x"}, {"metric_id": "y"}]}}, "/definition/steps/0/metric_id"),
    ],
)
def test_a_report_names_what_is_wrong(room: Room, attributes: dict[str, Any], pointer: str) -> None:
    refused = report(room, **attributes)
    assert pointer_of(refused) == f"/data/attributes{pointer}"


def test_a_period_of_a_report_is_checked(room: Room, metrics: list[str]) -> None:
    timeframe = {"start": "2030-01-01", "end": "2036-01-01"}
    refused = report(room, definition={"steps": steps(*metrics)}, timeframe=timeframe)
    assert pointer_of(refused) == "/data/attributes/timeframe/end"


def test_a_card_that_cannot_be_counted_says_so_and_the_others_work(room: Room, metrics: list[str]) -> None:
    segment = Segment("sEgm", "Some", NOW, NOW, msgspec.Raw(b"{}"))
    assert segments.save(room.table, room.account.id, segment, 0)
    broken = make(room, metrics, "Broken", segment_id=segment.id).data["id"]
    whole = make(room, metrics, "Whole").data["id"]
    assert report(room, funnel_id=broken).status == 200
    stored = SEGMENTS.get(room.table, room.account.id, segment.id)
    assert stored is not None
    off = msgspec.structs.replace(segment, is_active=False)
    assert segments.save(room.table, room.account.id, off, stored.version)
    errors = [one["attributes"]["error"] for one in room.call("GET", "/api/funnels").data]
    assert errors == ["The funnel 'Broken' cannot be counted: The segment 'Some' is not active.", None]
    refused = report(room, funnel_id=broken)
    assert pointer_of(refused) == "/data/attributes/funnel_id"
    assert "Broken" in refused.error["detail"]
    assert report(room, funnel_id=whole).status == 200
    assert patch(room, broken, name="Renamed").status == 200
