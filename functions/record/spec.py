from __future__ import annotations

from cdp.spec import Access, FunctionSpec, Grant, Inbox
from functions.record.settings import Settings

SPEC = FunctionSpec(
    name="record",
    description="Writes accepted events to profiles and lake; announces them.",
    settings=Settings,
    inbox=Inbox(batch_size=200, batch_window_s=1, max_concurrency=10),
    grants=(
        Grant("table", Access.WRITE),
        Grant("lake", Access.WRITE),
        Grant("bus", Access.SEND),
        Grant("queue:compact", Access.SEND),
        Grant("queue:profiles", Access.SEND),
        Grant("queue:rewrite", Access.SEND),
    ),
    memory_mb=2048,
    timeout_s=120,
    layers=("http", "lake"),
)
