"""What the room listens to and needs."""

from __future__ import annotations

from cdp.spec import Access, FunctionSpec, Grant, Inbox, LogAlarm
from functions.deliveries.settings import Settings

SPEC = FunctionSpec(
    name="deliveries",
    description="Delivers what waits for webhooks",
    settings=Settings,
    inbox=Inbox(batch_size=1, max_attempts=5, max_concurrency=50, process="reactions", threads=32),
    grants=(
        Grant("table", Access.WRITE),
        Grant("secrets:webhooks"),
        Grant("queue:deliveries", Access.SEND),
    ),
    memory_mb=512,
    timeout_s=60,
    layers=("http", "outbound"),
    alarms=(LogAlarm("webhook-disabled", "is disabled:", "A webhook was given up: docs/operating/webhooks.md"),),
)
