"""Writes the API's OpenAPI 3.1 description from the routes of all rooms.

python -m infra.describe           writes functions/openapi/description.json
python -m infra.describe --check   exits with 1 if the file is not current
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from cdp.spec import Auth, FunctionSpec, HttpRoute, Limit
from functions.openapi.description import FILE
from infra.specs import rooms

_MEDIA = "application/vnd.api+json"
_PARAMETER = re.compile(r"\{(\w+)\}")
_PAGING = ("filter", "sort", "include", "page[cursor]", "page[size]")
_ERRORS = {
    "400": "The request is wrong; source.pointer or source.parameter names the field.",
    "401": "No key, or a wrong one.",
    "403": "The key lacks a scope, or the account's plan the feature.",
    "404": "No such resource.",
    "413": "The body is too large.",
    "415": "The body is not JSON.",
    "429": "Over the rate limit; Retry-After says when to try again.",
    "503": "Something is busy or full; nothing was changed. Retry-After says when to try again.",
}


def describe(specs: Sequence[FunctionSpec]) -> dict[str, Any]:
    """The description of these rooms' operations, in the order of their paths."""
    paths: dict[str, dict[str, Any]] = {}
    for spec in specs:
        for route in spec.routes:
            paths.setdefault(route.path, {})[route.method.lower()] = _operation(spec, route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Regulars",
            "version": version("regulars"),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "description": (
                "An open customer data platform. It speaks the Klaviyo public API (it is not affiliated with "
                "Klaviyo); operations of our own are marked x-extension."
            ),
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": spec.name, "description": spec.description} for spec in specs if spec.routes],
        "paths": {path: dict(sorted(paths[path].items())) for path in sorted(paths)},
        "components": {
            "schemas": _SCHEMAS,
            "responses": _RESPONSES,
            "securitySchemes": _SECURITY,
            "parameters": _SHARED,
        },
    }


def _operation(spec: FunctionSpec, route: HttpRoute) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": _operation_id(route),
        "tags": [spec.name],
        "parameters": _parameters(route),
        "responses": {"2XX": {"$ref": "#/components/responses/done"}} | _refusals(route),
        "security": _security(route),
    }
    if route.method in ("POST", "PATCH", "PUT"):
        operation["requestBody"] = {
            "required": True,
            "content": {_MEDIA: {"schema": {"$ref": "#/components/schemas/document"}}},
        }
    if route.limit is not Limit.NONE:
        names = ("per_second", "per_minute", "per_day")
        operation["x-rate-limit"] = dict(zip(names, route.limit.value, strict=False))
    if route.scopes:
        operation["x-scopes"] = list(route.scopes)
    if route.feature is not None:
        operation["x-feature"] = route.feature
    if route.extension:
        operation["x-extension"] = True
    return operation


def _operation_id(route: HttpRoute) -> str:
    words = re.split(r"[^A-Za-z0-9]+", route.path.removeprefix("/api/"))
    return "_".join([route.method.lower(), *(word.lower() for word in words if word)])


def _parameters(route: HttpRoute) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(route.path)
    ]
    if route.auth is Auth.PUBLIC:
        found.append({"name": "company_id", "in": "query", "required": True, "schema": {"type": "string"}})
    if route.auth is not Auth.OPEN:
        found.append({"$ref": "#/components/parameters/revision"})
    if route.method == "GET" and route.auth is Auth.PRIVATE:
        found += [{"name": name, "in": "query", "schema": {"type": "string"}} for name in _PAGING]
    return found


def _refusals(route: HttpRoute) -> dict[str, Any]:
    statuses = set(_ERRORS)
    if route.auth is Auth.OPEN:
        statuses = {"503"}
    elif route.auth is Auth.PUBLIC:
        statuses -= {"401", "403"}
    if route.method == "GET":
        statuses -= {"413", "415"}
    return {status: {"$ref": f"#/components/responses/{status}"} for status in sorted(statuses)}


def _security(route: HttpRoute) -> list[dict[str, list[str]]]:
    return [{"key": []}, {"bearer": []}] if route.auth is Auth.PRIVATE else []


_SCHEMAS: dict[str, Any] = {
    "document": {
        "type": "object",
        "required": ["data"],
        "properties": {
            "data": {},
            "included": {"type": "array", "items": {"$ref": "#/components/schemas/resource"}},
            "links": {"type": "object"},
        },
    },
    "resource": {
        "type": "object",
        "required": ["type"],
        "properties": {
            "type": {"type": "string"},
            "id": {"type": "string"},
            "attributes": {"type": "object"},
            "relationships": {"type": "object"},
            "links": {"type": "object"},
        },
    },
    "errors": {
        "type": "object",
        "required": ["errors"],
        "properties": {"errors": {"type": "array", "items": {"$ref": "#/components/schemas/error"}}},
    },
    "error": {
        "type": "object",
        "required": ["id", "code", "title", "detail"],
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "status": {"type": "integer"},
            "code": {"type": "string"},
            "title": {"type": "string"},
            "detail": {"type": "string"},
            "source": {
                "type": "object",
                "properties": {"pointer": {"type": "string"}, "parameter": {"type": "string"}},
            },
            "links": {"type": "object"},
            "meta": {"type": "object"},
        },
    },
}
_RESPONSES: dict[str, Any] = {
    "done": {
        "description": "Done.",
        "content": {_MEDIA: {"schema": {"$ref": "#/components/schemas/document"}}},
    }
} | {
    status: {"description": text, "content": {_MEDIA: {"schema": {"$ref": "#/components/schemas/errors"}}}}
    for status, text in _ERRORS.items()
}
_SECURITY: dict[str, Any] = {
    "key": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "Klaviyo-API-Key followed by a private key",
    },
    "bearer": {"type": "http", "scheme": "bearer"},
}
_SHARED: dict[str, Any] = {
    "revision": {
        "name": "revision",
        "in": "header",
        "description": "Date of the API revision; without it 2026-07-15.",
        "schema": {"type": "string", "examples": ["2026-07-15"]},
    }
}


def main(arguments: Sequence[str]) -> int:
    text = json.dumps(describe(rooms()), indent=1, ensure_ascii=False) + "\n"
    if "--check" not in arguments:
        FILE.write_text(text)
        return 0
    if not FILE.exists() or FILE.read_text() != text:
        sys.stderr.write(f"{FILE.name} is not current: run `make describe`\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
