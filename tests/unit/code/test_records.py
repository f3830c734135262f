"""Logs, figures and dead letters of functions, and their replay."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from cdp import connect, events
from cdp.code.job import Failure, LogLine
from cdp.documents import function_letters, function_runs
from cdp.documents.function_letters import Letter
from cdp.documents.function_runs import Day, Run
from cdp.events import FunctionDue
from tests.unit.calls import pages
from tests.unit.code.conftest import ACCOUNT, Room, raw

NOW = datetime.now(UTC).replace(microsecond=0)


def test_runs_are_listed_newest_first(room: Room) -> None:
    id_ = room.made()
    runs = [
        Run(
            function_runs.new_id(NOW + timedelta(seconds=n)), f"key{n}", 1, f"event{n}", ("ok", "failed")[n % 2],
            NOW + timedelta(seconds=n), 2.5, result=raw({"n": n}), logs=(LogLine(1, "info", "hello"),),
            failure=Failure("ValueError", "no") if n % 2 else None,
        )
        for n in range(7)
    ]  # fmt: skip
    function_runs.save(room.table, ACCOUNT, id_, runs, Day(NOW.date()))
    url = f"/api/functions/{id_}/function-logs"

    def seen(**query: str) -> list[int]:
        found = pages(room.caller, url, **{"page[size]": "2", **query})
        return [one["attributes"]["result"]["n"] for page in found for one in page.data]

    assert seen() == [6, 5, 4, 3, 2, 1, 0]
    assert seen(sort="at") == [0, 1, 2, 3, 4, 5, 6]
    assert seen(filter="equals(status,'failed')") == [5, 3, 1]
    assert seen(filter="equals(status,'timeout')") == []
    second = room.caller.get(pages(room.caller, url, **{"page[size]": "2"})[0].document["links"]["next"])
    back = room.caller.get(second.document["links"]["prev"])
    assert [one["attributes"]["result"]["n"] for one in back.data] == [6, 5]
    newest = room.caller.get(url).data[1]
    assert newest["relationships"]["function"]["data"]["id"] == id_
    shown = newest["attributes"]
    assert shown["failure"] == {"kind": "ValueError", "message": "no", "where": ""}
    assert shown["logs"] == [{"at_ms": 1, "level": "info", "text": "hello"}]
    assert (shown["status"], shown["event_id"], shown["duration_ms"], shown["attempt"]) == ("failed", "event5", 2.5, 1)
    for query in ({"filter": "equals(status,'good')"}, {"sort": "status"}, {"page[size]": "0"}):
        assert room.caller.get(url, **query).status == 400


def test_figures_by_day(room: Room) -> None:
    id_, today = room.made(), datetime.now(UTC).date()
    for part in (Day(today, {"ok": 3, "timeout": 1}, 2, 40.0, 30.0, 1), Day(today, {"ok": 1}, 0, 10.0, 10.0)):
        function_runs.save(room.table, ACCOUNT, id_, (), part)
    shown = [one["attributes"] for one in room.caller.get(f"/api/functions/{id_}/function-metrics", days="3").data]
    assert [date.fromisoformat(one["day"]) for one in shown] == [today - timedelta(days=n) for n in range(3)]
    assert (shown[0]["runs"], shown[0]["ok"], shown[0]["timeout"], shown[0]["failed"]) == (5, 4, 1, 0)
    assert (shown[0]["average_ms"], shown[0]["longest_ms"]) == (10.0, 30.0)
    assert (shown[0]["unrecorded"], shown[0]["letters_lost"]) == (2, 1)
    assert (shown[1]["runs"], shown[1]["average_ms"]) == (0, None)
    assert len(room.caller.get(f"/api/functions/{id_}/function-metrics").data) == 30
    for days in ("0", "401", "x", "9" * 5000):
        answer = room.caller.get(f"/api/functions/{id_}/function-metrics", days=days)
        assert answer.error["source"] == {"parameter": "days"}


def test_dead_letters_are_listed_and_replayed(room: Room) -> None:
    id_ = room.made()
    letters = [
        (Letter(f"event{n}", NOW + timedelta(seconds=n), "failed", 6, 1, Failure("ValueError", "no")), raw({"n": n}))
        for n in range(5)
    ]
    function_letters.save(room.table, ACCOUNT, id_, letters)
    url = f"/api/functions/{id_}/dead-letters"
    found = pages(room.caller, url, **{"page[size]": "2"})
    assert [one["id"] for page in found for one in page.data] == [f"event{n}" for n in (4, 3, 2, 1, 0)]
    assert found[0].data[0]["attributes"]["attempts"] == 6
    assert room.caller("POST", f"/api/functions/{id_}/replay").status == 409, "nothing is live"
    room.publish(id_)
    sent = {"data": {"type": "function-replay", "attributes": {"ids": ["event1", "event3", "nobody"]}}}
    answer = room.caller("POST", f"/api/functions/{id_}/replay", sent)
    assert (answer.status, answer.data["attributes"]) == (202, {"replayed": 2, "more": False})
    assert _due(room) == ["event1", "event3"]
    assert room.caller("POST", f"/api/functions/{id_}/replay").data["attributes"]["replayed"] == 3
    assert _due(room) == ["event0", "event2", "event4"]
    assert room.caller.get(url).data == []
    for ids in ([], ["x"] * 101, [5]):
        sent = {"data": {"type": "function-replay", "attributes": {"ids": ids}}}
        assert room.caller("POST", f"/api/functions/{id_}/replay", sent).error["source"]["pointer"].startswith(
            "/data/attributes/ids"
        )


def test_dead_letters_are_dropped(room: Room) -> None:
    id_ = room.made()
    letters = [(Letter(f"event{n}", NOW + timedelta(seconds=n), "failed", 6, 1), raw(n)) for n in range(3)]
    function_letters.save(room.table, ACCOUNT, id_, letters)
    url = f"/api/functions/{id_}/dead-letters"
    assert room.caller("DELETE", f"{url}/event1").status == 204
    assert room.caller("DELETE", f"{url}/event1").status == 404
    assert [one["id"] for one in room.caller.get(url).data] == ["event2", "event0"]
    assert room.caller("DELETE", url).data["attributes"] == {"dropped": 2, "more": False}
    assert room.caller.get(url).data == []
    assert _due(room) == []


def _due(room: Room) -> list[str]:
    """The events that `executions` is told to run, in order."""
    queue = connect.queue(room.settings.executions_queue)
    found = []
    while deliveries := queue.receive(10, visibility_s=60):
        for one in deliveries:
            message = events.decode(one.body)
            assert isinstance(message, FunctionDue)
            found += [trigger.event_id for trigger in message.triggers]
        queue.ack(deliveries)
    return found
