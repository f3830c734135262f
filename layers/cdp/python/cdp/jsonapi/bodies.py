"""The envelope of request bodies: {"data": {"type", "id", "attributes", "relationships"}} (SPEC §1.2).

    _change = Body("list", Changed[_Attributes])     at import: one decoder
    given = _change.read(request).attributes         its type is right, and its id is that of the path

Where there are relationships, or attributes may be missing, a room describes `data` by a class of its own: of `New`,
`Changed` or `Resource`, with `ToOne` and its like for the relationships.
"""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

import msgspec

from cdp.errors import Rejected
from cdp.jsonapi.errors import decode
from cdp.jsonapi.front import Request

ATTRIBUTES = "/data/attributes"
MAX_NAME = 255
A = TypeVar("A")
T = TypeVar("T")


class Typed(Protocol):
    """What `data` has always."""

    @property
    def type(self) -> str: ...


D = TypeVar("D", bound=Typed)


class Resource(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """`data`; its type is known to `Body`."""

    type: str


class New(Resource, Generic[A], frozen=True, gc=False, kw_only=True):
    """What is to be made; also what is to be changed, where the id of the path need not be said again."""

    attributes: A
    id: str | None = None


class Changed(Resource, Generic[A], frozen=True, gc=False, kw_only=True):
    """What is to be changed, or done with the resource of this id."""

    id: str
    attributes: A


class Named(msgspec.Struct, frozen=True, gc=False):
    name: str | None = None


class Copy(Resource, frozen=True, gc=False, kw_only=True):
    """The resource of this id is to be copied; null: under a name that is made of its own."""

    id: str
    attributes: Named = Named()


class Identifier(msgspec.Struct, Generic[T], frozen=True, gc=False):
    """`T`: a Literal, the type of what may stand here."""

    type: T
    id: str


class ToOne(msgspec.Struct, Generic[T], frozen=True, gc=False):
    """A relationship that must be there."""

    data: Identifier[T]

    @property
    def id(self) -> str:
        return self.data.id


class ToOneOrNone(msgspec.Struct, Generic[T], frozen=True, gc=False):
    """A relationship that may be empty."""

    data: Identifier[T] | None = None

    @property
    def id(self) -> str | None:
        return None if self.data is None else self.data.id


class ToMany(msgspec.Struct, Generic[T], frozen=True, gc=False):
    """A relationship, and also the body of the operations on one."""

    data: list[Identifier[T]]

    @property
    def ids(self) -> list[str]:
        return [one.id for one in self.data]


class _Document(msgspec.Struct, Generic[T], frozen=True, gc=False):
    data: T


class _Type(msgspec.Struct, frozen=True, gc=False):
    type: str


_type = msgspec.json.Decoder(_Document[_Type])


class Body(Generic[D]):
    """Bodies of one operation: resources of one type, or of a few."""

    def __init__(self, type_: str | tuple[str, ...], shape: type[D]) -> None:
        self._types = (type_,) if isinstance(type_, str) else type_
        self._decoder: msgspec.json.Decoder[_Document[D]] = msgspec.json.Decoder(_Document[shape])  # type: ignore[valid-type]

    def read(self, request: Request) -> D:
        """The body's `data`. Where the path names a resource, an id in the body must be its."""
        data = self.data_of(request.body)
        given, named = getattr(data, "id", None), request.path.get("id")
        if isinstance(given, str) and named is not None and given != named:
            raise Rejected(f"The id in the body is {given}, in the path {named}.", field="/data/id")
        return data

    def data_of(self, body: bytes | msgspec.Raw) -> D:
        """The body's `data`. A body of another type is told so before anything else that may be wrong in it."""
        try:
            data = decode(self._decoder, body).data
        except Rejected:
            self._check(decode(_type, body).data.type)
            raise
        self._check(data.type)
        return data

    def _check(self, type_: str) -> None:
        if type_ not in self._types:
            known = " or ".join(repr(one) for one in self._types)
            raise Rejected(f"The type must be {known}, not {type_[:50]!r}.", field="/data/type")


def checked_name(name: str, at: str = f"{ATTRIBUTES}/name") -> str:
    """A name without blanks around it. Control characters would upset the order by name (documents.named)."""
    plain = name.strip()
    if not 1 <= len(plain) <= MAX_NAME:
        raise Rejected(f"A name has 1 to {MAX_NAME} characters.", field=at)
    if any(character < " " for character in plain):
        raise Rejected("A name has no control characters.", field=at)
    return plain
