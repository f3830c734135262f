"""Functions that cause events themselves, and functions that fail and are mended: in the running platform."""

from __future__ import annotations

from typing import Any

from cdp.code.hops import MOST_HOPS
from tests.e2e.embedded.conftest import Shop, event, single
from tests.e2e.embedded.function_calls import counts, create_function
from tests.e2e.embedded.waiting import wait_for

ANSWERING = """
import account

def handler(event, context):
    account.events.create("{metric}", email="ada@example.com", unique_id=context.run["id"])
    return context.run["hops"]
"""
BROKEN = "def handler(event, context):\n    return event['data']['nothing']\n"
MENDED = "def handler(event, context):\n    return event['data']['id']\n"


def test_functions_that_answer_each_other_are_stopped(shop: Shop) -> None:
    ping, pong = _metric(shop, "Ping"), _metric(shop, "Pong")
    asks = create_function(shop, ANSWERING.format(metric="Pong"), ping, name="ping", timeout_s=15)
    answers = create_function(shop, ANSWERING.format(metric="Ping"), pong, name="pong", timeout_s=15)
    _send(shop, "Ping", "p1")
    wait_for(lambda: counts(shop, asks)["stopped"] + counts(shop, answers)["stopped"] > 0)
    assert counts(shop, asks)["ok"] + counts(shop, answers)["ok"] == MOST_HOPS + 1
    assert sorted(_results(shop, asks) + _results(shop, answers)) == list(range(MOST_HOPS + 1))
    (stopped,) = [one for id_ in (asks, answers) for one in _runs(shop, id_, "stopped")]
    assert "look for functions that trigger each other" in stopped["failure"]["message"]
    assert (answers in stopped["failure"]["message"]) == (asks == _stopped(shop, asks, answers))


def test_an_event_of_its_own_does_not_trigger_a_function(shop: Shop) -> None:
    metric = _metric(shop, "Echo")
    echo = create_function(shop, ANSWERING.format(metric="Echo"), metric, name="echo", timeout_s=15)
    other = create_function(shop, MENDED, metric, name="beside echo", timeout_s=15)
    _send(shop, "Echo", "e1")
    wait_for(lambda: counts(shop, other)["ok"] == 2)
    assert counts(shop, echo) == {**dict.fromkeys(counts(shop, echo), 0), "ok": 1}


def test_a_function_that_failed_is_mended_and_given_its_events_again(shop: Shop) -> None:
    metric = _metric(shop, "Refunded Order")
    id_ = create_function(shop, BROKEN, metric, name="refunds", timeout_s=15)
    for n in range(3):
        _send(shop, "Refunded Order", f"r{n}")
    wait_for(lambda: counts(shop, id_)["failed"] == 3)
    letters = shop.http.get(f"/api/functions/{id_}/dead-letters").json()["data"]
    assert [one["attributes"]["failure"]["kind"] for one in letters] == ["KeyError"] * 3
    body = {"data": {"type": "function", "id": id_, "attributes": {"code": MENDED, "status": "live"}}}
    mended = shop.http.patch(f"/api/functions/{id_}", json=body, timeout=60.0)
    assert mended.status_code == 200, mended.text
    published = shop.http.post(f"/api/functions/{id_}/publish")
    assert published.status_code in (200, 201, 202), published.text
    replayed = shop.http.post(f"/api/functions/{id_}/replay")
    assert replayed.status_code == 202, replayed.text
    assert replayed.json()["data"]["attributes"] == {"replayed": 3, "more": False}
    wait_for(lambda: counts(shop, id_)["ok"] == 3)
    assert shop.http.get(f"/api/functions/{id_}/dead-letters").json()["data"] == []
    assert set(_results(shop, id_)) == {one["attributes"]["event_id"] for one in letters}


def _metric(shop: Shop, name: str) -> str:
    """Made by an event, before anybody listens."""
    _send(shop, name, f"first {name}")
    wait_for(lambda: shop.metric_id(name) is not None)
    return str(shop.metric_id(name))


def _send(shop: Shop, metric: str, unique_id: str) -> None:
    given = {**event(unique_id, "ada"), "metric": {"data": {"type": "metric", "attributes": {"name": metric}}}}
    assert shop.http.post("/api/events", json=single(given)).status_code == 202


def _runs(shop: Shop, function_id: str, status: str) -> list[dict[str, Any]]:
    query = {"filter": f'equals(status,"{status}")', "page[size]": "100"}
    shown = shop.http.get(f"/api/functions/{function_id}/function-logs", params=query)
    return [one["attributes"] for one in shown.json()["data"]]


def _results(shop: Shop, function_id: str) -> list[Any]:
    return [run["result"] for run in _runs(shop, function_id, "ok")]


def _stopped(shop: Shop, *function_ids: str) -> str:
    return next(id_ for id_ in function_ids if counts(shop, id_)["stopped"])
