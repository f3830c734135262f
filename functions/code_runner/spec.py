from __future__ import annotations

from cdp.spec import FunctionSpec
from functions.code_runner.settings import Settings

SPEC = FunctionSpec(
    name="code_runner",
    description="Runs customers' functions as WebAssembly, one account at a time.",
    settings=Settings,
    memory_mb=1024,
    timeout_s=660,
    layers=("http", "outbound", "sandbox"),
    sandbox=True,
)
