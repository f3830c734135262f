"""Segments on the running platform: from an event to the member, through kill -9, and by the command line."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

from infra.embedded.process import Platform
from tests.e2e.embedded.conftest import Shop, bulk, event, open_shop, single
from tests.e2e.embedded.waiting import wait_for

PEOPLE, EVENTS_EACH = 600, 2


def buyers(metric_id: str, at_least: int) -> dict[str, Any]:
    condition = {
        "type": "profile-metric",
        "metric_id": metric_id,
        "measurement": "count",
        "measurement_filter": {"type": "numeric", "operator": "greater-than-or-equal", "value": at_least},
        "timeframe_filter": {"type": "date", "operator": "alltime"},
    }
    return {"condition_groups": [{"conditions": [condition]}]}


def create(shop: Shop, name: str, definition: dict[str, Any]) -> str:
    attributes = {"name": name, "definition": definition}
    answer = shop.http.post("/api/segments", json={"data": {"type": "segment", "attributes": attributes}})
    assert answer.status_code == 201, answer.text
    id_: str = answer.json()["data"]["id"]
    return id_


def attributes(shop: Shop, id_: str) -> dict[str, Any]:
    query = {"additional-fields[segment]": "profile_count"}
    found: dict[str, Any] = shop.http.get(f"/api/segments/{id_}", params=query).json()["data"]["attributes"]
    return found


def members(shop: Shop, id_: str) -> list[str]:
    """Ids of all members, page by page."""
    found: list[str] = []
    url = f"/api/segments/{id_}/relationships/profiles?page%5Bsize%5D=100"
    while url:
        document = shop.http.get(url).json()
        found += [one["id"] for one in document["data"]]
        url = document["links"]["next"]
    return found


def test_an_event_makes_a_member_and_the_command_line_passes_over_all(shop: Shop) -> None:
    shop.http.post("/api/events", json=single(event("first", "anna")))
    metric_id = wait_for(lambda: shop.metric_id("Placed Order"))
    id_ = create(shop, "Buyers of two", buyers(metric_id, 2))
    wait_for(lambda: not attributes(shop, id_)["is_processing"])
    assert members(shop, id_) == []
    shop.http.post("/api/events", json=single(event("second", "anna")))
    (one,) = wait_for(lambda: members(shop, id_))
    profile = shop.http.get(f"/api/profiles/{one}").json()["data"]["attributes"]
    assert profile["external_id"] == "anna"
    assert attributes(shop, id_)["profile_count"] == 1

    before = attributes(shop, id_)["evaluated_at"]
    time.sleep(1.0)  # the time is shown in whole seconds
    command = [sys.executable, "-m", "infra.embedded.cli", "segments", "evaluate", "--data"]
    ran = subprocess.run([*command, shop.platform.data], check=True, capture_output=True, text=True)
    assert f"{id_} Buyers of two: 1 members" in ran.stderr
    assert attributes(shop, id_)["evaluated_at"] > before
    assert members(shop, id_) == [one]
    gone = subprocess.run([*command, shop.platform.data, "--segment", "NOSUCH"], capture_output=True, text=True)
    assert gone.returncode == 1
    assert "no such segment" in gone.stderr


def test_kill_9_while_segments_are_evaluated(fresh: Platform) -> None:
    fresh.start()
    with open_shop(fresh) as shop:
        people = [f"p{n}" for n in range(PEOPLE)]
        shop.http.post("/api/events", json=single(event("0-p0", "p0")))
        metric_id = wait_for(lambda: shop.metric_id("Placed Order"))
        all_, two = create(shop, "All", buyers(metric_id, 1)), create(shop, "Two", buyers(metric_id, 2))
        for turn in range(EVENTS_EACH):
            for start in range(0, PEOPLE, 300):
                made = [event(f"{turn}-{who}", who) for who in people[start : start + 300]]
                wait_for(lambda made=made: accepted(shop, made))  # type: ignore[misc]
            fresh.kill()
            fresh.start()
        late = create(shop, "Late", buyers(metric_id, 2))
        wait_for(lambda: attributes(shop, late)["profile_count"] > 0)
        fresh.kill()
        fresh.start()
        for id_ in (all_, two, late):
            wait_for(lambda id_=id_: attributes(shop, id_)["profile_count"] == PEOPLE)  # type: ignore[misc]
            found = members(shop, id_)
            assert len(found) == len(set(found)) == PEOPLE
        wait_for(lambda: not attributes(shop, late)["is_processing"])
        assert len(members(shop, late)) == PEOPLE


def accepted(shop: Shop, made: list[dict[str, Any]]) -> bool:
    return shop.http.post("/api/event-bulk-create-jobs", json=bulk(made)).status_code == 202
