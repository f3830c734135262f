"""What the room answers, listens to and needs."""

from __future__ import annotations

from cdp.events import AlertChanged, EventRecorded
from cdp.spec import Access, FunctionSpec, Grant, HttpRoute, Inbox, Limit, OnEvent
from functions.webhooks.settings import Settings

_READ, _WRITE = ("webhooks:read",), ("webhooks:write",)
_ALL, _ONE = "/api/webhooks", "/api/webhooks/{id}"

SPEC = FunctionSpec(
    name="webhooks",
    description="Webhooks and their topics; from events to the webhooks that are subscribed to them",
    settings=Settings,
    routes=(
        HttpRoute("GET", _ALL, _READ, Limit.XS),
        HttpRoute("POST", _ALL, _WRITE, Limit.XS),
        HttpRoute("GET", _ONE, _READ, Limit.XS),
        HttpRoute("PATCH", _ONE, _WRITE, Limit.XS),
        HttpRoute("DELETE", _ONE, _WRITE, Limit.XS),
        HttpRoute("GET", "/api/webhook-topics", _READ, Limit.XS),
        HttpRoute("GET", "/api/webhook-topics/{id}", _READ, Limit.XS),
        HttpRoute("POST", "/api/webhook-tests", _WRITE, Limit.XS, extension=True),
        HttpRoute("GET", f"{_ONE}/webhook-attempts", _READ, Limit.M, extension=True),
        HttpRoute("GET", f"{_ONE}/webhook-dead-letters", _READ, Limit.M, extension=True),
        HttpRoute("POST", "/api/webhook-replays", _WRITE, Limit.S, extension=True),
    ),
    rules=(OnEvent(EventRecorded), OnEvent(AlertChanged)),
    inbox=Inbox(batch_size=50, process="reactions"),
    grants=(
        Grant("table", Access.WRITE),
        Grant("limits", Access.WRITE),
        Grant("secrets:webhooks", Access.WRITE),
        Grant("queue:deliveries", Access.SEND),
    ),
    layers=("http", "outbound"),
)
