"""Alerts over HTTP: the log of a monitor, and all of them."""

from __future__ import annotations

from cdp.documents.alerts import ALERTS, Alert
from tests.unit.calls import pages
from tests.unit.monitors.orders import DAY, MANY
from tests.unit.monitors.room import NOW, Room


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
