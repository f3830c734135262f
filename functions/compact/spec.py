from __future__ import annotations

from cdp.spec import Access, FunctionSpec, Grant, Inbox, Schedule
from functions.compact.settings import Settings

SPEC = FunctionSpec(
    name="compact",
    description="Merges small files of the lake into sorted ones.",
    settings=Settings,
    schedules=(Schedule("compact", rate="1 hour"),),
    inbox=Inbox(batch_size=10, max_attempts=3),
    grants=(Grant("lake", Access.WRITE),),
    memory_mb=3008,
    timeout_s=900,
    layers=("http", "lake"),
)
