from __future__ import annotations

from cdp.spec import Access, FunctionSpec, Grant, Inbox, Schedule
from functions.rewrite.settings import Settings

SPEC = FunctionSpec(
    name="rewrite",
    description="Moves rows of merged profiles, removes those of erased persons.",
    settings=Settings,
    schedules=(Schedule("rewrite", rate="5 minutes"),),
    inbox=Inbox(batch_size=10, max_attempts=5),
    grants=(Grant("table", Access.WRITE), Grant("lake", Access.WRITE), Grant("queue:rewrite", Access.SEND)),
    memory_mb=3008,
    timeout_s=900,
    layers=("http", "lake"),
)
