"""Method Merge: the first property that is not empty (SPEC §16)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def first_of(values: Iterable[Any]) -> Any:
    """The first value that is not empty; None if all are."""
    return next((value for value in values if not is_empty(value)), None)


def is_empty(value: Any) -> bool:
    """None, blank text, a list or object without content. Zero and false are values."""
    if isinstance(value, str):
        return not value or value.isspace()
    return value is None or value == [] or value == {}
