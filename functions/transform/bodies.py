"""Reading the bodies: attributes of a transformation, and definitions.

In a resource's attributes unknown names are passed over; `options`, `rules` and a preview's `definition` are typed,
so that a misspelt name is an error (SPEC §1.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec import Raw

from cdp.errors import Rejected
from cdp.jsonapi.bodies import Body, New, checked_name
from cdp.jsonapi.errors import decode
from cdp.transformations.definition import Definition, check, method_of
from cdp.transformations.prebuilt import PREBUILT

AT = "/data/attributes"
FIELDS = ("method", "property", "properties", "options", "rules")
A = TypeVar("A")


class PreviewAttributes(msgspec.Struct, frozen=True):
    """`values` are transformed, or `sample` profiles that have a value, last changed first."""

    definition: dict[str, Raw]
    values: list[Any] | None = None
    sample: int | None = None


class Plain(NamedTuple):
    """What is no part of the definition; None: not sent."""

    name: str | None
    active: bool | None


transformation = Body("data-transformation", New[dict[str, Raw]])
preview = Body("data-transformation-preview", New[PreviewAttributes])
_definition: msgspec.json.Decoder[Definition] = msgspec.json.Decoder(Definition)
_name = msgspec.json.Decoder(str)
_active = msgspec.json.Decoder(bool)


def plain(attributes: Mapping[str, Raw]) -> Plain:
    """Name and activity, checked."""
    name = _read(_name, attributes, "name")
    return Plain(None if name is None else checked_name(name), _read(_active, attributes, "active"))


def _read(decoder: msgspec.json.Decoder[A], attributes: Mapping[str, Raw], name: str) -> A | None:
    return decode(decoder, attributes[name], f"{AT}/{name}") if name in attributes else None


def definition(given: Mapping[str, Raw], at: str) -> Definition:
    """The definition that `given` spells out, or that `prebuilt` names and `given` adjusts."""
    fields = {name: value for name, value in given.items() if name != "prebuilt"}
    base = _prebuilt(given["prebuilt"], f"{at}/prebuilt") if "prebuilt" in given else {}
    return _checked({**base, **fields}, at)


def changed(held: Definition, given: Mapping[str, Raw], at: str) -> Definition:
    """`held` with the given fields; the method and the property that names the result stay (SPEC §16)."""
    wanted = _checked({**msgspec.to_builtins(held), **given}, at)
    if method_of(wanted) != method_of(held):
        raise Rejected("The method of a transformation cannot be changed.", field=f"{at}/method")
    if wanted.property != held.property:
        where = "properties/0" if method_of(held) == "merge" else "property"
        raise Rejected("The property that names the result cannot be changed.", field=f"{at}/{where}")
    return wanted


def _prebuilt(raw: Raw, at: str) -> Mapping[str, Any]:
    name = msgspec.json.decode(raw)
    if not isinstance(name, str) or name not in PREBUILT:
        raise Rejected(f"Ready to use are {', '.join(PREBUILT)}.", field=at)
    return PREBUILT[name]


def _checked(fields: Mapping[str, Any], at: str) -> Definition:
    read = decode(_definition, msgspec.json.encode(fields), at)
    check(read, at)
    return read
