"""What the room answers and needs."""

from __future__ import annotations

from cdp.spec import Access, Auth, FunctionSpec, Grant, HttpRoute, Limit
from functions.membership.settings import Settings

SPEC = FunctionSpec(
    name="membership",
    description="Group membership in the browser",
    settings=Settings,
    routes=(
        HttpRoute("GET", "/client/group-memberships", (), Limit.XL, Auth.PUBLIC, extension=True),
        HttpRoute("GET", "/client/regulars.js", (), Limit.XL, Auth.PUBLIC, extension=True),
    ),
    grants=(Grant("table"), Grant("limits", Access.WRITE)),
    memory_mb=512,
    layers=("http",),
)
