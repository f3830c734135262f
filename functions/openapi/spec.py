from cdp.spec import Auth, FunctionSpec, HttpRoute, Limit
from functions.openapi.settings import Settings

SPEC = FunctionSpec(
    name="openapi",
    description="Health, the API's own description, and answers to unknown paths",
    settings=Settings,
    routes=(
        HttpRoute("GET", "/health", auth=Auth.OPEN, limit=Limit.NONE, extension=True),
        HttpRoute("GET", "/openapi.json", auth=Auth.OPEN, limit=Limit.NONE, extension=True),
    ),
    memory_mb=256,
    timeout_s=5,
    layers=("http",),
    default_route=True,
)
