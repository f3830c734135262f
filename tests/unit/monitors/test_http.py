"""Monitors, alerts and dry runs over HTTP."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cdp.documents import monitors
from cdp.documents.alerts import ALERTS, Alert
from cdp.documents.monitors import MONITORS
from functions.monitors.operations import MOST
from tests.unit.calls import BASE, Answer, pages
from tests.unit.monitors.room import NOW, Room
from tests.unit.query.files import event
from tests.unit.reports.oracle_membership import Entry, row

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NOON = datetime(2036, 6, 30, 10, tzinfo=UTC)  # of the day before `NOW`, in Berlin
MANY = {"metric": "total_events", "relation": "greater-than", "value": 2}


@pytest.fixture
def metric_id(room: Room) -> str:
    return orders(room)


def orders(room: Room) -> str:
    """Three a day on three days; the metric's id."""
    metric = room.metric()
    room.store([event(n, NOON - n // 3 * DAY, metric_id=metric.no) for n in range(9)])
    return metric.id


# ---------------------------------------------------------------- monitors


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


# ---------------------------------------------------------------- alerts


def test_alerts_are_listed_for_a_monitor_and_for_all(room: Room, metric_id: str) -> None:
    first = room.make("metric", metric_id, MANY, name="Seen").data["id"]
    second = room.make("metric", metric_id, MANY, name="Silent", notifications={"home": False}).data["id"]
    room.run(NOW - DAY)
    room.send("PATCH", f"/api/monitors/{second}", "monitor", {}, enabled=False)

    def found(**query: str) -> list[str]:
        return [one["attributes"]["name"] for one in room.call.get("/api/monitor-alerts", **query).data]

    assert found(sort="name") == ["Seen", "Silent"]
    assert found(filter='equals(status,"open")') == ["Seen"]
    assert found(filter='equals(status,"closed")') == ["Silent"]
    assert found(filter="equals(home,true)") == ["Seen"]
    assert found(filter='equals(status,"open"),equals(home,false)') == []
    assert found(filter=f'equals(monitor_id,"{second}")') == ["Silent"]
    assert found(filter='equals(monitor_type,"flow")') == []
    (alert,) = room.call.get(f"/api/monitors/{first}/alerts").data
    assert room.call.get(f"/api/monitor-alerts/{alert['id']}").data == alert
    assert alert["relationships"]["metric"]["data"]["id"] == metric_id
    assert alert["attributes"]["evaluation"]["result"] is True
    assert room.call.get("/api/monitor-alerts/XXXXXX").error["code"] == "not_found"


def test_a_long_log_is_paged(room: Room, metric_id: str) -> None:
    id_ = room.make("metric", metric_id, MANY).data["id"]
    for n in range(7):
        at = NOW + n * DAY
        entry = Alert(f"A{n}", "Watch", at, at, id_, "metric", metric_id, True, at, at + n % 3 * DAY, {}, closed_at=at)
        room.table.write([[ALERTS.put(room.account.id, entry, 0)]])

    def walked(url: str, **query: str) -> list[str]:
        return [one["id"] for page in pages(room.call, url, **query, **{"page[size]": "2"}) for one in page.data]

    log = f"/api/monitors/{id_}/alerts"
    assert walked(log) == walked("/api/monitor-alerts") == [f"A{n}" for n in range(7)]
    assert walked(log, sort="-first_seen") == walked("/api/monitor-alerts", sort="-created") == [f"A{n}" for n in reversed(range(7))]
    assert walked(log, sort="last_seen")[:2] == ["A0", "A1"]
    assert walked(log, filter="greater-or-equal(first_seen,2036-07-06T12:00:00Z)") == ["A5", "A6"]
    assert walked(log, filter='equals(status,"open")') == []


# ---------------------------------------------------------------- dry runs


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
