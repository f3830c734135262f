from __future__ import annotations

from cdp.spec import Access, FunctionSpec, Grant, Inbox
from functions.fit.settings import Settings

SPEC = FunctionSpec(
    name="fit",
    description="Fits models of purchases and of spend to sufficient statistics.",
    settings=Settings,
    inbox=Inbox(batch_size=1, max_attempts=3),
    grants=(Grant("queue:predict", Access.SEND),),
    memory_mb=2048,
    timeout_s=900,
    layers=("http", "fitting"),
)
