"""What an operator and a client see of the running platform."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from typing import Any

import httpx
import pytest

from infra.embedded import values
from infra.embedded.process import Platform
from tests.e2e.embedded.conftest import Shop, bulk, event, open_shop, single
from tests.e2e.embedded.waiting import wait_for


def regulars(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "infra.embedded.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def events_of(shop: Shop) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shop.http.get("/api/events", params={"page[size]": 1000}).json()["data"]
    return found


def test_posted_events_become_visible(shop: Shop) -> None:
    assert shop.http.post("/api/events/", json=single(event("one", "visible"))).status_code == 202
    assert (
        shop.http.post("/api/event-bulk-create-jobs", json=bulk([event("two", "visible")])).status_code == 202
    )
    wanted = {"one", "two"}
    wait_for(lambda: wanted <= {e["attributes"]["event_properties"]["$event_id"] for e in events_of(shop)})


def test_wrong_and_missing_keys(shop: Shop) -> None:
    missing = httpx.get(f"{shop.platform.url}/api/metrics")
    assert (missing.status_code, missing.json()["errors"][0]["code"]) == (401, "not_authenticated")
    wrong = httpx.get(f"{shop.platform.url}/api/metrics", headers={"authorization": "Klaviyo-API-Key pk_no"})
    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (401, "authentication_failed")
    bearer = httpx.get(
        f"{shop.platform.url}/api/metrics", headers={"authorization": f"Bearer {shop.account.private_key}"}
    )
    assert bearer.status_code == 200


def test_unknown_paths_and_verbs(shop: Shop) -> None:
    unknown = shop.http.get("/api/no-such-thing")
    assert (unknown.status_code, unknown.json()["errors"][0]["code"]) == (404, "not_found")
    wrong_verb = shop.http.put("/api/events")
    assert (wrong_verb.status_code, wrong_verb.json()["errors"][0]["code"]) == (405, "method_not_allowed")
    assert {"GET", "POST"} <= set(wrong_verb.headers["allow"].split(", "))


def test_head_and_options(shop: Shop) -> None:
    head = shop.http.head("/health")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "15")
    options = shop.http.options("/api/events")
    assert options.status_code == 204
    assert "access-control-allow-origin" not in options.headers


def test_browsers_may_send_from_anywhere(shop: Shop) -> None:
    preflight = shop.http.options("/client/events")
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "revision" in preflight.headers["access-control-allow-headers"]
    path = f"/client/events?company_id={shop.account.public_key}"
    answer = httpx.post(f"{shop.platform.url}{path}", json=single(event("browser", "b")))
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (202, "*")
    refused = httpx.post(f"{shop.platform.url}/client/events?company_id=nobody", json=single(event("x", "b")))
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (400, "*")


def test_bodies_beyond_the_transport_limit_are_refused(shop: Shop) -> None:
    announced = shop.http.post(
        "/api/events", content=b"x" * 7_000_000, headers={"content-type": "application/json"}
    )
    assert (announced.status_code, announced.json()["errors"][0]["code"]) == (413, "payload_too_large")
    pieces = shop.http.post(
        "/api/events",
        content=(b"x" * 500_000 for _ in range(14)),
        headers={"content-type": "application/json"},
    )
    assert pieces.status_code == 413


def test_several_requests_in_one_write_are_answered_in_order(shop: Shop) -> None:
    with socket.create_connection(("127.0.0.1", shop.platform.port), timeout=10) as client:
        client.sendall(
            b"GET /health HTTP/1.1\r\nhost: x\r\n\r\nGET /nope HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
        )
        received = b""
        while chunk := client.recv(65536):
            received += chunk
    assert received.count(b"HTTP/1.1 200 OK") == 1
    assert received.index(b"HTTP/1.1 200 OK") < received.index(b"HTTP/1.1 404 Not Found")


def test_the_description_names_the_address_it_was_asked_at(shop: Shop) -> None:
    described = shop.http.get(
        "/openapi.json", headers={"x-forwarded-proto": "https", "x-forwarded-host": "cdp.example"}
    )
    document = described.json()
    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": "https://cdp.example"}]
    assert document["paths"]["/api/rfm-reports"]["post"]["x-extension"] is True
    assert "x-extension" not in document["paths"]["/api/events"]["post"]


def test_a_second_platform_on_the_same_data_is_refused(shop: Shop) -> None:
    again = regulars("up", "--data", str(shop.platform.data), "--port", "1")
    assert again.returncode == 1
    assert "already" in again.stderr


def test_a_locked_database_answers_503_and_loses_nothing(fresh: Platform) -> None:
    fresh.start()
    with open_shop(fresh) as shop:
        lock = sqlite3.connect(fresh.data / values.QUEUES, isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        refused = shop.http.post("/api/events", json=single(event("kept", "c")))
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (503, "service_unavailable")
        assert int(refused.headers["retry-after"]) > 0
        lock.execute("ROLLBACK")
        lock.close()
        assert shop.http.post("/api/events", json=single(event("kept", "c"))).status_code == 202
        wait_for(
            lambda: [e["attributes"]["event_properties"]["$event_id"] for e in events_of(shop)] == ["kept"]
        )


def test_a_full_disk_answers_503_and_loses_nothing(fresh: Platform) -> None:
    """The file size limit of the process stands for the disk: writes beyond it fail as ENOSPC does."""
    fresh.start()
    with open_shop(fresh) as shop:
        assert shop.http.post("/api/events", json=single(event("before", "c"))).status_code == 202
        wait_for(lambda: len(events_of(shop)) == 1)
        _limit_file_size(fresh, 0)
        large = [event(f"during{n}", "c") for n in range(1000)]
        refused = shop.http.post("/api/event-bulk-create-jobs", json=bulk(large))
        assert (refused.status_code, refused.headers["retry-after"].isdigit()) == (503, True)
        assert shop.http.get("/health").status_code == 200
        _limit_file_size(fresh, None)
        assert shop.http.post("/api/event-bulk-create-jobs", json=bulk(large[:10])).status_code == 202
        wait_for(lambda: len(events_of(shop)) == 11)


def _limit_file_size(platform: Platform, size: int | None) -> None:
    """For all of the platform's processes."""
    import resource

    assert platform.process is not None
    unlimited = resource.RLIM_INFINITY
    for pid in _processes(platform.process.pid):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (unlimited if size is None else size, unlimited))


def _processes(group: int) -> list[int]:
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,pgid="], capture_output=True, text=True, check=True
    ).stdout
    return [int(pid) for pid, pgid in (line.split() for line in listed.splitlines()) if int(pgid) == group]


def test_workers_are_started_again(fresh: Platform) -> None:
    fresh.start()
    assert fresh.process is not None
    with open_shop(fresh) as shop:
        workers = wait_for(lambda: [pid for pid in _processes(fresh.process.pid) if pid != fresh.process.pid])  # type: ignore[union-attr]
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
        assert shop.http.post("/api/events", json=single(event("after", "c"))).status_code == 202
        wait_for(lambda: len(events_of(shop)) == 1)


def test_a_clean_end_lets_the_workers_finish(fresh: Platform) -> None:
    fresh.start()
    assert fresh.process is not None
    with open_shop(fresh) as shop:
        assert shop.http.post("/api/events", json=single(event("last", "c"))).status_code == 202
    fresh.process.terminate()
    assert fresh.process.wait(60) == 0
    assert fresh.log_tail().count("finished") >= 2
    assert "Fatal" not in fresh.log_tail()
    assert not _processes(fresh.process.pid)


def test_no_process_outlives_the_platform(fresh: Platform) -> None:
    fresh.start()
    assert fresh.process is not None
    group = fresh.process.pid
    wait_for(lambda: len(_processes(group)) >= 3)
    os.kill(group, signal.SIGKILL)
    fresh.process.wait()
    wait_for(lambda: not _processes(group))


def test_dead_letters_can_be_listed_replayed_and_dropped(shop: Shop) -> None:
    data = str(shop.platform.data)
    queue = values.queue(shop.platform.data, "record")
    from cdp import connect

    connect.queue(queue).send(['{"type":"NoSuchMessage"}'])
    listed = wait_for(lambda: regulars("jobs", "dead", "--data", data, "--room", "record", "--full").stdout)
    letter = json.loads(listed)
    assert "not a message of ours" in letter["reason"]
    assert regulars("jobs", "replay", "--data", data, "--room", "record", letter["id"]).returncode == 0
    again = wait_for(lambda: regulars("jobs", "dead", "--data", data, "--room", "record", "--full").stdout)
    assert json.loads(again)["message"] == letter["message"]
    assert "record" in regulars("jobs", "list", "--data", data).stdout
    dropped = regulars("jobs", "drop", "--data", data, "--room", "record", json.loads(again)["id"])
    assert dropped.stderr == "record: 1 removed\n"
    assert not regulars("jobs", "dead", "--data", data, "--room", "record", "--full").stdout


def test_jobs_run_at_once(shop: Shop) -> None:
    done = regulars("jobs", "run", "compact", "--data", str(shop.platform.data))
    assert done.returncode == 0, done.stderr
    unknown = regulars("jobs", "run", "fly", "--data", str(shop.platform.data))
    assert (unknown.returncode, "compact" in unknown.stderr) == (1, True)


@pytest.mark.parametrize("wrong", [["--timezone", "Mars/Olympus"], ["--currency", "EURO"]])
def test_accounts_need_a_real_zone_and_currency(shop: Shop, wrong: list[str]) -> None:
    made = regulars("account", "create", "--data", str(shop.platform.data), "--name", "N", *wrong)
    assert (made.returncode, made.stdout) == (1, "")
    assert wrong[1] in made.stderr
