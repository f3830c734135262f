"""HTTP intake of the embedded platform against a floor measured in the same run (ARCHITECTURE §11).

    python -m benchmarks.http [--singles N] [--bulks N] [--rounds N]

Client and platform share the machine. Every round measures the floor (benchmarks/floor.py: bare uvicorn, each
body in SQLite, fsynced in groups) and the platform one after the other; medians are printed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform as machine
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from benchmarks.load import Result, request, send
from infra.embedded.process import Account, Platform, free_port

CLIENTS, BULK_CLIENTS = 16, 4
EVENTS_A_BULK = 1000
EVENTS_A_PROFILE = 5  # in one bulk request: what a shop's tracker or export sends of a visit
PROFILES = 20_000
VISIBLE_S = 300.0
POLL_S = 0.25  # a look costs a query over everything: not too often
BUDGETS = {
    "single requests/s": 4_000,
    "single p99 ms": 20,
    "bulk events/s accepted": 50_000,
    "events/s visible": 25_000,
}


@dataclass
class Round:
    """What one server reached once."""

    single: Result
    bulk: Result
    visible_per_s: float | None = None

    def figures(self) -> dict[str, float]:
        figures = {
            "single requests/s": self.single.per_second,
            "single p50 ms": self.single.quantile_ms(0.5),
            "single p99 ms": self.single.quantile_ms(0.99),
            "bulk events/s accepted": self.bulk.per_second * EVENTS_A_BULK,
        }
        return figures if self.visible_per_s is None else {**figures, "events/s visible": self.visible_per_s}


@dataclass
class Load:
    """Requests of one round; `tag` keeps their unique ids apart from other rounds'."""

    singles: int
    bulks: int
    tag: str
    key: str
    headers: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.headers = {"Authorization": f"Klaviyo-API-Key {self.key}", "Content-Type": "application/json"}

    def single_requests(self) -> list[bytes]:
        bodies = ({"data": {"type": "event", "attributes": self._event(n, "s")}} for n in range(self.singles))
        return [request("POST", "/api/events", _json(body), self.headers) for body in bodies]

    def bulk_requests(self) -> list[bytes]:
        return [
            request("POST", "/api/event-bulk-create-jobs", _json(self._bulk(n)), self.headers)
            for n in range(self.bulks)
        ]

    def _event(self, n: int, kind: str) -> dict[str, Any]:
        return {
            "properties": {"sku": f"A-{n % 500}", "quantity": n % 5},
            "time": f"2026-01-{1 + n % 28:02d}T03:04:05+00:00",
            "value": 12.5,
            "unique_id": f"{self.tag}{kind}{n}",
            "metric": {"data": {"type": "metric", "attributes": {"name": "Placed Order"}}},
            "profile": {
                "data": {"type": "profile", "attributes": {"external_id": f"c{n * 7919 % PROFILES}"}}
            },
        }

    def _bulk(self, n: int) -> dict[str, Any]:
        items = []
        for first in range(n * EVENTS_A_BULK, (n + 1) * EVENTS_A_BULK, EVENTS_A_PROFILE):
            given = [self._event(i, "b") for i in range(first, first + EVENTS_A_PROFILE)]
            profile = given[0]["profile"]
            events = [{"type": "event", "attributes": _without_profile(event)} for event in given]
            attributes = {"profile": profile, "events": {"data": events}}
            items.append({"type": "event-bulk-create", "attributes": attributes})
        return {
            "data": {"type": "event-bulk-create-job", "attributes": {"events-bulk-create": {"data": items}}}
        }


def _without_profile(event: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name != "profile"}


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def measure(port: int, load: Load) -> tuple[Result, Result]:
    single = send(port, load.single_requests(), CLIENTS)
    bulk = send(port, load.bulk_requests(), BULK_CLIENTS)
    for result in (single, bulk):
        if set(result.statuses) != {202}:
            raise SystemExit(f"not all requests were accepted: {result.statuses}")
    return single, bulk


def floor(folder: Path, load: Load) -> Round:
    """The bare application, afresh."""
    port = free_port()
    with _process(
        [sys.executable, "-m", "benchmarks.floor", str(port), str(folder / f"{load.tag}.db")], port
    ):
        return Round(*measure(port, load))


@contextlib.contextmanager
def _process(command: list[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command)
    try:
        for _ in range(200):
            with contextlib.suppress(httpx.TransportError):
                httpx.get(f"http://127.0.0.1:{port}/")
                break
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait()


def platform_round(platform: Platform, account: Account, load: Load, before: int) -> Round:
    """The platform: accept, then wait until a report counts everything; profiles exist after the first round."""
    single = send(platform.port, load.single_requests(), CLIENTS)
    total = before + load.singles
    wait_until_visible(platform, account, total)
    started = time.perf_counter()
    bulk = send(platform.port, load.bulk_requests(), BULK_CLIENTS)
    wait_until_visible(platform, account, total + load.bulks * EVENTS_A_BULK)
    visible = load.bulks * EVENTS_A_BULK / (time.perf_counter() - started)
    return Round(single, bulk, visible)


def wait_until_visible(platform: Platform, account: Account, expected: int) -> None:
    """Until POST /api/metric-aggregates counts `expected` events."""
    headers = {"authorization": f"Klaviyo-API-Key {account.private_key}"}
    deadline = time.monotonic() + VISIBLE_S
    with httpx.Client(base_url=platform.url, headers=headers, timeout=60.0) as http:
        while time.monotonic() < deadline:
            metrics = http.get("/api/metrics").json()["data"]
            if metrics and count(http, metrics[0]["id"]) >= expected:
                return
            time.sleep(POLL_S)
    raise SystemExit(f"not visible within {VISIBLE_S:.0f} s")


def count(http: httpx.Client, metric_id: str) -> int:
    attributes = {
        "metric_id": metric_id,
        "measurements": ["count"],
        "interval": "month",
        "filter": [
            "greater-or-equal(datetime,2026-01-01T00:00:00)",
            "less-than(datetime,2026-02-01T00:00:00)",
        ],
    }
    answer = http.post(
        "/api/metric-aggregates", json={"data": {"type": "metric-aggregate", "attributes": attributes}}
    )
    groups = answer.json()["data"]["attributes"]["data"]
    return int(groups[0]["measurements"]["count"][0]) if groups else 0


def median(rounds: list[Round]) -> dict[str, float]:
    return {name: statistics.median(r.figures()[name] for r in rounds) for name in rounds[0].figures()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--singles", type=int, default=12_000)
    parser.add_argument("--bulks", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    floors, ours = [], []
    with tempfile.TemporaryDirectory() as folder:
        platform = Platform(Path(folder) / "data", free_port(), {"RATE_LIMIT_FACTOR": "0"})
        with platform:
            account = platform.create_account("Benchmark")
            for n in range(given.rounds):
                load = Load(given.singles, given.bulks, f"r{n}-", account.private_key)
                floors.append(floor(Path(folder), load))
                before = n * (given.singles + given.bulks * EVENTS_A_BULK)
                ours.append(platform_round(platform, account, load, before))
    _print(median(floors), median(ours))


def _print(floors: dict[str, float], ours: dict[str, float]) -> None:
    table = Table(
        "", "floor", "platform", "ratio", "budget", title="HTTP intake, one machine", title_justify="left"
    )
    for name, figure in ours.items():
        base = floors.get(name)
        ratio = "" if base is None else f"{figure / base:.2f}"
        budget = f"{BUDGETS[name]:,}" if name in BUDGETS else ""
        table.add_row(name, "" if base is None else f"{base:,.1f}", f"{figure:,.1f}", ratio, budget)
    console = Console()
    console.print(table)
    cores, load = os.cpu_count(), os.getloadavg()[0]
    console.print(
        f"{_processor()}, {cores} cores, Python {machine.python_version()}, load average at the end {load:.1f}"
    )


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return machine.processor() or machine.machine()


if __name__ == "__main__":
    main()
