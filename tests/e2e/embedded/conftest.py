"""The platform as an operator runs it: real processes, real HTTP, a data directory that is thrown away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from infra.embedded.process import Account, Platform, free_port

if TYPE_CHECKING:
    from tests.e2e.embedded.reader import Reader


@dataclass(frozen=True)
class Shop:
    """A running platform with one account; `http` speaks with its key."""

    platform: Platform
    account: Account
    http: httpx.Client

    def __enter__(self) -> Shop:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def metric_id(self, name: str) -> str | None:
        found = self.http.get("/api/metrics").json()["data"]
        return next((m["id"] for m in found if m["attributes"]["name"] == name), None)


def bulk(events: list[dict[str, Any]]) -> dict[str, Any]:
    """A bulk request of events that each name their profile."""
    items = [
        {
            "type": "event-bulk-create",
            "attributes": {
                "profile": event["profile"],
                "events": {
                    "data": [{"type": "event", "attributes": {k: event[k] for k in event if k != "profile"}}]
                },
            },
        }
        for event in events
    ]
    return {"data": {"type": "event-bulk-create-job", "attributes": {"events-bulk-create": {"data": items}}}}


def single(event: dict[str, Any]) -> dict[str, Any]:
    return {"data": {"type": "event", "attributes": event}}


def event(
    unique_id: str, who: str, *, value: float = 1.0, time: str = "2026-03-04T05:06:07Z"
) -> dict[str, Any]:
    return {
        "properties": {"source": "test"},
        "time": time,
        "value": value,
        "unique_id": unique_id,
        "metric": {"data": {"type": "metric", "attributes": {"name": "Placed Order"}}},
        "profile": {"data": {"type": "profile", "attributes": {"external_id": who}}},
    }


def open_shop(platform: Platform) -> Shop:
    account = platform.create_account("Shop", "Europe/Paris", "EUR")
    headers = {"authorization": f"Klaviyo-API-Key {account.private_key}"}
    http = httpx.Client(base_url=platform.url, headers=headers, timeout=30.0, verify=False)  # else it loads certificates
    return Shop(platform, account, http)


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """For all tests that are content with an account of their own; it may send to 127.0.0.1."""
    made = Platform(tmp_path_factory.mktemp("data") / "shop", free_port(), {"RATE_LIMIT_FACTOR": "0"})
    made.start("--allow-loopback")
    with made:
        yield made


@pytest.fixture(scope="module")
def shop(platform: Platform) -> Iterator[Shop]:
    """One account a module."""
    with open_shop(platform) as opened:
        yield opened


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Platform]:
    """A platform that is not started yet."""
    platform = Platform(tmp_path / "data", free_port(), {"RATE_LIMIT_FACTOR": "0"})
    yield platform
    platform.stop()


@pytest.fixture(scope="session")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Reader]]:
    """Makes readers of pages, each with an account of his own: one platform for all pages but the README."""
    from tests.e2e.embedded.reader import reading  # stands on the tests beside, and these on this file

    with reading(tmp_path_factory.mktemp("pages")) as first:
        yield first.newcomer
