"""The public API's description, reduced (tests/data/public_api*.json), and a validator for its schema language.

The reduced description uses few keywords; one that is not known here is an error, not a pass.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

DATA = Path(__file__).parents[2] / "data"
FIRST, LISTS, PEOPLE = "public_api.json", "public_api_lists.json", "public_api_people.json"
FLOWS, CATALOGS = "public_api_flows.json", "public_api_catalogs.json"
WEBHOOKS = "public_api_webhooks.json"  # references resolved
_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}
_KNOWN = {"$ref", "allOf", "oneOf", "format", "nullable", "required", "enum", "items", "type", "properties"}


@cache
def description(file: str = FIRST) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((DATA / file).read_text())
    return read


@cache
def schemas() -> dict[str, Any]:
    """Of all these files: each names those of the others that it needs too."""
    return {
        name: schema
        for file in (CATALOGS, FLOWS, PEOPLE, LISTS, FIRST)
        for name, schema in description(file)["schemas"].items()
    }


def operations(file: str = FIRST) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(METHOD, path, operation)"""
    for path, methods in description(file)["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def faults(document: Any, schema: dict[str, Any], at: str = "$") -> list[str]:
    """What of the document contradicts the schema; empty when it is valid."""
    unknown = schema.keys() - _KNOWN
    assert not unknown, f"{at}: keywords {unknown}"
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        if document is None and rest.get("nullable"):
            return []
        return faults(document, schemas()[name], at)
    if document is None:
        return [] if schema.get("nullable") else [f"{at} is null"]
    found = [fault for part in schema.get("allOf", ()) for fault in faults(document, part, at)]
    if "oneOf" in schema:
        tried = [faults(document, part, at) for part in schema["oneOf"]]
        if not any(result == [] for result in tried):
            found.append(f"{at} is none of {len(tried)} kinds: {min(tried, key=len)}")
    return found + list(_plain_faults(document, schema, at))


def _plain_faults(document: Any, schema: dict[str, Any], at: str) -> Iterator[str]:
    kind = schema.get("type")
    if kind is not None and (
        not isinstance(document, _TYPES[kind]) or (isinstance(document, bool) and kind != "boolean")
    ):
        yield f"{at} is no {kind}: {document!r}"
        return
    if "enum" in schema and document not in schema["enum"]:
        yield f"{at} is {document!r}, none of {schema['enum']}"
    if "format" in schema:
        yield from _format_faults(document, schema["format"], at)
    if isinstance(document, dict):
        for name in schema.get("required", ()):
            if name not in document:
                yield f"{at} lacks {name}"
        for name, inner in schema.get("properties", {}).items():
            if name in document:
                yield from faults(document[name], inner, f"{at}.{name}")
    if isinstance(document, list) and "items" in schema:
        for position, item in enumerate(document):
            yield from faults(item, schema["items"], f"{at}[{position}]")


def _format_faults(text: str, format_: str, at: str) -> Iterator[str]:
    if format_ == "date-time":
        try:
            aware = datetime.fromisoformat(text).tzinfo is not None
        except ValueError:
            aware = False
        if not aware:
            yield f"{at} is no date-time: {text!r}"
    elif format_ == "date":
        try:
            date.fromisoformat(text)
        except ValueError:
            yield f"{at} is no date: {text!r}"
    elif format_ == "uri":
        parts = urlsplit(text)
        if not (parts.scheme and parts.netloc) or " " in text:
            yield f"{at} is no uri: {text!r}"
    else:
        raise AssertionError(f"{at}: format {format_}")
