from __future__ import annotations

from cdp.spec import FunctionSpec, Grant
from functions.authorize.settings import Settings

SPEC = FunctionSpec(
    name="authorize",
    description="Finds the account and the scopes of a private key",
    settings=Settings,
    grants=(Grant("table"),),
    memory_mb=256,
    timeout_s=5,
    layers=("http",),
    authorizer=True,
)
