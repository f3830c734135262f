"""Calls of a room's HTTP handler, shaped as API Gateway shapes them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from cdp.jsonapi.paths import PathTable
from cdp.spec import FunctionSpec

HOST = "shop.example:8443"
BASE = f"https://{HOST}"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    document: Any

    @property
    def data(self) -> Any:
        assert self.status < 300, self.document
        return self.document["data"]

    @property
    def error(self) -> dict[str, Any]:
        """The only error."""
        assert self.status >= 400, self.document
        (error,) = self.document["errors"]
        assert error["status"] == self.status
        assert {"id", "code", "title", "detail", "source"} <= error.keys()
        return error


@dataclass
class Caller:
    """`account_id`, `scopes` and `key_id` are what the authorizer would say."""

    handler: Callable[[Mapping[str, Any]], dict[str, Any]]
    spec: FunctionSpec
    account_id: str = "ABC234"
    scopes: str = "*"
    headers: dict[str, str] = field(default_factory=dict)
    key_id: str = ""

    def __post_init__(self) -> None:
        self._paths = PathTable((route.method, route.path, route) for route in self.spec.routes)

    def get(self, url: str, **query: str) -> Answer:
        return self("GET", url, query=query)

    def __call__(
        self,
        method: str,
        url: str,
        body: object = None,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """`url` is a path or one of our own links; `query` is added to it; bytes are sent as they are."""
        at = urlsplit(url)
        match = self._paths.find(at.path)
        assert match is not None, url
        route = match.methods[method]
        sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        event = {
            "version": "2.0",
            "routeKey": route.key,
            "rawPath": at.path,
            "rawQueryString": "&".join(part for part in (at.query, urlencode(query or {})) if part),
            "headers": {
                "host": HOST,
                "x-forwarded-proto": "https",
                "authorization": "Klaviyo-API-Key pk_test",
                "content-type": "application/vnd.api+json",
                **self.headers,
                **(headers or {}),
            },
            "requestContext": {
                "http": {"method": method, "path": at.path, "sourceIp": "192.0.2.1"},
                "authorizer": {
                    "lambda": {"account_id": self.account_id, "scopes": self.scopes, "key_id": self.key_id}
                },
            },
            "pathParameters": dict(match.parameters),
            "isBase64Encoded": True,
            "body": base64.b64encode(sent).decode(),
        }
        answer = self.handler(event)
        text = answer.get("body") or ""
        return Answer(answer["statusCode"], answer["headers"], json.loads(text) if text else None)


def pages(caller: Caller, url: str, **query: str) -> list[Answer]:
    """The collection, page after page, by following `links.next`."""
    found = [caller.get(url, **query)]
    while found[-1].data is not None and found[-1].document["links"]["next"]:
        found.append(caller.get(found[-1].document["links"]["next"]))
        assert len(found) < 1000
    return found
