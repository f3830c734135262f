"""Errors that point into the bodies of requests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cdp.errors import Rejected


@contextmanager
def pointing(base: str, *, inside: bool = True) -> Iterator[None]:
    """Report kinds point into their parameters; here the pointer becomes one into the body, or `base` itself where
    the body only names them."""
    try:
        yield
    except Rejected as error:
        if error.field is not None and not error.field.startswith("/data"):
            error.field = base + (error.field if inside and error.field != "/" else "")
        raise
