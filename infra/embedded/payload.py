"""The shape of a call: from an ASGI request to an API Gateway v2 event (payload format 2.0)."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping, MutableMapping
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

from cdp.errors import Rejected
from cdp.jsonapi.errors import error_document
from cdp.spec import HttpRoute

Answer: TypeAlias = dict[str, Any]


def http_event(
    scope: MutableMapping[str, Any],
    method: str,
    route: HttpRoute | None,
    parameters: Mapping[str, str],
    body: bytes,
) -> dict[str, Any]:
    """The event for a room's handler. A body that is not UTF-8 travels as base64."""
    headers = _headers(scope["headers"])
    headers.setdefault("x-forwarded-proto", scope["scheme"])
    raw_path = scope["raw_path"].decode("latin-1")
    event = {
        "version": "2.0",
        "routeKey": route.key if route else "$default",
        "rawPath": raw_path,
        "rawQueryString": scope["query_string"].decode("latin-1"),
        "headers": headers,
        "requestContext": {
            "http": {
                "method": method,
                "path": raw_path,
                "protocol": "HTTP/1.1",
                "sourceIp": (scope.get("client") or ("",))[0],
                "userAgent": headers.get("user-agent", ""),
            },
            "routeKey": route.key if route else "$default",
            "stage": "$default",
            "timeEpoch": int(time.time() * 1000),
        },
        "isBase64Encoded": False,
    }
    if parameters:
        event["pathParameters"] = dict(parameters)
    if event["rawQueryString"]:
        event["queryStringParameters"] = _query(event["rawQueryString"])
    if body:
        _set_body(event, body)
    return event


def _headers(pairs: list[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in pairs:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers


def _query(raw: str) -> dict[str, str]:
    query: dict[str, str] = {}
    for name, value in parse_qsl(raw, keep_blank_values=True):
        query[name] = f"{query[name]},{value}" if name in query else value
    return query


def _set_body(event: dict[str, Any], body: bytes) -> None:
    try:
        event["body"] = body.decode()
    except UnicodeDecodeError:
        event["body"] = base64.b64encode(body).decode()
        event["isBase64Encoded"] = True


def error_answer(status: int, code: str, title: str, detail: str) -> Answer:
    document = error_document(Rejected(detail, status=status, code=code, title=title))
    return {
        "statusCode": status,
        "headers": {"content-type": "application/vnd.api+json"},
        "body": document.decode(),
    }


def busy(reason: str, retry_after_s: int = 1) -> Answer:
    answer = error_answer(503, "service_unavailable", "Service unavailable.", reason)
    answer["headers"]["retry-after"] = str(retry_after_s)
    return answer
