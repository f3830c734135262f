"""Segments on half a million people and ten million events (ARCHITECTURE §11): full passes with their time and
memory, from an event to the changed membership on the running platform (medians of three rounds, after the first
seconds), and looking memberships up.

    python -m benchmarks.audiences [--people N] [--events N] [--segments N] [--samples N] [--keep FOLDER]

Everything runs on this machine, the sender of the events too.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table as Figures

from benchmarks.audience_data import Shop, build, did, email, last, segments
from benchmarks.load import Result, request, send
from cdp import connect
from cdp.documents import memberships
from cdp.documents import segments as stored
from infra.embedded import values
from infra.embedded.process import Platform, free_port

EVENTS_A_SECOND = 10.0
WAIT_S = 30.0
WARM = 50  # people whose events are not counted: keys and metadata are read for the first time
ROUNDS = 3
LOOK_UPS, GROUPS_ASKED = 5_000, 10
BUDGETS = {"event to membership, p95 ms": 1_000.0, "membership look-up over HTTP, p95 ms": 5.0}


@dataclass(frozen=True)
class Run:
    """What a child process took."""

    seconds: float
    peak_mb: float


def quantile(values: Sequence[float], q: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))]


@contextlib.contextmanager
def progress() -> Iterator[Any]:
    """Gives `tell(what, done, total)`, which draws bars."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    tasks: dict[str, Any] = {}
    with Progress(*columns, console=Console(stderr=True)) as bar:

        def tell(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done)

        yield tell


def evaluate(shop: Shop) -> Run:
    """A full pass of every segment, by the command line."""
    command = [sys.executable, "-m", "infra.embedded.cli", "segments", "evaluate", "--data", str(shop.data)]
    started = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, errors = child.communicate()
    if child.returncode:
        raise SystemExit(errors.decode())
    peak_kb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return Run(time.perf_counter() - started, peak_kb / 1024)


class Client:
    """Speaks with the running platform as a shop does."""

    def __init__(self, platform: Platform, shop: Shop) -> None:
        headers = {"authorization": f"Klaviyo-API-Key {shop.private_key}"}
        self.account_id, self.port = shop.account_id, platform.port
        self.http = httpx.Client(base_url=platform.url, headers=headers, timeout=60.0)

    def create(self, name: str, definition: dict[str, Any]) -> str:
        attributes = {"name": name, "definition": definition}
        answer = self.http.post("/api/segments", json={"data": {"type": "segment", "attributes": attributes}})
        answer.raise_for_status()
        id_: str = answer.json()["data"]["id"]
        return id_

    def visitor(self) -> str:
        """The anonymous id of somebody whom the shop knows."""
        attributes = {"email": "visitor@shop.example", "anonymous_id": "visitor-1"}
        body = {"data": {"type": "profile", "attributes": attributes}}
        self.http.post("/api/profile-import", json=body).raise_for_status()
        return "visitor-1"

    def ask_groups(self, visitor: str, ids: Sequence[str]) -> Result:
        """Look-ups as a browser makes them, one after the other."""
        query = urlencode({"company_id": self.account_id, "ids": ",".join(ids), "anonymous_id": visitor})
        one = request("GET", f"/client/group-memberships?{query}", b"", {})
        return send(self.port, [one] * LOOK_UPS, 1)

    def order(self, no: int, unique_id: str) -> None:
        attributes = {
            "properties": {"ProductID": "7"},
            "time": datetime.now(UTC).isoformat(),
            "value": 20.0,
            "unique_id": unique_id,
            "metric": {"data": {"type": "metric", "attributes": {"name": "Placed Order"}}},
            "profile": {"data": {"type": "profile", "attributes": {"email": email(no)}}},
        }
        answer = self.http.post("/api/events", json={"data": {"type": "event", "attributes": attributes}})
        answer.raise_for_status()


def wait_for_all(shop: Shop, tell: Any) -> None:
    """Until every segment has been passed over."""
    while True:
        found = stored.all_of(shop.table, shop.account_id)
        done = sum(not one.is_processing for one in found)
        tell("first passes", done, len(found))
        if done == len(found):
            return
        time.sleep(0.5)


def wait_for_rest(shop: Shop) -> None:
    """Until the second pass over every new segment, a minute after the first, is over too."""
    queue = connect.queue(values.queue(shop.data, "audiences"))
    while queue.depth():
        time.sleep(0.5)


def latencies(client: Client, shop: Shop, segment_id: str, chosen: Sequence[int], tell: Any) -> list[float]:
    """Milliseconds from just before an event is sent until its person, not a member so far, is one."""
    sent: dict[int, float] = {}
    found: list[float] = []
    started, ahead = time.perf_counter(), iter(enumerate(chosen))
    due = next(ahead, None)
    while due is not None or sent:
        now = time.perf_counter()
        if due is not None and now >= started + due[0] / EVENTS_A_SECOND:
            sent[due[1]] = time.perf_counter()
            client.order(due[1], f"bench-{due[1]}")
            due = next(ahead, None)
        joined = memberships.joined_at(shop.table, shop.account_id, [(segment_id, no) for no in sent])
        now = time.perf_counter()
        found += [(now - sent.pop(no)) * 1000 for _, no in joined]
        tell("orders", len(found), len(chosen))
        if sent and now - min(sent.values()) > WAIT_S:
            raise SystemExit(f"no membership within {WAIT_S:.0f} s")
        time.sleep(0.004)
    return found


def look_ups(shop: Shop, ids: Sequence[str], people: int) -> list[float]:
    """Milliseconds of asking the table which of some groups a person is in."""
    chance, taken = random.Random(6), []
    for _ in range(LOOK_UPS):
        no = chance.randint(1, people)
        began = time.perf_counter()
        memberships.joined_at(shop.table, shop.account_id, [(id_, no) for id_ in ids])
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def measure(shop: Shop, options: argparse.Namespace, tell: Any) -> dict[str, float]:
    figures: dict[str, float] = {}
    platform = Platform(shop.data, free_port(), {"RATE_LIMIT_FACTOR": "0"})
    with platform:
        client = Client(platform, shop)
        began = time.perf_counter()
        for name, definition in segments(shop.metric_ids, options.segments - 1):
            client.create(name, definition)
        buyers = client.create("Bought this week", {
            "condition_groups": [{"conditions": [did(shop.metric_ids["Placed Order"], 1, last(7))]}]
        })  # fmt: skip
        wait_for_all(shop, tell)
        figures["first full passes, s"] = time.perf_counter() - began
        wait_for_rest(shop)
        all_ = [one.id for one in stored.all_of(shop.table, shop.account_id)]
        figures["memberships"] = sum(memberships.count(shop.table, shop.account_id, id_) for id_ in all_)
        chosen = random.Random(5).sample(range(1, options.people + 1), WARM + ROUNDS * options.samples)
        latencies(client, shop, buyers, chosen[:WARM], lambda *_: None)
        starts = range(WARM, len(chosen), options.samples)
        rounds = [latencies(client, shop, buyers, chosen[i : i + options.samples], tell) for i in starts]
        for q in (0.5, 0.95, 1.0):
            figures[f"event to membership, p{q * 100:.0f} ms"] = median(quantile(found, q) for found in rounds)
        figures |= measure_look_ups(client, shop, all_[:GROUPS_ASKED], options.people)
    run = evaluate(shop)
    figures[f"full pass of {len(all_)} segments, s"] = run.seconds
    figures["full pass, peak MB"] = run.peak_mb
    return figures


def measure_look_ups(client: Client, shop: Shop, ids: Sequence[str], people: int) -> dict[str, float]:
    over_http = client.ask_groups(client.visitor(), ids)
    assert set(over_http.statuses) == {200}
    found = [taken * 1000 for taken in over_http.latencies_s]
    ways = {"membership look-up": look_ups(shop, ids, people), "membership look-up over HTTP": found}
    return {
        f"{name}, p{q * 100:.0f} ms": quantile(found, q) for name, found in ways.items() for q in (0.5, 0.95, 0.99)
    }


def report(figures: dict[str, float], options: argparse.Namespace) -> None:
    table = Figures("figure", "measured", "budget")
    for name, value in figures.items():
        budget = BUDGETS.get(name)
        table.add_row(name, f"{value:,.1f}", "" if budget is None else f"{budget:,.0f}")
    console = Console()
    load = f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}"
    console.print(f"{options.people:,} people, {options.events:,} events, {options.segments} segments; {load}")
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=500_000)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--segments", type=int, default=50)
    parser.add_argument("--samples", type=int, default=300)
    parser.add_argument("--keep", type=Path, help="data directory to make and leave there")
    options = parser.parse_args()
    folder = options.keep or Path(tempfile.mkdtemp(prefix="regulars-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with progress() as tell:
            began = time.perf_counter()
            shop = build(folder.absolute(), options.people, options.events, tell)
            loaded = {"loading, s": time.perf_counter() - began}
            figures = loaded | measure(shop, options, tell)
        report(figures, options)
        print(json.dumps(figures))
    finally:
        if options.keep is None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
