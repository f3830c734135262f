"""Functions made and looked at over HTTP, for tests of the running platform."""

from __future__ import annotations

from typing import Any

from tests.e2e.embedded.conftest import Shop, event, single
from tests.e2e.embedded.waiting import wait_for

# Tells an address which event it was called with, and as which run.
TELLING = """
import requests

def handler(event, context):
    told = {{"event": event["data"]["id"], "run": context["run"]["id"]}}
    requests.post("{url}", json=told).raise_for_status()
    return told
"""


def first_event(shop: Shop) -> str:
    """Makes the metric; its id."""
    shop.http.post("/api/events", json=single(event("first", "c0")))
    wait_for(lambda: shop.metric_id("Placed Order") is not None)
    found = shop.metric_id("Placed Order")
    assert found is not None
    return found


def create_function(shop: Shop, code: str, metric_id: str, **attributes: Any) -> str:
    """The id of a function that is live."""
    given = {"name": "a function", "runtime": "python", "code": code, "trigger": {"metric_id": metric_id}, "status": "live"}
    body = {"data": {"type": "function", "attributes": given | attributes}}
    made = shop.http.post("/api/functions", json=body, timeout=60.0)
    assert made.status_code == 201, made.text
    assert made.json()["data"]["attributes"]["status"] == "live"
    return str(made.json()["data"]["id"])


def counts(shop: Shop, function_id: str) -> dict[str, int]:
    """Runs by status, today and yesterday (tests may run at midnight)."""
    shown = shop.http.get(f"/api/functions/{function_id}/function-metrics?days=2").json()["data"]
    names = ("ok", "failed", "again", "timeout", "crashed", "refused", "stopped", "too_large")
    return {name: sum(day["attributes"][name] for day in shown) for name in names}
