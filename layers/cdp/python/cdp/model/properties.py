"""Limits of free-form properties (SPEC §1.7). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

import msgspec

from cdp.errors import Rejected

MAX_STRING_BYTES = 100_000
MAX_ARRAY = 4000
MAX_DEPTH = 10


def check_object(raw: bytes, at: str) -> dict[str, Any]:
    """The JSON object, if it keeps the limits on strings, arrays and nesting; `at` is its pointer."""
    try:
        properties = msgspec.json.decode(raw)
    except RecursionError:
        _refuse(f"Properties are nested deeper than {MAX_DEPTH} levels.", (), at)
    if not isinstance(properties, dict):
        raise Rejected("This must be an object.", field=at)
    for name, value in properties.items():
        _check_value(value, (name,), at, 1)
    return properties


def _check_value(value: Any, path: tuple[str, ...], at: str, depth: int) -> None:
    """Walk a value that stands `depth` levels deep; recursion ends at MAX_DEPTH."""
    if isinstance(value, str):
        if len(value) > MAX_STRING_BYTES // 4 and len(value.encode()) > MAX_STRING_BYTES:
            _refuse(f"A string is longer than {MAX_STRING_BYTES} bytes.", path, at)
        return
    if not isinstance(value, dict | list):
        return
    if depth >= MAX_DEPTH:
        _refuse(f"Properties are nested deeper than {MAX_DEPTH} levels.", path, at)
    if isinstance(value, list) and len(value) > MAX_ARRAY:
        _refuse(f"An array has more than {MAX_ARRAY} items.", path, at)
    for name, item in value.items() if isinstance(value, dict) else enumerate(value):
        _check_value(item, (*path, str(name)), at, depth + 1)


def _refuse(message: str, path: Sequence[str], at: str) -> NoReturn:
    pointer = "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in path)
    raise Rejected(message, field=f"{at}{pointer}")
