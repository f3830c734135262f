"""The packaged description: its text for the client, its paths for the default route."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from cdp.jsonapi.paths import PathTable

FILE = Path(__file__).with_name("description.json")
METHODS = ("delete", "get", "patch", "post", "put")


@cache
def document() -> dict[str, Any]:
    """The OpenAPI 3.1 description."""
    parsed: dict[str, Any] = msgspec.json.decode(FILE.read_bytes())
    return parsed


@cache
def paths() -> PathTable[None]:
    """Every path with its methods."""
    return PathTable(
        (method.upper(), path, None)
        for path, operations in document()["paths"].items()
        for method in operations
        if method in METHODS
    )
