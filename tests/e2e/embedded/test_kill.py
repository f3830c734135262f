"""kill -9 under load: what was acknowledged is counted once, whatever dies when."""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any

import duckdb
import httpx

from cdp import connect, events
from cdp.events.scheduled import Scheduled
from cdp.lake.tables import EVENTS
from infra.embedded import values
from infra.embedded.process import Platform
from infra.specs import rooms
from tests.e2e.embedded.conftest import Shop, bulk, event, open_shop, single
from tests.e2e.embedded.waiting import wait_for

SINGLES, BULKS, BULK_EVENTS = 4_000, 192, 500
TOTAL = SINGLES + BULKS * BULK_EVENTS
PROFILES = 2_000
KILLS = 10
CLIENTS = 4
_TIME = "2026-03-%02dT05:06:07Z"


class Load:
    """Clients that repeat every request, with the same unique ids, until it is acknowledged."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._requests = deque(_requests())
        self._lock = threading.Lock()
        self.acknowledged: set[str] = set()
        self.repeated = 0
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(CLIENTS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        with httpx.Client(
            base_url=self._shop.platform.url, headers=self._shop.http.headers, timeout=20.0, verify=False
        ) as http:
            while True:
                with self._lock:
                    if not self._requests:
                        return
                    path, document, ids = self._requests.popleft()
                while not self._acknowledged(http, path, document):
                    self.repeated += 1
                    time.sleep(0.05)
                with self._lock:
                    self.acknowledged.update(ids)

    @staticmethod
    def _acknowledged(http: httpx.Client, path: str, document: dict[str, Any]) -> bool:
        try:
            answer = http.post(path, json=document)
        except httpx.TransportError:
            return False
        assert answer.status_code in (202, 503), answer.text
        return answer.status_code == 202


def _requests() -> list[tuple[str, dict[str, Any], list[str]]]:
    """Bulk and single requests, mixed; every fourth profile gets events from both."""
    requests = []
    for n in range(SINGLES):
        made = event(f"s{n}", f"c{n % PROFILES}", time=_TIME % (1 + n % 28))
        requests.append(("/api/events", single(made), [f"s{n}"]))
    for n in range(BULKS):
        ids = [f"b{n}-{i}" for i in range(BULK_EVENTS)]
        made_all = [
            event(id_, f"c{(n * 7 + i * 4) % PROFILES}", time=_TIME % (1 + i % 28))
            for i, id_ in enumerate(ids)
        ]
        requests.append(("/api/event-bulk-create-jobs", bulk(made_all), ids))
    random.Random(2).shuffle(requests)
    return requests


def test_every_acknowledged_event_is_counted_once_after_ten_kills(fresh: Platform) -> None:
    fresh.start()
    with open_shop(fresh) as shop:
        load = Load(shop)
        load.start()
        chance = random.Random(3)
        for kill in range(KILLS):
            wait_for(lambda: len(load.acknowledged) >= TOTAL * (kill + 1) // (KILLS + 1))  # noqa: B023  called at once
            if kill % 2:
                _ask_for_compaction(fresh.data)
                wait_for(lambda: _counted(shop) > 0)  # the worker records: let it die of that, too
            time.sleep(chance.uniform(0.0, 0.6))
            fresh.kill()
            fresh.start()
        load.join()
        assert len(load.acknowledged) == TOTAL
        assert load.repeated > 0, "no request was hit by a kill: the test proves nothing"
        wait_for(lambda: _counted(shop) >= TOTAL)
        assert _counted(shop) == TOTAL
        assert _in_lake(fresh.data, shop.account.account_id) == (TOTAL, TOTAL, PROFILES, load.acknowledged)
        assert not _dead_letters(fresh.data)


def _ask_for_compaction(data: Path) -> None:
    connect.queue(values.queue(data, "compact")).send([events.encode(Scheduled("compact"))])


def _counted(shop: Shop) -> int:
    """What the API counts."""
    metric_id = shop.metric_id("Placed Order")
    if metric_id is None:  # nothing is recorded yet: the kills followed each other so closely
        return 0
    attributes = {
        "metric_id": metric_id,
        "measurements": ["count", "sum_value"],
        "filter": [
            "greater-or-equal(datetime,2026-03-01T00:00:00)",
            "less-than(datetime,2026-04-01T00:00:00)",
        ],
        "interval": "month",
    }
    answer = shop.http.post(
        "/api/metric-aggregates", json={"data": {"type": "metric-aggregate", "attributes": attributes}}
    )
    assert answer.status_code == 200, answer.text
    found = answer.json()["data"]["attributes"]["data"]
    if not found:
        return 0
    (count,), (value,) = found[0]["measurements"]["count"], found[0]["measurements"]["sum_value"]
    assert count == value
    return int(count)


def _in_lake(data: Path, account_id: str) -> tuple[int, int, int, set[str]]:
    """Rows, different event ids, different profiles, unique ids: read past our own code, with DuckDB alone."""
    files = connect.lake(values.locators(data, rooms())["lake"]).files(account_id, EVENTS)
    ids = duckdb.execute("SELECT event_id, profile_no, unique_id FROM read_parquet(?)", [files]).fetchall()
    return len(ids), len({i for i, _, _ in ids}), len({p for _, p, _ in ids}), {u for _, _, u in ids}


def _dead_letters(data: Path) -> list[Any]:
    return [
        d
        for room in rooms()
        if room.inbox
        for d in connect.queue(values.queue(data, room.name)).dead_letters()
    ]
