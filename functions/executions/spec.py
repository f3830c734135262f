from __future__ import annotations

from cdp.spec import Access, FunctionSpec, Grant, Inbox, LogAlarm
from functions.executions.settings import Settings

SPEC = FunctionSpec(
    name="executions",
    description="Runs customers' functions: slots, environments, attempts, runs, dead letters",
    settings=Settings,
    # One message at a time and thread: a run takes as long as the customer's code does.
    inbox=Inbox(batch_size=1, threads=8, max_concurrency=50, process="reactions"),
    grants=(
        Grant("table", Access.WRITE),
        Grant("secrets:functions"),
        Grant("secrets:function-keys", Access.WRITE),
        Grant("queue:executions", Access.SEND),
        Grant("room:code_runner", Access.SEND),
    ),
    memory_mb=512,
    timeout_s=900,
    layers=("http",),
    alarms=(
        LogAlarm("sandbox-refuses", "is refused by the sandbox", "No function runs: docs/operating/dead-letters.md"),
        LogAlarm("function-dead-letters", "became dead letters", "Functions fail: docs/operating/dead-letters.md"),
    ),
)
