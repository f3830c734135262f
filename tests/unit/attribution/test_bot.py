"""A profile with a hundred thousand events: the answer is right, and there is one."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from datetime import datetime, timedelta

import pyarrow as pa
import pytest

from cdp.attribution.settings import AttributionSettings, Model, Windows
from cdp.lake.tables import EVENTS, month_of
from cdp.query.sql import select
from tests.unit.attribution import world
from tests.unit.attribution.oracle import PLACED
from tests.unit.attribution.world import HOUR, START
from tests.unit.query.files import FileLake, schema

CLICK, TEXT_OPEN, CHAT_OPEN = 12, 21, 41  # e-mail 120 hours, SMS 24, WhatsApp 12
HOURS = {CLICK: 120, TEXT_OPEN: 24, CHAT_OPEN: 12}
CHANNEL = {CLICK: "email", TEXT_OPEN: "sms", CHAT_OPEN: "whatsapp"}
Happened = list[tuple[datetime, int, str | None]]

RECEIPTS: Happened = [(START, 10, "mail"), (START, 20, "text"), (START, 40, "chat")]
# A few clicks, then thousands of opens by turns, each of which outlives the next: behind them all, the clicks last.
TOUCHES: Happened = [(START + HOUR / 2 + timedelta(seconds=i), CLICK, "mail") for i in range(300)]
TOUCHES += [
    (START + HOUR + timedelta(milliseconds=600 * i), *((TEXT_OPEN, "text"), (CHAT_OPEN, "chat"))[i % 2]) for i in range(60_000)
]  # fmt: skip
ORDERS: Happened = [(START + timedelta(seconds=13 * i), PLACED, None) for i in range(40_000)]


def rows(happened: Happened) -> pa.Table:
    n = len(happened)
    columns = {
        "metric_id": [metric for _, metric, _ in happened],
        "profile_no": [7] * n,
        "occurred_at": [at for at, _, _ in happened],
        "event_id": list(range(n)),
        "value": [0.01] * n,
        "message": [message for *_, message in happened],
        "properties": ["{}"] * n,
        "received_at": [START] * n,
        "month": [month_of(START)] * n,
    }
    fields = schema(EVENTS)
    return pa.table([columns.get(f.name, [None] * n) for f in fields], schema=fields)


def expected(settings: AttributionSettings) -> dict[str, tuple[int, int]]:
    """Channel -> conversions credited, their weight."""
    times = {metric: [at for at, one, _ in TOUCHES if one == metric] for metric in HOURS}
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for at, _, _ in ORDERS:
        newest = []
        for metric, hours in HOURS.items():
            seen = bisect_right(times[metric], at)
            if seen and at <= START + hours * HOUR:
                newest.append((times[metric][seen - 1], CHANNEL[metric]))
        newest.sort(reverse=True)
        chosen = newest if settings.model == "linear" else newest[:1]
        for n, (_, channel) in enumerate(chosen):
            counts[channel][0] += 1
            counts[channel][1] += 1_000_000 // len(chosen) + (n < 1_000_000 % len(chosen))
    return {channel: (n, weight) for channel, (n, weight) in counts.items()}


@pytest.mark.parametrize("model", ["last_touch", "linear"])
def test_a_bot_that_opens_and_buys_without_end(model: Model) -> None:
    settings = AttributionSettings(model=model, windows=Windows(sms_delivery=None))
    text = "SELECT channel, count(*) AS n, sum(weight) AS weight FROM credited GROUP BY channel"
    with world.engine([]) as engine:
        lake = engine._lake
        assert isinstance(lake, FileLake)
        lake.write_month("a", EVENTS, month_of(START), rows([*RECEIPTS, *TOUCHES, *ORDERS]))
        found = engine.run("a", select(text, credited=world.query(settings))).to_pylist()
    assert {row["channel"]: (row["n"], row["weight"]) for row in found} == expected(settings)
