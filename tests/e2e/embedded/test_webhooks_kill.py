"""kill -9 during deliveries: every event arrives, in order, and a receiver that looks at the ids sees each once."""

from __future__ import annotations

import hmac
import threading
import time

import httpx

from infra.embedded.process import Platform
from tests.e2e.embedded.conftest import Shop, bulk, event, open_shop, single
from tests.e2e.embedded.endpoints import Endpoints, endpoints
from tests.e2e.embedded.waiting import wait_for
from tests.e2e.embedded.webhook_calls import create_webhook

WEBHOOKS, EVENTS, KILLS = 10, 1_000, 4
DELIVERIES = WEBHOOKS * EVENTS
A_REQUEST, A_POST = 20, 4
POSTS = DELIVERIES // A_POST  # at least
SECRET = "a secret of the kill test"


class Sender(threading.Thread):
    """Sends events one request after the other, each again until it is acknowledged: so their order is known."""

    def __init__(self, shop: Shop) -> None:
        super().__init__(daemon=True)
        self.ids = [f"e{n:04d}" for n in range(EVENTS)]
        self._shop = shop

    def run(self) -> None:
        with httpx.Client(
            base_url=self._shop.platform.url, headers=self._shop.http.headers, timeout=20.0, verify=False
        ) as http:
            for ids in _parts(self.ids):
                document = bulk([event(id_, f"c{int(id_[1:]) % 50}") for id_ in ids])
                while not self._is_accepted(http, document):
                    time.sleep(0.05)

    @staticmethod
    def _is_accepted(http: httpx.Client, document: dict[str, object]) -> bool:
        try:
            return http.post("/api/event-bulk-create-jobs", json=document).status_code == 202
        except httpx.TransportError:
            return False


def test_nothing_is_lost_and_order_is_kept_when_the_platform_is_killed(fresh: Platform) -> None:
    fresh.settings["WEBHOOK_ENTRIES"] = str(A_POST)
    fresh.start("--allow-loopback")
    with open_shop(fresh) as shop, endpoints() as receiver:
        topic = _first_event(shop)
        paths = {create_webhook(shop, receiver.url(f"/{n}"), topic, SECRET): f"/{n}" for n in range(WEBHOOKS)}
        sender = Sender(shop)
        sender.start()
        for kill in range(1, KILLS + 1):
            wait_for(lambda: len(receiver.arrivals) >= POSTS * kill // (KILLS + 1))  # noqa: B023  called at once
            fresh.kill()
            assert len(receiver.arrivals) < POSTS, "it was over before it was killed"
            fresh.start("--allow-loopback")
        sender.join()
        wait_for(lambda: all(_is_complete(receiver, path) for path in paths.values()))
        for path in paths.values():
            assert _ledger(receiver, path) == sender.ids
        _check_signatures(receiver, {path: id_ for id_, path in paths.items()})


def _first_event(shop: Shop) -> str:
    """Makes the metric; its topic."""
    shop.http.post("/api/events", json=single(event("first", "c0")))
    wait_for(lambda: shop.metric_id("Placed Order") is not None)
    return "event:api.placed_order"


def _is_complete(receiver: Endpoints, path: str) -> bool:
    return len(receiver.at(path)) >= EVENTS // A_POST and len(_ledger(receiver, path)) == EVENTS


def _ledger(receiver: Endpoints, path: str) -> list[str]:
    """What a receiver books that skips the ids it has seen: our names of the events, in its order."""
    seen: dict[str, str] = {}
    for arrival in receiver.at(path):
        for entry in arrival.entries:
            seen.setdefault(entry.external_id, entry.unique_id)
    return list(seen.values())


def _check_signatures(receiver: Endpoints, ids: dict[str, str]) -> None:
    """By the letter of the public description, without our own code."""
    for arrival in receiver.arrivals:
        signed = arrival.body + arrival.headers["klaviyo-timestamp"].encode()
        assert arrival.headers["klaviyo-signature"] == hmac.new(SECRET.encode(), signed, "sha256").hexdigest()
        assert arrival.headers["klaviyo-webhook-id"] == ids[arrival.path]


def _parts(ids: list[str]) -> list[list[str]]:
    return [ids[i : i + A_REQUEST] for i in range(0, len(ids), A_REQUEST)]
