"""Webhooks: deliveries per second, and how long an event takes to its endpoints, alone and beside bad neighbours.

    python -m benchmarks.webhooks [--events N] [--rounds N] [--seconds N]

Endpoints are processes of their own on this machine. The floor of the deliveries is httpx posting the same bodies from as
many threads: nothing stored, nothing signed, no policy.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table as Printed

from benchmarks.endpoints import Receiver, receiving
from cdp import connect
from cdp.documents import webhook_backlog, webhooks
from cdp.documents.webhook_backlog import New, sort_key
from cdp.documents.webhooks import Webhook
from cdp.events import DeliveriesDue
from cdp.inbox import Received
from cdp.webhooks.delivery import encode
from functions.deliveries.keys import Keys
from functions.deliveries.lanes import processor
from functions.deliveries.room import Pace, Room
from functions.webhooks import sample
from infra.embedded.process import Platform, free_port

ACCOUNT, SECRET, TOPIC = "ABC234", "sixteen characters", "event:api.placed_order"
LANES = 32
WEBHOOKS_AN_ACCOUNT = 50
EVENTS_PER_S = 2  # to 100 webhooks: 100 deliveries a second, each account's turn
BUDGET_S = 1.0


def now() -> datetime:
    return datetime.now(UTC)


# ---------------------------------------------------------------- deliveries per second


def deliver(folder: Path, receiver: Receiver, events: int, entries: int) -> float:
    """Seconds for `events` of each of 32 webhooks, `entries` a POST, in 32 threads: lanes alone, without the platform."""
    table = connect.table(f"sqlite://{folder}/documents.db")
    secrets = connect.secrets(f"file://{folder}/secrets.json")
    queue = connect.queue(f"sqlite://{folder}/queues.db#deliveries")
    pace = Pace(random.random, entries=entries, turn=timedelta(hours=1))
    room = Room(table, Keys(secrets), queue, connect.outbound(allow_loopback=True), pace, now)
    ids = [f"w{no:02d}" for no in range(LANES)]
    for id_ in ids:
        at, entry = now(), _entry()
        webhooks.set_secret(secrets, ACCOUNT, id_, SECRET, at)
        webhooks.create(table, ACCOUNT, Webhook(id_, id_, None, receiver.url(f"/{id_}"), (TOPIC,), (), at, at, at))
        keys = [sort_key(at, no, str(no)) for no in range(events)]
        webhook_backlog.put(table, ACCOUNT, [New(id_, key, entry) for key in keys], at)

    def turn(id_: str) -> None:
        processor(room, id_)([Received(DeliveriesDue(ACCOUNT, id_), 1)])

    seconds = _in_threads(turn, ids)
    _expect(receiver, LANES * events)
    return seconds


def floor(receiver: Receiver, posts: int, entries: int) -> float:
    """Seconds for `posts` of each of 32 threads with httpx."""
    body = b'{"data":[' + b",".join([_entry()] * entries) + b"]}"
    clients = [httpx.Client(verify=False) for _ in range(LANES)]  # http: no certificate is looked at

    def work(no: int) -> None:
        for _ in range(posts):
            clients[no].post(receiver.url(f"/{no}"), content=body, headers={"content-type": "application/json"})

    seconds = _in_threads(work, range(LANES))
    _expect(receiver, LANES * posts * entries)
    return seconds


def _in_threads(work: Callable[[Any], None], what: Sequence[Any]) -> float:
    with ThreadPoolExecutor(LANES) as pool:
        started = time.perf_counter()
        list(pool.map(work, what))
        return time.perf_counter() - started


def _expect(receiver: Receiver, count: int) -> None:
    arrived = sum(len(one.ids) for one in receiver.take())
    if arrived != count:
        raise SystemExit(f"{arrived} of {count} events arrived")


def _entry() -> bytes:
    """As long as that of a plain order: 3 KB."""
    return encode(sample.entry("https://platform.example", ACCOUNT, now()))


# ---------------------------------------------------------------- from event to endpoint


@dataclass(frozen=True)
class Shop:
    """An account of the running platform with its webhooks, by the path of their endpoint."""

    http: httpx.Client
    webhooks: dict[str, str]

    def send(self, unique_id: str) -> float:
        """When it was sent."""
        sent_at = time.monotonic()
        answer = self.http.post("/api/events", json=_event(unique_id))
        if answer.status_code != 202:
            raise SystemExit(answer.text)
        return sent_at

    def point(self, path: str, url: str) -> None:
        id_ = self.webhooks[path]
        document = {"data": {"type": "webhook", "id": id_, "attributes": {"endpoint_url": url}}}
        self.http.patch(f"/api/webhooks/{id_}", json=document).raise_for_status()


def _event(unique_id: str) -> dict[str, Any]:
    attributes = {
        "properties": {"sku": "A-1", "quantity": 2},
        "value": 12.5,
        "unique_id": unique_id,
        "metric": {"data": {"type": "metric", "attributes": {"name": "Placed Order"}}},
        "profile": {"data": {"type": "profile", "attributes": {"external_id": f"c{hash(unique_id) % 500}"}}},
    }
    return {"data": {"type": "event", "attributes": attributes}}


def open_shop(platform: Platform, receiver: Receiver, name: str, count: int) -> Shop:
    account = platform.create_account(name)
    headers = {"authorization": f"Klaviyo-API-Key {account.private_key}"}
    http = httpx.Client(base_url=platform.url, headers=headers, timeout=30.0, verify=False)
    shop = Shop(http, {})
    shop.send("first")
    while http.get(f"/api/webhook-topics/{TOPIC}").status_code != 200:
        time.sleep(0.1)
    for no in range(count):
        path = f"/{name}/{no}"
        attributes = {"name": path, "endpoint_url": receiver.url(path), "secret_key": SECRET}
        topics = {"webhook-topics": {"data": [{"type": "webhook-topic", "id": TOPIC}]}}
        document = {"data": {"type": "webhook", "attributes": attributes, "relationships": topics}}
        answer = http.post("/api/webhooks", json=document)
        answer.raise_for_status()
        shop.webhooks[path] = answer.json()["data"]["id"]
    return shop


def latencies(shops: Sequence[Shop], receiver: Receiver, tag: str, per_s: float, seconds: float, bad: set[str]) -> list[float]:
    """Seconds from each event sent to each endpoint that is not bad; one that missed an event ends the program."""
    receiver.take()
    sent: dict[str, float] = {}
    started = time.monotonic()
    for no in range(int(per_s * seconds)):
        time.sleep(max(0.0, started + no / per_s - time.monotonic()))
        sent[f"{tag}{no}"] = shops[no % len(shops)].send(f"{tag}{no}")
    good = {path for shop in shops for path in shop.webhooks} - bad
    expected = sum(
        len(good & shops[no % len(shops)].webhooks.keys()) for no in range(len(sent))
    )
    first: dict[tuple[str, str], float] = {}
    deadline = time.monotonic() + 60
    while len(first) < expected:
        if time.monotonic() > deadline:
            raise SystemExit(f"{len(first)} of {expected} deliveries arrived")
        time.sleep(0.1)
        for one in receiver.take():
            for id_ in one.ids if one.path in good else ():
                if id_ in sent:
                    first.setdefault((one.path, id_), one.at - sent[id_])
    return list(first.values())


def quantile(values: Sequence[float], q: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))]


# ---------------------------------------------------------------- report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=100, help="of each of 32 webhooks, one a delivery")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=20, help="of each round of latencies")
    given = parser.parse_args()
    console = Console()
    with receiving() as receiver, tempfile.TemporaryDirectory() as folder:
        console.print(_throughput(Path(folder), receiver, given.events, given.rounds))
        settings = {"RATE_LIMIT_FACTOR": "0", "WEBHOOK_FIRST_RETRY_S": "2"}
        platform = Platform(Path(folder) / "data", free_port(), settings)
        platform.start("--allow-loopback")
        with platform:
            console.print(_latency(platform, receiver, given.rounds, given.seconds))
    console.print(f"{os.cpu_count()} cores, load average at the end {os.getloadavg()[0]:.1f}")


def _throughput(folder: Path, receiver: Receiver, events: int, rounds: int) -> Printed:
    table = Printed("", "httpx", "deliveries", "ratio", title="Deliveries on loopback, 32 webhooks", title_justify="left")
    for entries, count in ((1, events), (1000, 2000)):
        ours, theirs = [], []
        for no in range(rounds):
            part = folder / f"{entries}-{no}"
            part.mkdir()
            posts = count // entries
            theirs.append(LANES * posts / floor(receiver, posts, entries))
            ours.append(LANES * posts / deliver(part, receiver, count, entries))
        base, figure = statistics.median(theirs), statistics.median(ours)
        for name, factor in (("POSTs/s", 1), ("events/s", entries)):
            label = f"{name}, {entries} a POST"
            table.add_row(label, f"{base * factor:,.0f}", f"{figure * factor:,.0f}", f"{figure / base:.2f}")
    return table


def _latency(platform: Platform, receiver: Receiver, rounds: int, seconds: float) -> Printed:
    """Rounds with and without bad neighbours take turns, so that the machine's moods fall on both."""
    shops = [open_shop(platform, receiver, name, WEBHOOKS_AN_ACCOUNT) for name in ("one", "two")]
    alone = open_shop(platform, receiver, "alone", 1)
    found: dict[str, list[list[float]]] = {"one webhook, 20 events/s": [], "100 webhooks": [], "beside two bad ones": []}
    hangs, refuses = "/one/0", "/one/1"
    for no in range(rounds):
        found["one webhook, 20 events/s"].append(latencies([alone], receiver, f"a{no}-", 20, seconds / 2, set()))
        found["100 webhooks"].append(latencies(shops, receiver, f"p{no}-", EVENTS_PER_S, seconds, set()))
        shops[0].point(hangs, receiver.url("/hangs"))
        shops[0].point(refuses, f"http://127.0.0.1:{free_port()}/")
        found["beside two bad ones"].append(
            latencies(shops, receiver, f"q{no}-", EVENTS_PER_S, seconds, {hangs, refuses})
        )
        for path in (hangs, refuses):
            shops[0].point(path, receiver.url(path))
    table = Printed("event → webhook", "p50 ms", "p95 ms", "p99 ms", "budget", title="Through the platform", title_justify="left")
    p95 = {}
    for name, several in found.items():
        p50, p95[name], p99 = (statistics.median(quantile(one, q) for one in several) * 1000 for q in (0.5, 0.95, 0.99))
        table.add_row(name, f"{p50:,.0f}", f"{p95[name]:,.0f}", f"{p99:,.0f}", f"{BUDGET_S * 1000:,.0f}")
    table.caption = f"p95 beside bad neighbours / without: {p95['beside two bad ones'] / p95['100 webhooks']:.2f}"
    return table


if __name__ == "__main__":
    main()
