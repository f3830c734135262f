"""What the room answers and needs."""

from __future__ import annotations

from cdp.spec import Access, FunctionSpec, Grant
from functions.messages.campaigns.routes import ROUTES as CAMPAIGNS
from functions.messages.flows.routes import ROUTES as FLOWS
from functions.messages.forms.routes import ROUTES as FORMS
from functions.messages.settings import Settings
from functions.messages.templates.routes import ROUTES as TEMPLATES

SPEC = FunctionSpec(
    name="messages",
    description="Campaigns, flows, forms and templates as metadata",
    settings=Settings,
    routes=(*CAMPAIGNS, *FLOWS, *FORMS, *TEMPLATES),
    grants=(Grant("table", Access.WRITE), Grant("limits", Access.WRITE)),
    layers=("http",),
)
