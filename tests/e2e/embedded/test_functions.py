"""Customers' functions in the running platform: kill -9 while they run, and one account beside another."""

from __future__ import annotations

import json

import httpx

from infra.embedded.process import Platform
from tests.e2e.embedded.conftest import Shop, bulk, event, open_shop
from tests.e2e.embedded.endpoints import Endpoints, endpoints
from tests.e2e.embedded.function_calls import TELLING, counts, create_function, first_event
from tests.e2e.embedded.waiting import wait_for

EVENTS, KILLS, A_REQUEST = 2_000, 3, 50
LOOPS, QUICK = 40, 20
ENDLESS = "def handler(event, context):\n    while True:\n        pass\n"


def test_every_event_reaches_its_function_though_the_platform_is_killed(fresh: Platform) -> None:
    fresh.start("--allow-loopback")
    with open_shop(fresh) as shop, endpoints() as receiver:
        metric_id = first_event(shop)
        function_id = create_function(shop, TELLING.format(url=receiver.url("/told")), metric_id, timeout_s=15)
        _send(shop, EVENTS)
        for kill in range(1, KILLS + 1):
            wait_for(lambda: len(_told(receiver)) >= EVENTS * kill // (KILLS + 1))  # noqa: B023  called at once
            fresh.kill()
            assert len(_told(receiver)) < EVENTS, "it was over before it was killed"
            fresh.start("--allow-loopback")
        wait_for(lambda: len(_told(receiver)) >= EVENTS)
        wait_for(lambda: counts(shop, function_id)["ok"] >= EVENTS)
        told = _told(receiver)
        assert len(told) == EVENTS, "each event's function ran, and no other's"
        assert all(len(runs) == 1 for runs in told.values()), "a run that is repeated says that it is the same"
        arrivals = len(receiver.at("/told"))
        assert arrivals < EVENTS * 1.5, f"{arrivals} runs for {EVENTS} events"
        assert shop.http.get(f"/api/functions/{function_id}/dead-letters").json()["data"] == []


def test_functions_that_loop_do_not_delay_those_of_another_account(fresh: Platform) -> None:
    fresh.start("--allow-loopback")
    with open_shop(fresh) as looping, open_shop(fresh) as other, endpoints() as receiver:
        endless = create_function(looping, ENDLESS, first_event(looping), timeout_s=5)
        quick = create_function(other, TELLING.format(url=receiver.url("/told")), first_event(other), timeout_s=15)
        _send(looping, LOOPS)
        wait_for(lambda: counts(looping, endless)["timeout"] > 0)
        _send(other, QUICK)
        wait_for(lambda: len(_told(receiver)) == QUICK)
        assert counts(looping, endless)["timeout"] < LOOPS, "the first account's runs are not over"
        wait_for(lambda: counts(other, quick)["ok"] == QUICK)
        assert sum(counts(other, quick).values()) == QUICK
        fresh.kill()  # a stop would wait for functions that loop


def _send(shop: Shop, count: int) -> None:
    with httpx.Client(base_url=shop.platform.url, headers=shop.http.headers, timeout=30.0, verify=False) as http:
        for start in range(0, count, A_REQUEST):
            names = [f"e{n}" for n in range(start, min(count, start + A_REQUEST))]
            accepted = http.post("/api/event-bulk-create-jobs", json=bulk([event(name, f"c{name}") for name in names]))
            assert accepted.status_code == 202, accepted.text


def _told(receiver: Endpoints) -> dict[str, set[str]]:
    """The runs that told of each event."""
    found: dict[str, set[str]] = {}
    for arrival in list(receiver.at("/told")):
        one = json.loads(arrival.body)
        found.setdefault(one["event"], set()).add(one["run"])
    return found
