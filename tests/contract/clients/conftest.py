"""The embedded platform as a running process, with an account whose history fills three pages everywhere."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

REGULARS = str(Path(sys.executable).with_name("regulars"))
START_S = 60
VISIBLE_S = 120
PEOPLE, METRICS, ORDERS, IMPORTS, BAD_ROWS = 45, 410, 60, 5, 5
EVENTS = METRICS + ORDERS
T = TypeVar("T")


@dataclass(frozen=True)
class Platform:
    """A running platform as one of its accounts sees it. `data` is its directory."""

    url: str
    account_id: str
    private_key: str
    data: str

    def call(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        """Status and document of a plain request. `path` may be a whole address."""
        request = urllib.request.Request(
            path if path.startswith("http") else self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Klaviyo-API-Key {self.private_key}",
                "Content-Type": "application/vnd.api+json",
                "revision": "2026-07-15",
                **headers,
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                status, text = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read()
        return status, json.loads(text) if text else None


@contextmanager
def running(folder: Path, **environment: str) -> Iterator[Platform]:
    """An empty platform on a free port of 127.0.0.1, with one account."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data, url = str(folder / "data"), f"http://127.0.0.1:{port}"
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(
            [REGULARS, "up", "--port", str(port), "--data", data],
            env={**os.environ, **environment},
            stdout=log,
            stderr=log,
        )
    try:
        _wait_for_health(url, process, folder / "log")
        yield _joined(url, data)
    finally:
        process.terminate()
        process.wait(30)


def _joined(url: str, data: str) -> Platform:
    """As a new account sees it."""
    shop = ["--name", "Corner Shop", "--timezone", "Europe/Paris", "--currency", "EUR"]
    command = [REGULARS, "account", "create", "--data", data, *shop]
    account = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return Platform(url, account["account_id"], account["private_key"], data)


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A platform without rate limits; webhooks may go to this machine."""
    with running(tmp_path_factory.mktemp("platform"), RATE_LIMIT_FACTOR="0", ALLOW_LOOPBACK="true") as started:
        yield started


def _wait_for_health(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the platform did not start:\n{log.read_text()[-4000:]}")


def profile(**attributes: Any) -> dict[str, Any]:
    return {"type": "profile", "attributes": attributes}


def person(i: int) -> str:
    return f"person{i:02d}@shop.example"


def order(i: int) -> dict[str, Any]:
    """The i-th order, a day after the one before."""
    return {
        "type": "event",
        "attributes": {
            "properties": {
                "OrderId": f"o{i}",
                "Items": [{"ProductID": "tea", "Quantity": 2}],
                "gift": i % 2 == 0,
            },
            "time": f"2025-{1 + i // 28:02d}-{1 + i % 28:02d}T10:00:00Z",
            "value": 10.0 + i,
            "value_currency": "EUR",
            "unique_id": f"o{i}",
            "metric": {"data": {"type": "metric", "attributes": {"name": "Placed Order"}}},
        },
    }


def rare_event(i: int) -> dict[str, Any]:
    return {
        "type": "event",
        "attributes": {
            "properties": {},
            "time": "2025-06-15T12:00:00Z",
            "metric": {"data": {"type": "metric", "attributes": {"name": f"Custom {i:03d}"}}},
        },
    }


def bulk(events: list[tuple[str, list[dict[str, Any]]]]) -> dict[str, Any]:
    """Body of event-bulk-create-jobs: (e-mail, events)."""
    items = [
        {
            "type": "event-bulk-create",
            "attributes": {"profile": {"data": profile(email=email)}, "events": {"data": listed}},
        }
        for email, listed in events
    ]
    return {"data": {"type": "event-bulk-create-job", "attributes": {"events-bulk-create": {"data": items}}}}


def import_body(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"data": {"type": "profile-bulk-import-job", "attributes": {"profiles": {"data": list(rows)}}}}


@pytest.fixture(scope="session")
def shop(platform: Platform) -> Platform:
    """The platform with 45 people, 411 metrics, 470 events and 5 bulk imports."""
    status, _ = platform.call(
        "POST",
        "/api/event-bulk-create-jobs",
        bulk([(person(i % PEOPLE), [order(i)]) for i in range(ORDERS)]),
    )
    assert status == 202
    status, _ = platform.call(
        "POST",
        "/api/event-bulk-create-jobs",
        bulk([(person(0), [rare_event(i) for i in range(METRICS)])]),
    )
    assert status == 202
    _wait_for(platform, "/api/events?page%5Bsize%5D=1000", EVENTS)
    for i in range(IMPORTS):
        rows = [profile(email=person(n), first_name=f"Ann {n}", external_id=f"x{n}") for n in range(PEOPLE)]
        bad = [profile(first_name=f"nobody {n}") for n in range(BAD_ROWS)]
        status, _ = platform.call(
            "POST", "/api/profile-bulk-import-jobs", import_body(*rows, *(bad if i == 0 else []))
        )
        assert status == 202
    _wait_for(platform, "/api/profile-bulk-import-jobs?filter=equals(status,'complete')", IMPORTS)
    return platform


def _wait_for(platform: Platform, path: str, count: int) -> None:
    until = time.monotonic() + VISIBLE_S
    found = -1
    while time.monotonic() < until:
        status, document = platform.call("GET", path)
        assert status == 200, document
        found = len(document["data"])
        if found == count:
            return
        time.sleep(0.2)
    raise AssertionError(f"{path}: {found} of {count} after {VISIBLE_S} s")


@pytest.fixture(scope="module")
def community(platform: Platform) -> Platform:
    """An account of the module's own: for those who merge and erase people, leave events behind, or count things."""
    return _joined(platform.url, platform.data)


def until(asked: Callable[[], T | None], what: str) -> T:
    """What `asked` gives once it gives something."""
    end = time.monotonic() + VISIBLE_S
    while time.monotonic() < end:
        if found := asked():
            return found
        time.sleep(0.2)
    raise AssertionError(f"{what}: not after {VISIBLE_S} s")
