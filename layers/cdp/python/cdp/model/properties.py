"""Limits of free-form properties (SPEC §1.7). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

import msgspec

from cdp.errors import Rejected
from cdp.jsonapi.errors import from_validation_error

MAX_STRING_BYTES = 100_000
MAX_ARRAY = 4000
MAX_DEPTH = 10


# Digits and plus signs become 0: a number beyond 1e308 then has an exponent of three digits or 300 digits.
_SHAPE = bytes.maketrans(b"123456789+E", b"0000000000e")
_EXPONENT, _LONG = b"0e000", b"0" * 300


def may_overflow(raw: bytes) -> bool:
    """Might a number in this JSON text be beyond double precision? Quick; only its no is certain."""
    shape = raw.translate(_SHAPE)
    return _EXPONENT in shape or (len(shape) > 300 and _LONG in shape)


def check_object(raw: bytes, at: str) -> dict[str, Any]:
    """The JSON object, if it keeps the limits on strings, arrays, nesting and numbers; `at` is its pointer."""
    try:
        properties = msgspec.json.decode(raw)
    except RecursionError:
        _refuse(f"Properties are nested deeper than {MAX_DEPTH} levels.", (), at)
    except msgspec.DecodeError as error:
        raise from_validation_error(error, at) from error
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
