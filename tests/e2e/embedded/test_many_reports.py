"""A hundred reports at once: each answer is right or a clear refusal, and memory stays bounded."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from infra.embedded.process import Platform
from tests.e2e.embedded.conftest import Shop, bulk, event, open_shop
from tests.e2e.embedded.waiting import wait_for

EVENTS, PEOPLE, AT_ONCE = 10_000, 1_000, 100
BOT_EVENTS = 3_000
MAX_MB = 2_500  # of all processes together


@pytest.fixture
def shop(fresh: Platform) -> Iterator[Shop]:
    """On a platform that has done nothing else: its memory is measured."""
    with fresh, open_shop(fresh) as opened:
        yield opened


@pytest.fixture
def metric_id(shop: Shop) -> str:
    """Orders over two months, three tenths of them by one profile."""
    for start in range(0, EVENTS, 1000):
        events = [
            event(
                f"o{n}",
                "bot" if n < BOT_EVENTS else f"p{n % PEOPLE}",
                value=1 + n % 7,
                time=f"2026-0{3 + n % 2}-{1 + n % 28:02}T{n % 24:02}:00:00Z",
            )
            for n in range(start, start + 1000)
        ]
        assert shop.http.post("/api/event-bulk-create-jobs", json=bulk(events)).status_code == 202
    metric_id = str(wait_for(lambda: shop.metric_id("Placed Order")))
    wait_for(lambda: sum(total(ask(shop.http, metric_id, 0))) == EVENTS)
    return metric_id


def ask(http: httpx.Client, metric_id: str, kind: int) -> httpx.Response:
    placed = {"metric_id": metric_id}
    kinds: list[tuple[str, dict[str, Any]]] = [
        ("metric-aggregate", {**placed, "measurements": ["count", "unique", "sum_value"], "filter": [
            "greater-or-equal(datetime,2026-03-01)", "less-than(datetime,2026-05-01)"]}),
        ("rfm-report", {**placed, "start": "2026-03-31", "end": "2026-04-30"}),
        ("cohort-report", {"definition": {"cohorting_event": placed, "reporting_event": placed},
                           "start": "2026-03-01", "end": "2026-04-30"}),
        ("funnel-report", {"definition": {"steps": [placed, placed, placed]},
                           "timeframe": {"start": "2026-03-01", "end": "2026-04-30"}}),
        ("conversion-overview-report", {"conversion_metric_id": metric_id,
                                        "timeframe": {"start": "2026-03-01", "end": "2026-04-30"}}),
    ]  # fmt: skip
    type_, attributes = kinds[kind % len(kinds)]
    attributes["as_of"] = "2026-06-01T00:00:00Z"
    return http.post(f"/api/{type_}s", json={"data": {"type": type_, "attributes": attributes}}, timeout=120)


def total(answer: httpx.Response) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [n for row in answer.json()["data"]["attributes"]["data"] for n in row["measurements"]["count"]]


def megabytes(pid: int) -> float:
    """Resident memory of a process and all below it."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid=,rss="], capture_output=True, text=True, check=True).stdout
    processes = [tuple(map(int, line.split())) for line in listed.splitlines()]
    family = {pid}
    while more := {child for child, parent, _ in processes if parent in family} - family:
        family |= more
    return sum(rss for child, _, rss in processes if child in family) / 1024


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read with ps")
def test_a_hundred_reports_at_once(shop: Shop, metric_id: str) -> None:
    def shown(answer: httpx.Response) -> dict[str, Any]:
        attributes: dict[str, Any] = answer.json()["data"]["attributes"]
        return {name: value for name, value in attributes.items() if name != "computed_at"}

    alone = [ask(shop.http, metric_id, kind) for kind in range(5)]
    assert [answer.status_code for answer in alone] == [200] * 5, [answer.text for answer in alone]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda n: ask(shop.http, metric_id, n), range(AT_ONCE)))
    process = shop.platform.process
    assert process is not None
    assert megabytes(process.pid) < MAX_MB
    refused = [answer for answer in answers if answer.status_code != 200]
    assert {answer.status_code for answer in refused} <= {429}
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)
    assert len(refused) < AT_ONCE / 2
    for n, answer in enumerate(answers):
        if answer.status_code == 200:
            assert shown(answer) == shown(alone[n % 5])
