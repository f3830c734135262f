"""The deployed template at work: an event becomes a report row, a poison message a dead letter."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import httpx
import pytest
from klaviyo_api import KlaviyoAPI

from cdp import connect
from cdp.adapters.aws import clients
from cdp.events import Scheduled, encode
from cdp.ports import Queue
from cdp.spec import FunctionSpec
from infra.specs import rooms
from tests.e2e.conftest import PREFIX, Account, Deployment

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
        status, text = error.code, error.read()
    assert status < 500, f"{method} {path}: {status} {text.decode()}\n{at.logs()}"
    return status, json.loads(text) if text.startswith(b"{") else text.decode()


def until(at: Deployment, found: Any) -> Any:
    """What `found` gives once it gives something."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if result := found():
            return result
        time.sleep(0.5)
    raise AssertionError(f"nothing after {PATIENCE_S} s:\n{at.logs()}")


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
        _, answer = call(deployment, "GET", "/api/metrics", account.key)
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


def test_keys_are_checked(deployment: Deployment, account: Account) -> None:
    status, document = call(deployment, "GET", "/api/accounts", "pk_wrong")
    assert (status, document["errors"][0]["code"]) == (401, "authentication_failed")
    status, _ = call(deployment, "GET", "/api/accounts", None)
    assert status == 401  # the gateway's own answer: it asks no authorizer without a header


def test_unknown_paths_and_open_ones(deployment: Deployment, account: Account) -> None:
    assert call(deployment, "GET", "/health", None)[0] == 200
    status, document = call(deployment, "GET", "/api/nothing-here", None)
    assert (status, document["errors"][0]["code"]) == (404, "not_found")
    assert call(deployment, "DELETE", "/api/accounts", None)[0] == 401  # the collection has the authorizer
    for path, expected in (("/api/accounts", (405, "method_not_allowed")), ("/api/lists/a/b", (404, "not_found"))):
        status, document = call(deployment, "DELETE", path, account.key)
        assert (status, document["errors"][0]["code"]) == expected


def test_a_trailing_slash_leads_to_the_same_operation(deployment: Deployment, account: Account) -> None:
    """For clients that follow: key, method and body come along."""
    with httpx.Client(base_url=deployment.url, follow_redirects=True, timeout=60) as client:
        key = {"authorization": f"Klaviyo-API-Key {account.key}"}
        answer = client.get("/api/accounts/?fields[account]=timezone", headers=key)
        assert [one.status_code for one in answer.history] == [308]
        assert answer.json()["data"][0]["attributes"] == {"timezone": "Europe/Paris"}
        body = event("slash@example.com", "o-slash", 1.0)
        answer = client.post(f"/client/events/?company_id={account.id}", json=body)
    assert (answer.history[0].status_code, answer.status_code) == (308, 202)
    assert until(deployment, lambda: _emails(deployment, account) >= {"slash@example.com"})


def test_the_official_client_needs_no_patch(deployment: Deployment, account: Account) -> None:
    shop = KlaviyoAPI(account.key, max_retries=1, test_host=deployment.url)
    assert shop.Accounts.get_accounts().data[0].attributes.timezone == "Europe/Paris"
    shop.Events.create_event(event("b@example.com", "o-2", 5.0))
    names = until(deployment, lambda: [metric.attributes.name for metric in shop.Metrics.get_metrics().data])
    assert names == ["Placed Order"]


def test_browsers_send_events_with_the_public_id(deployment: Deployment, account: Account) -> None:
    path = f"/client/events?company_id={account.id}"
    status, document = call(deployment, "POST", path, None, event("d@example.com", "o-4", 2.0))
    assert status == 202, document
    assert until(deployment, lambda: _emails(deployment, account) >= {"d@example.com"})


def test_a_bulk_job_reports_its_progress(deployment: Deployment, account: Account) -> None:
    profile = {"data": {"type": "profile", "attributes": {"email": "e@example.com"}}}
    single = event("e@example.com", "o-5", 3.0)["data"]
    del single["attributes"]["profile"], single["attributes"]["metric"]
    metric = {"data": {"type": "metric", "attributes": {"name": "Placed Order"}}}
    single["attributes"]["metric"] = metric
    group = {"type": "event-bulk-create", "attributes": {"profile": profile, "events": {"data": [single]}}}
    body = {
        "data": {
            "type": "event-bulk-create-job",
            "attributes": {"events-bulk-create": {"data": [group]}},
        }
    }
    status, document = call(deployment, "POST", "/api/event-bulk-create-jobs", account.key, body)
    assert status == 202, document
    assert until(deployment, lambda: _emails(deployment, account) >= {"e@example.com"})


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("spec", [spec for spec in rooms() if spec.schedules], ids=lambda spec: spec.name)
def test_a_scheduled_job_runs_with_what_its_room_was_granted(
    deployment: Deployment, spec: FunctionSpec
) -> None:
    inbox = _inbox(spec.name)
    for schedule in spec.schedules:
        inbox.send([encode(Scheduled(job=schedule.name))])
    until(deployment, lambda: inbox.depth() == 0)
    assert inbox.dead_letters() == []


@pytest.mark.usefixtures("aws")
def test_roles_are_enforced_here(deployment: Deployment) -> None:
    """Else the tests of this file would prove nothing about grants."""
    with urlopen(f"{deployment.emulator.url}/_ministack/health", timeout=10) as answer:
        assert json.load(answer)["auth"] == "enabled"


def _inbox(room: str) -> Queue:
    """The room's inbox, by the locator that the deployed function has."""
    found = clients.session().client("lambda").get_function_configuration(FunctionName=f"{PREFIX}-{room}")
    return connect.queue(found["Environment"]["Variables"][f"{room.upper()}_QUEUE"])


@pytest.mark.usefixtures("aws")
def test_a_poison_message_is_set_aside_and_blocks_nobody(deployment: Deployment, account: Account) -> None:
    inbox = _inbox("record")
    inbox.send(['{"type": "Nonsense"}'])
    status, _ = call(deployment, "POST", "/api/events", account.key, event("c@example.com", "o-3", 1.0))
    assert status == 202
    (letter,) = until(deployment, inbox.dead_letters)
    assert letter.body == '{"type": "Nonsense"}'
    assert "not a message of ours" in letter.reason
    assert until(deployment, lambda: _emails(deployment, account) >= {"c@example.com"})


def test_an_operator_sees_and_replays_dead_letters(deployment: Deployment) -> None:
    """The message of the test above: still poison, so it comes back."""

    def jobs(*arguments: str) -> str:
        return deployment.emulator.run("infra.aws.jobs", "--stack", PREFIX, *arguments)

    letter = json.loads(jobs("dead"))
    assert (letter["room"], letter["message"]) == ("record", '{"type": "Nonsense"}')
    assert jobs("replay", "record", letter["id"]) == "1 back in the inbox of record\n"
    again = json.loads(until(deployment, lambda: jobs("dead", "record")))
    assert (again["message"], again["reason"]) == (letter["message"], letter["reason"])
    assert again["id"] != letter["id"]
    assert jobs("drop", "record", again["id"]) == "1 removed from the dead letters of record\n"


def _emails(at: Deployment, account: Account) -> set[str]:
    _, document = call(at, "GET", "/api/profiles", account.key)
    return {profile["attributes"]["email"] for profile in document["data"]}


def test_a_second_deployment_changes_nothing(deployment: Deployment) -> None:
    again = deployment.emulator.run(
        "infra.aws.deploy", "--assembly", str(deployment.assembly), "--stack", PREFIX
    )
    assert json.loads(again) == deployment.outputs
