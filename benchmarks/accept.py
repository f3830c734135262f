"""The accept path on one core: parse, validate and encode, as a ratio to decoding alone.

Baselines in the same run: msgspec decoding the same bodies into the same structs (what no accept path can
beat) and the standard library's `json.loads`. Events are of about 280 bytes, 1000 to a request.
"""

from __future__ import annotations

import json
import platform
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from cdp import events
from cdp.events import EventsAccepted
from cdp.model import payloads
from functions.ingest.parse import check

EVENTS_PER_REQUEST = 1000
ROUNDS = 15
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def request() -> bytes:
    """A bulk request as a shop's back end sends it: ten customers with a hundred events each."""
    items = [
        {
            "type": "event-bulk-create",
            "attributes": {
                "profile": {"data": {"type": "profile", "attributes": {"email": f"customer{c}@example.com"}}},
                "events": {
                    "data": [
                        {
                            "type": "event",
                            "attributes": {
                                "properties": {"OrderId": f"order-{c}-{n}", "ItemNames": ["Tea"], "Source Name": "web"},
                                "time": "2026-02-02T03:04:05+00:00",
                                "value": 12.5 + n,
                                "value_currency": "USD",
                                "unique_id": f"order-{c}-{n}",
                                "metric": {"data": {"type": "metric", "attributes": {"name": "Placed Order"}}},
                            },
                        }
                        for n in range(EVENTS_PER_REQUEST // 10)
                    ]
                },
            },
        }
        for c in range(10)
    ]
    job = {"type": "event-bulk-create-job", "attributes": {"events-bulk-create": {"data": items}}}
    return json.dumps({"data": job}, separators=(",", ":")).encode()


def accept(body: bytes) -> str:
    check("bulk", body, NOW)
    return events.encode(EventsAccepted("abc123", NOW.isoformat(), "bulk", msgspec.Raw(body)))


def rate(work: Callable[[], object]) -> float:
    """Events per second of one round of about 50 ms."""
    calls = 0
    start = time.process_time()
    while (spent := time.process_time() - start) < 0.05:
        work()
        calls += 1
    return calls * EVENTS_PER_REQUEST / spent


def main() -> None:
    body = request()
    works: dict[str, Callable[[], object]] = {
        "accept": lambda: accept(body),
        "msgspec decode": lambda: payloads.decode("bulk", body),
        "json.loads": lambda: json.loads(body),
    }
    rates: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, work in works.items():
            rates[name].append(rate(work))
    print(f"accept path, one core of {platform.processor() or platform.machine()}, {len(body) // EVENTS_PER_REQUEST} bytes an event")
    for name, values in rates.items():
        ratio = statistics.median(a / b for a, b in zip(rates["accept"], values, strict=True))
        print(f"  {name:<16}{statistics.median(values):>12,.0f} events/s   accept is {ratio:.2f} of it")


if __name__ == "__main__":
    main()
