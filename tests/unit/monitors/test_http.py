"""Monitors over HTTP: made, read, changed, refused, listed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cdp.documents import monitors
from cdp.documents.monitors import MONITORS
from functions.monitors.operations import MOST
from tests.unit.calls import BASE, pages
from tests.unit.monitors.orders import HOUR, MANY
from tests.unit.monitors.room import NOW, Room


def test_a_monitor_is_made_read_changed_and_deleted(room: Room, metric_id: str) -> None:
    made = room.make("metric", metric_id, MANY, notifications={"home": False, "email": [" Anna@Example.com "]})
    assert made.status == 201
    id_ = made.data["id"]
    assert made.headers["location"] == f"{BASE}/api/monitors/{id_}"
    assert room.call.get(f"/api/monitors/{id_}").data == made.data
    assert made.data["attributes"] == {
        "name": "Watch", "monitor_type": "metric", "join": "and", "enabled": True, "status": "active",
        "conditions": [{
            **MANY, "value": 2.0, "value_type": "absolute", "aggregation": "sum", "period": "previous_day", "channel": None,
            "conversion_metric_id": None,
        }],
        "notifications": {"home": False, "email": ["anna@example.com"]}, "last_checked_at": None, "evaluation": None,
        "created": "2036-07-01T12:00:00+00:00", "updated": "2036-07-01T12:00:00+00:00",
    }  # fmt: skip
    assert made.data["relationships"] == {
        "metric": {
            "data": {"type": "metric", "id": metric_id}, "links": {"related": f"{BASE}/api/metrics/{metric_id}"}
        },
        "alerts": {"links": {"related": f"{BASE}/api/monitors/{id_}/alerts"}},
    }  # fmt: skip
    other = room.metric("Viewed Product").id
    room.now += HOUR
    changed = room.send(
        "PATCH", f"/api/monitors/{id_}", "monitor", {"metric": other}, name=" New ", join="or",
        conditions=[MANY, {**MANY, "relation": "increased-by", "value": 10, "value_type": "percent", "aggregation": "average",
                           "period": "last_14_days"}],
    ).data  # fmt: skip
    assert changed["relationships"]["metric"]["data"]["id"] == other
    shown = changed["attributes"]
    assert (shown["name"], shown["join"], shown["updated"]) == ("New", "or", "2036-07-01T13:00:00+00:00")
    assert shown["conditions"][1]["value_type"] == "percent"
    assert shown["notifications"] == {"home": False, "email": ["anna@example.com"]}
    assert room.call.get(f"/api/monitors/{id_}").data == changed
    assert room.call("DELETE", f"/api/monitors/{id_}").status == 204
    for answer in (room.call.get(f"/api/monitors/{id_}"), room.call("DELETE", f"/api/monitors/{id_}"),
                   room.call.get(f"/api/monitors/{id_}/alerts")):  # fmt: skip
        assert answer.error["code"] == "not_found"


def test_each_kind_watches_its_own(room: Room) -> None:
    room.segment()
    room.flow()
    members = {"metric": "members_dropped", "relation": "increased-by", "value": 5, "period": "last_7_days"}
    assert room.make("segment", "SegVip", members).data["relationships"]["segment"]["data"]["id"] == "SegVip"
    rate = {"metric": "open_rate", "relation": "less-than", "value": 20}
    (shown,) = room.make("flow", "FlowWel", rate).data["attributes"]["conditions"]
    assert (shown["channel"], shown["value_type"]) == ("email", "percent")
    count = {"metric": "delivered", "relation": "equals", "value": 0}
    (shown,) = room.make("flow", "FlowWel", count).data["attributes"]["conditions"]
    assert (shown["channel"], shown["value_type"]) == ("both", "absolute")


C = "/data/attributes/conditions/0"
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("metric", {"metric": "open_rate"}, f"{C}/metric"),
    ("metric", {"relation": "above"}, f"{C}/relation"),
    ("metric", {"value": "2"}, f"{C}/value"),
    ("metric", {"value": -1}, f"{C}/value"),
    ("metric", {"value": 1e13}, f"{C}/value"),
    ("metric", {"value": True}, f"{C}/value"),
    ("metric", {"value_type": "percent"}, f"{C}/value_type"),
    ("metric", {"relation": "increased-by", "value": 0}, f"{C}/value"),
    ("metric", {"relation": "decreased-by", "value": 101, "value_type": "percent"}, f"{C}/value"),
    ("metric", {"aggregation": "median"}, f"{C}/aggregation"),
    ("metric", {"period": "last_90_days"}, f"{C}/period"),
    ("metric", {"channel": "email"}, f"{C}/channel"),
    ("metric", {"conversion_metric_id": "XXXXXX"}, f"{C}/conversion_metric_id"),
    ("metric", {"threshold": 3}, f"{C}/threshold"),
    ("flow", {"metric": "open_rate", "channel": "sms"}, f"{C}/channel"),
    ("flow", {"metric": "click_rate", "channel": "both"}, f"{C}/channel"),
    ("flow", {"metric": "open_rate", "value": 100.5}, f"{C}/value"),
    ("flow", {"metric": "open_rate", "relation": "decreased-by", "value": 101}, f"{C}/value"),
    ("flow", {"metric": "conversion_rate", "conversion_metric_id": "XXXXXX"}, f"{C}/conversion_metric_id"),
]


@pytest.mark.parametrize(("kind", "change", "pointer"), REFUSED)
def test_a_wrong_condition_is_refused_where_it_is_wrong(room: Room, metric_id: str, kind: str, change: Any, pointer: str) -> None:
    object_id = metric_id if kind == "metric" else room.flow()
    answers = [room.make(kind, object_id, {**MANY, **change})]
    related = {kind: object_id}
    answers.append(room.dry(related, monitor_type=kind, conditions=[{**MANY, **change}]))
    for answer in answers:
        assert answer.error["source"]["pointer"] == pointer
    assert room.call.get("/api/monitors").data == []


@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({"name": " "}, "/data/attributes/name"),
        ({"name": "x" * 256}, "/data/attributes/name"),
        ({"monitor_type": "list"}, "/data/attributes/monitor_type"),
        ({"conditions": []}, "/data/attributes/conditions"),
        ({"conditions": [MANY, MANY, MANY]}, "/data/attributes/conditions"),
        ({"join": "xor"}, "/data/attributes/join"),
        ({"enabled": "yes"}, "/data/attributes/enabled"),
        ({"notifications": {"email": [f"a{n}@example.com" for n in range(11)]}}, "/data/attributes/notifications/email"),
        ({"notifications": {"email": ["a@example.com", "nobody"]}}, "/data/attributes/notifications/email/1"),
        ({"notifications": {"email": ["a@example.com\r\nBcc: b@example.com"]}}, "/data/attributes/notifications/email/0"),
        ({"notifications": {"email": ["a..b@example.com"]}}, "/data/attributes/notifications/email/0"),
        ({"notifications": {"sms": []}}, "/data/attributes/notifications/sms"),
    ],
)  # fmt: skip
def test_a_wrong_monitor_is_refused(room: Room, metric_id: str, attributes: Any, pointer: str) -> None:
    given = {"name": "A", "monitor_type": "metric", "conditions": [MANY], **attributes}
    answer = room.send("POST", "/api/monitors", "monitor", {"metric": metric_id}, **given)
    assert (answer.status, answer.error["source"]["pointer"]) == (400, pointer)


@pytest.mark.parametrize(
    ("related", "status", "pointer"),
    [
        ({}, 400, "/data/relationships/metric"),
        ({"segment": "SegVip"}, 400, "/data/relationships/segment"),
        ({"metric": "XXXXXX"}, 404, "/data/relationships/metric/data/id"),
        ({"metric": ""}, 404, "/data/relationships/metric/data/id"),
        ({"metric": "x" * 3000}, 404, "/data/relationships/metric/data/id"),
    ],
)  # fmt: skip
def test_what_is_watched_must_be_there(room: Room, related: dict[str, str], status: int, pointer: str) -> None:
    answer = room.send("POST", "/api/monitors", "monitor", related, name="A", monitor_type="metric", conditions=[MANY])
    assert (answer.status, answer.error["source"]["pointer"]) == (status, pointer)


def test_the_type_stays(room: Room, metric_id: str) -> None:
    id_ = room.make("metric", metric_id, MANY).data["id"]
    answer = room.send("PATCH", f"/api/monitors/{id_}", "monitor", {}, monitor_type="flow")
    assert answer.error["source"]["pointer"] == "/data/attributes/monitor_type"


def test_an_account_has_a_hundred_monitors(room: Room, metric_id: str) -> None:
    assert [room.make("metric", metric_id, MANY).status for _ in range(MOST)] == [201] * MOST
    assert room.make("metric", metric_id, MANY).error["detail"] == "An account has at most 100 monitors."


def test_the_limit_holds_for_many_at_once(room: Room, metric_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.monitors.operations.MOST", 4)
    with ThreadPoolExecutor(8) as threads:
        made = [threads.submit(room.make, "metric", metric_id, MANY) for _ in range(8)]
    statuses = [one.result().status for one in made]
    assert set(statuses) <= {201, 400, 503}
    assert len(list(MONITORS.all(room.table, room.account.id))) == statuses.count(201) <= 4
    assert monitors.accounts(room.table) == [room.account.id]


def test_monitors_are_listed_filtered_and_sorted(room: Room, metric_id: str) -> None:
    room.segment()
    ids = []
    for n, name in enumerate(("b", "a", "c", "d")):
        room.now = NOW + n * HOUR
        kind, object_id = ("metric", metric_id) if n % 2 == 0 else ("segment", "SegVip")
        figure = MANY if n % 2 == 0 else {**MANY, "metric": "total_members"}
        ids.append(room.make(kind, object_id, figure, name=name, enabled=n < 3).data["id"])
    room.run(NOW)

    def found(**query: str) -> list[int]:
        return [ids.index(one["id"]) for one in room.call.get("/api/monitors", **query).data]

    assert found(sort="name") == [1, 0, 2, 3]
    assert found(sort="-created") == [3, 2, 1, 0]
    assert found(filter='equals(status,"alert")', sort="created") == [0, 2]
    assert found(filter='any(status,["active","disabled"])', sort="created") == [1, 3]
    assert found(filter='equals(monitor_type,"segment")', sort="created") == [1, 3]
    assert found(filter='contains(name,"c")') == [2]
    assert found(filter='equals(name,"a")') == [1]
    assert found(filter=f'any(id,["{ids[3]}"])') == [3]
    assert found(filter="greater-than(created,2036-07-01T13:00:00Z)") == [2, 3]
    assert room.call.get("/api/monitors", filter='equals(status,"red")').error["source"] == {"parameter": "filter"}
    walked = pages(room.call, "/api/monitors", **{"page[size]": "1", "sort": "-name"})
    assert [ids.index(one["id"]) for page in walked for one in page.data] == [3, 2, 0, 1]
    sparse = room.call.get(f"/api/monitors/{ids[0]}", **{"fields[monitor]": "name,status"}).data
    assert sparse["attributes"] == {"name": "b", "status": "alert"}
