"""One event posted over HTTP becomes one row of a report: every service of the deployment takes part."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.e2e.conftest import Account, Deployment

PATIENCE_S = 90
MEDIA_TYPE = "application/vnd.api+json"


def call(
    at: Deployment, method: str, path: str, key: str | None, body: object = None, **headers: str
) -> tuple[int, Any]:
    """Status and document of the answer."""
    sent = {"content-type": MEDIA_TYPE, "revision": "2026-07-15", **headers}
    if key is not None:
        sent["authorization"] = f"Klaviyo-API-Key {key}"
    data = None if body is None else json.dumps(body).encode()
    request = Request(f"{at.url}{path}", data, sent, method=method)
    try:
        with urlopen(request, timeout=60) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text else None
    except HTTPError as error:
        text = error.read()
        return error.code, json.loads(text) if text.startswith(b"{") else text.decode()


def until(at: Deployment, found: Any) -> Any:
    """What `found` gives once it gives something."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if result := found():
            return result
        time.sleep(0.5)
    raise AssertionError(f"nothing after {PATIENCE_S} s:\n{at.emulator.log.read_text()[-6000:]}")


def event(email: str, unique_id: str, value: float) -> dict[str, Any]:
    return {
        "data": {
            "type": "event",
            "attributes": {
                "metric": {"data": {"type": "metric", "attributes": {"name": "Placed Order"}}},
                "profile": {"data": {"type": "profile", "attributes": {"email": email}}},
                "properties": {"OrderId": unique_id, "ItemNames": ["Tea"]},
                "time": "2026-03-02T10:00:00+00:00",
                "value": value,
                "unique_id": unique_id,
            },
        }
    }


def test_an_event_becomes_a_report_row(deployment: Deployment, account: Account) -> None:
    status, document = call(deployment, "GET", "/api/accounts", account.key)
    assert status == 200, document
    assert document["data"][0]["id"] == account.id

    status, document = call(
        deployment, "POST", "/api/events", account.key, event("a@example.com", "o-1", 12.5)
    )
    assert status == 202, document

    def metric() -> str | None:
        _, answer = call(deployment, "GET", "/api/metrics/", account.key)
        return answer["data"][0]["id"] if answer["data"] else None

    metric_id = until(deployment, metric)
    query = {
        "data": {
            "type": "metric-aggregate",
            "attributes": {
                "metric_id": metric_id,
                "measurements": ["count", "sum_value"],
                "interval": "month",
                "filter": [
                    "greater-or-equal(datetime,2026-03-01T00:00:00)",
                    "less-than(datetime,2026-04-01T00:00:00)",
                ],
                "timezone": "UTC",
            },
        }
    }

    def rows() -> Any:
        status, answer = call(deployment, "POST", "/api/metric-aggregates", account.key, query)
        assert status == 200, answer
        found = answer["data"]["attributes"]["data"]
        return found if any(found[0]["measurements"]["count"]) else None

    (row,) = until(deployment, rows)
    assert row["measurements"]["count"] == [1]
    assert row["measurements"]["sum_value"] == [12.5]
