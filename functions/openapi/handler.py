from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from cdp import connect
from cdp.errors import Rejected
from cdp.jsonapi.errors import error_document
from cdp.jsonapi.front import MEDIA_TYPE, Request, Response, serve
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
    """405 with Allow where the path is known, else 404."""
    method, path = event["requestContext"]["http"]["method"], event["rawPath"]
    match = description.paths().find(path)
    if match is None:
        error = Rejected(f"There is nothing at {path}.", status=404, code="not_found", title="Not found.")
        return _answer(error, {})
    detail = f"Method {method} is not allowed at {path}."
    error = Rejected(detail, status=405, code="method_not_allowed", title="Method not allowed.")
    return _answer(error, {"allow": ", ".join(sorted({*match.methods, "OPTIONS"}))})


def _answer(error: Rejected, headers: Mapping[str, str]) -> dict[str, Any]:
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
