"""A monitor of the running platform: events in, nights by the command line, alert, mail and webhook out."""

from __future__ import annotations

import email
import email.policy
import json
import subprocess
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest

from infra.embedded.process import Platform
from tests.e2e.embedded.conftest import Shop, bulk, event, open_shop
from tests.e2e.embedded.endpoints import Endpoints, endpoints
from tests.e2e.embedded.waiting import wait_for
from tests.e2e.embedded.webhook_calls import create_webhook

ORDERS = {"2026-03-03": 2, "2026-03-04": 5, "2026-03-05": 5, "2026-03-06": 1}


@pytest.fixture
def shop(fresh: Platform) -> Iterator[Shop]:
    fresh.start("--allow-loopback")
    with open_shop(fresh) as opened:
        yield opened


@pytest.fixture
def receiver() -> Iterator[Endpoints]:
    with endpoints() as found:
        yield found


def test_an_alert_reaches_log_mail_and_webhook(shop: Shop, receiver: Endpoints) -> None:
    """Orders more than doubled on 4 March, stayed, and fell on the 6th: Paris is an hour ahead."""
    events = [event(f"{day}/{n}", "ada", time=f"{day}T23:30:00+01:00") for day, count in ORDERS.items() for n in range(count)]
    assert shop.http.post("/api/event-bulk-create-jobs", json=bulk(events)).status_code == 202
    wait_for(lambda: shop.metric_id("Placed Order") is not None)
    webhook = create_webhook(shop, receiver.url("/alerts"), "system:monitor_alert", "a secret of this test")
    monitor = _create(shop, shop.metric_id("Placed Order"))
    wait_for(lambda: _dry(shop, monitor)["conditions"][0]["value"] == ORDERS["2026-03-06"])

    assert _night(shop, "2026-03-05T01:00:00Z") == ["open"]
    assert _night(shop, "2026-03-06T01:00:00Z") == ["open"]
    assert _night(shop, "2026-03-07T01:00:00Z") == ["closed"]

    (alert,) = _get(shop, f"/api/monitors/{monitor}/alerts")
    shown = alert["attributes"]
    assert (shown["first_seen"], shown["last_seen"]) == ("2026-03-05T01:00:00+00:00", "2026-03-06T01:00:00+00:00")
    assert (shown["times_seen"], shown["closed_because"]) == (2, "recovered")

    mails = [email.message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=email.policy.default)
             for path in (shop.platform.data / "outbox").glob("*.eml")]  # fmt: skip
    assert sorted(str(mail["Subject"]) for mail in mails) == [f"Shop: 1 monitor is in alert, 2026-03-0{day}" for day in (5, 6)]
    assert {str(mail["To"]) for mail in mails} == {"ada@example.com"}

    wait_for(lambda: len(_told(receiver)) == 2)
    opened, closed = (entry["payload"]["data"] for entry in _told(receiver))
    assert (opened["id"], opened["attributes"]["status"]) == (alert["id"], "open")
    assert closed["attributes"] == shown
    assert len({entry["external_id"] for entry in _told(receiver)}) == 2
    assert _get(shop, f"/api/webhooks/{webhook}/webhook-attempts")


def _create(shop: Shop, metric_id: str | None) -> str:
    """Orders doubled, or there are four and more."""
    conditions = [
        {"metric": "total_events", "relation": "increased-by", "value": 100, "value_type": "percent"},
        {"metric": "total_events", "relation": "greater-or-equal", "value": 4},
    ]
    attributes = {
        "name": "Orders", "monitor_type": "metric", "conditions": conditions, "join": "or",
        "notifications": {"email": ["ada@example.com"]},
    }  # fmt: skip
    related = {"metric": {"data": {"type": "metric", "id": metric_id}}}
    document = {"data": {"type": "monitor", "attributes": attributes, "relationships": related}}
    answer = shop.http.post("/api/monitors", json=document)
    assert answer.status_code == 201, answer.text
    id_: str = answer.json()["data"]["id"]
    return id_


def _dry(shop: Shop, monitor: str) -> dict[str, Any]:
    asked = {"monitor_id": monitor, "at": "2026-03-07T01:00:00Z"}
    answer = shop.http.post("/api/monitor-evaluations", json={"data": {"type": "monitor-evaluation", "attributes": asked}})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["data"]["attributes"]
    return found


def _night(shop: Shop, as_of: str) -> list[str]:
    """How the account's alerts stand after it."""
    command = [sys.executable, "-m", "infra.embedded.cli", "jobs", "run", "monitors", "--data", str(shop.platform.data)]
    done = subprocess.run([*command, "--as-of", as_of, "--account", shop.account.account_id], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [one["attributes"]["status"] for one in _get(shop, "/api/monitor-alerts")]


def _told(receiver: Endpoints) -> list[dict[str, Any]]:
    return [entry for arrival in receiver.at("/alerts") for entry in json.loads(arrival.body)["data"]]


def _get(shop: Shop, path: str) -> Any:
    answer = shop.http.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


