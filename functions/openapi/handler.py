from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from cdp import connect
from cdp.jsonapi.errors import error_document
from cdp.jsonapi.front import MEDIA_TYPE, Request, Response, serve
from cdp.jsonapi.routing import no_operation
from cdp.jsonapi.throttle import Throttle
from functions.openapi import description
from functions.openapi.spec import SPEC


def health(request: Request) -> Response:
    """The HTTP side is up; each room answers for its own resources."""
    return Response(document={"status": "ok"}, headers={"content-type": "application/json"})


def describe(request: Request) -> Response:
    """The description, with the address under which the client reached us."""
    document = {**description.document(), "servers": [{"url": request.base_url}]}
    return Response(document=document, headers={"content-type": "application/json"})


def unknown(event: Mapping[str, Any]) -> dict[str, Any]:
    """/x/ leads to /x where /x is known (SPEC §1.1); else 405 with Allow where the path is known, or 404."""
    method, path = event["requestContext"]["http"]["method"], event["rawPath"]
    match = description.paths().find(path)
    if match and path.endswith("/") and "//" not in path and ("GET" if method == "HEAD" else method) in match.methods:
        query = event.get("rawQueryString")  # relative to the path, so that it holds behind any prefix
        location = f"../{path.split('/')[-2]}" + (f"?{query}" if query else "")
        return {"statusCode": 308, "headers": {"location": location}}
    error = no_operation(method, path, match.methods if match else ())
    headers = {"allow": str(error.meta["allow"])} if "allow" in error.meta else {}
    body = error_document(error).decode()
    return {"statusCode": error.status, "headers": {"content-type": MEDIA_TYPE, **headers}, "body": body}


@cache
def app() -> Any:
    operations = {"GET /health": health, "GET /openapi.json": describe}
    return serve(SPEC, operations, throttle=Throttle(connect.limits("memory:"), factor=0))


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    if event["routeKey"] == "$default":
        return unknown(event)
    answer: dict[str, Any] = app()(event)
    return answer
