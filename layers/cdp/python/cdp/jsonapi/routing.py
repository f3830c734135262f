"""Which operation a call means: by its route key, or by its path where the gateway knows collections only.

On AWS a collection with all that is below it is one route (`ANY /api/lists/{proxy+}`, infra/aws/api.py), so the
room finds the operation itself, and answers 404 and 405 as the default route does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from cdp.errors import Rejected
from cdp.jsonapi.paths import PathTable
from cdp.spec import FunctionSpec, HttpRoute


class Routing:
    """The routes of one room."""

    def __init__(self, spec: FunctionSpec) -> None:
        self.by_key = {route.key: route for route in spec.routes}
        self._paths = PathTable((route.method, route.path, route) for route in spec.routes)

    def find(self, event: Mapping[str, Any]) -> tuple[HttpRoute, Mapping[str, str]]:
        """The operation and its path parameters; `Rejected` 404 or 405 if the room has none there."""
        route = self.by_key.get(event["routeKey"].removesuffix("/"))  # a gateway may tell /x from /x/, we do not
        if route is not None:
            return route, event.get("pathParameters") or {}
        method, path = event["requestContext"]["http"]["method"], event["rawPath"]
        match = self._paths.find(path)
        route = match.methods.get("GET" if method == "HEAD" else method) if match else None
        if match is None or route is None:
            raise no_operation(method, path, match.methods if match else ())
        return route, match.parameters


def no_operation(method: str, path: str, methods: Collection[str]) -> Rejected:
    """405 where the path is known with other methods (`meta.allow` names them), else 404."""
    if not methods:
        return Rejected(f"There is nothing at {path}.", status=404, code="not_found", title="Not found.")
    return Rejected(
        f"Method {method} is not allowed at {path}.",
        status=405,
        code="method_not_allowed",
        title="Method not allowed.",
        meta={"allow": ", ".join(sorted({*methods, "OPTIONS"}))},
    )
