"""Bodies of requests, and errors that point into them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

import msgspec

from cdp.errors import Rejected
from cdp.jsonapi.front import Request

A = TypeVar("A")
ATTRIBUTES = "/data/attributes"


class Data(msgspec.Struct, Generic[A], frozen=True):
    type: str
    attributes: A
    id: str | None = None


class Body(msgspec.Struct, Generic[A], frozen=True):
    data: Data[A]


def data_of(request: Request, decoder: msgspec.json.Decoder[Body[A]], type_: str) -> Data[A]:
    """The body's `data`, of this type; where the path names a resource, an id must be its."""
    data = request.decode(decoder).data
    if data.type != type_:
        raise Rejected(f"type must be {type_}.", field="/data/type")
    id_ = request.path.get("id")
    if id_ is not None and data.id is not None and data.id != id_:
        raise Rejected(f"The id in the body is {data.id}, in the path {id_}.", field="/data/id")
    return data


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
