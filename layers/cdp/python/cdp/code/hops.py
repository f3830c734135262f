"""The loop guard of customers' functions: requests that a function makes of the platform say which one, and how many
functions in a row led to it. Names of headers as API Gateway hands them over, in small letters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

SOURCE_HEADER = "x-source-function"
HOPS_HEADER = "x-function-hops"
MOST_HOPS = 5
_MOST_NAME = 64  # characters; ids of functions have fewer


class Chain(NamedTuple):
    """`hops`: how many functions in a row led to a request. `source`: id of the last of them."""

    hops: int
    source: str | None


def chain(headers: Mapping[str, str]) -> Chain:
    """By the headers of who sends the request: what is no number counts as none, what is no id as nobody's."""
    hops, source = headers.get(HOPS_HEADER, ""), headers.get(SOURCE_HEADER, "")
    known = source.isascii() and source.isalnum() and len(source) <= _MOST_NAME
    return Chain(int(hops) if hops.isdecimal() and len(hops) < 4 else 0, source if known else None)
