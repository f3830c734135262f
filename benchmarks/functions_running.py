"""Customers' functions through the running platform: from an event to its function, and runs a second.

    python -m benchmarks.functions_running [--events N] [--paced N]

Client and platform share the machine. Latency: events one by one, ten a second, each with the client's clock in it; the
function answers how long ago that was. Runs a second: so many events in bulk, until the day's counts have them all.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from infra.embedded.process import Platform, free_port

CODES = {
    "python": """
import time

def handler(event, context):
    return time.time() - event["data"]["attributes"]["event_properties"]["sent"]
""",
    "javascript": """
export default async function handler(event, context) {
  return Date.now() / 1000 - event.data.attributes.event_properties.sent;
}
""",
}
PACE_S, A_REQUEST, PATIENCE_S = 0.1, 500, 300.0
WARM = 20  # events before the clock counts
BUDGET_S = 1.0


class Account:
    """An account of a running platform."""

    def __init__(self, platform: Platform) -> None:
        made = platform.create_account("Bench")
        headers = {"authorization": f"Klaviyo-API-Key {made.private_key}"}
        self.http = httpx.Client(base_url=platform.url, headers=headers, timeout=60.0, verify=False)
        self._sent = 0

    def metric(self, name: str) -> str:
        """Id of the metric, which is made by an event."""
        self.send(name, 1)
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            for one in self.http.get("/api/metrics").json()["data"]:
                if one["attributes"]["name"] == name:
                    return str(one["id"])
            time.sleep(0.05)
        raise TimeoutError(name)

    def function(self, runtime: str, metric_id: str) -> str:
        attributes = {
            "name": runtime, "runtime": runtime, "code": CODES[runtime], "trigger": {"metric_id": metric_id}, "status": "live",
        }  # fmt: skip
        made = self.http.post("/api/functions", json={"data": {"type": "function", "attributes": attributes}})
        made.raise_for_status()
        return str(made.json()["data"]["id"])

    def send(self, metric: str, count: int) -> None:
        """One bulk request."""
        items = [{"type": "event-bulk-create", "attributes": self._item(metric)} for _ in range(count)]
        attributes = {"events-bulk-create": {"data": items}}
        body = {"data": {"type": "event-bulk-create-job", "attributes": attributes}}
        self.http.post("/api/event-bulk-create-jobs", json=body).raise_for_status()

    def _item(self, metric: str) -> dict[str, Any]:
        self._sent += 1
        attributes = {
            "properties": {"sent": time.time()},
            "unique_id": f"e{self._sent}",
            "metric": {"data": {"type": "metric", "attributes": {"name": metric}}},
        }
        profile = {"data": {"type": "profile", "attributes": {"external_id": f"c{self._sent % 1000}"}}}
        return {"profile": profile, "events": {"data": [{"type": "event", "attributes": attributes}]}}

    def done(self, function_id: str, count: int) -> float:
        """Wait for so many runs; how long it took. Any that does not go well ends the benchmark."""
        began = time.monotonic()
        while time.monotonic() < began + PATIENCE_S:
            days = self.http.get(f"/api/functions/{function_id}/function-metrics?days=2").json()["data"]
            if sum(day["attributes"]["ok"] for day in days) >= count:
                return time.monotonic() - began
            bad = sum(day["attributes"]["runs"] - day["attributes"]["ok"] for day in days)
            if bad:
                raise RuntimeError(f"{bad} runs failed: {self.http.get(f'/api/functions/{function_id}/function-logs').text}")
            time.sleep(0.05)
        raise TimeoutError(f"{count} runs")

    def latencies_s(self, function_id: str, count: int) -> list[float]:
        """Of the newest runs, from the client's clock in the event to the function's own."""
        found: list[float] = []
        path: str | None = f"/api/functions/{function_id}/function-logs?page[size]=100"
        while path and len(found) < count:
            page = self.http.get(path).json()
            found += (one["attributes"]["result"] for one in page["data"])
            path = page["links"]["next"]
        return found[:count]


@contextmanager
def _platform() -> Iterator[Platform]:
    with (
        tempfile.TemporaryDirectory() as folder,
        Platform(Path(folder) / "data", free_port(), {"RATE_LIMIT_FACTOR": "0"}) as running,
    ):
        yield running


def _measure(runtime: str, events: int, paced: int) -> tuple[float, float, float]:
    """Median and p95 of the latency in seconds, and runs a second."""
    with _platform() as platform:
        account = Account(platform)
        function_id = account.function(runtime, account.metric("Viewed Product"))
        for _ in range(WARM + paced):
            account.send("Viewed Product", 1)
            time.sleep(PACE_S)
        account.done(function_id, WARM + paced)
        latencies = sorted(account.latencies_s(function_id, paced))
        began = time.monotonic()
        for _ in range(events // A_REQUEST):
            account.send("Viewed Product", A_REQUEST)
        account.done(function_id, WARM + paced + events // A_REQUEST * A_REQUEST)
        rate = events // A_REQUEST * A_REQUEST / (time.monotonic() - began)
    return statistics.median(latencies), latencies[int(len(latencies) * 0.95)], rate


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--events", type=int, default=5000)
    arguments.add_argument("--paced", type=int, default=100)
    given = arguments.parse_args()
    table = Table("runtime", "event → its function, p50", "p95", "budget", "runs a second")
    for runtime in CODES:
        median, p95, rate = _measure(runtime, given.events, given.paced)
        table.add_row(runtime, f"{median:.2f} s", f"{p95:.2f} s", f"{BUDGET_S:.0f} s", f"{rate:,.0f}")
    Console().print(table)


if __name__ == "__main__":
    main()
