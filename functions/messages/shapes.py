"""The shapes of definitions: what a typed part of a body may hold. Pure.

A check takes a JSON value and the pointer to it, and gives the value as it is kept, or `Rejected` with the pointer of
the field at fault. An unknown name is refused (SPEC §1.2); an optional field that is null counts as absent, so that
whatever is kept can be shown to a client that takes the public API's description by its word.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import cache
from typing import Any, TypeAlias
from zoneinfo import available_timezones

from cdp.errors import Rejected
from cdp.jsonapi.times import parse_instant

Check: TypeAlias = Callable[[Any, str], Any]
_KINDS: Mapping[type, str] = {str: "a string", bool: "true or false", dict: "an object", list: "a list"}


def _of(kind: type) -> Check:
    def check(value: Any, at: str) -> Any:
        if not isinstance(value, kind):
            raise Rejected(f"Expected {_KINDS[kind]}.", field=at)
        return value

    return check


TEXT, FLAG, OBJECT = _of(str), _of(bool), _of(dict)


def INTEGER(value: Any, at: str) -> Any:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Rejected("Expected a whole number.", field=at)
    return value


def NUMBER(value: Any, at: str) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Rejected("Expected a number.", field=at)
    return value


def INSTANT(value: Any, at: str) -> Any:
    """A date and time, kept as it was written."""
    if not isinstance(value, str) or parse_instant(value) is None:
        raise Rejected("Expected a date and time.", field=at)
    return value


def ZONE(value: Any, at: str) -> Any:
    """The name of a time zone, or "profile": that of whoever gets the message."""
    if not isinstance(value, str) or (value != "profile" and value not in _zones()):
        raise Rejected("Expected the name of a time zone, or 'profile'.", field=at)
    return value


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def one_of(*known: Hashable) -> Check:
    """One of these values, and of their type: True is not 1."""
    kept = {(type(value), value) for value in known}

    def check(value: Any, at: str) -> Any:
        if not isinstance(value, Hashable) or (type(value), value) not in kept:
            raise Rejected(f"Expected {_named(known)}.", field=at)
        return value

    return check


def or_null(inner: Check) -> Check:
    """A field that must be there, but may be null."""
    return lambda value, at: None if value is None else inner(value, at)


def either(*inner: Check) -> Check:
    """The first of them that the value passes; the last one's fault if it passes none."""

    def check(value: Any, at: str) -> Any:
        for one in inner[:-1]:
            try:
                return one(value, at)
            except Rejected:
                continue
        return inner[-1](value, at)

    return check


def many(inner: Check, most: int = 1000) -> Check:
    def check(value: Any, at: str) -> Any:
        if not isinstance(value, list):
            raise Rejected("Expected a list.", field=at)
        if len(value) > most:
            raise Rejected(f"At most {most} items are taken.", field=at)
        return [inner(one, f"{at}/{place}") for place, one in enumerate(value)]

    return check


def shape(needed: Mapping[str, Check] | None = None, /, **optional: Check) -> Check:
    """An object with these fields and no other."""
    needs = needed or {}
    known = {**needs, **optional}

    def check(value: Any, at: str) -> Any:
        if not isinstance(value, dict):
            raise Rejected("Expected an object.", field=at)
        for name in sorted(value.keys() - known.keys()):
            raise Rejected(f"The field {name!r} is not known here.", field=f"{at}/{_escaped(name)}")
        for name in sorted(needs.keys() - value.keys()):
            raise Rejected(f"The field {name!r} is needed.", field=f"{at}/{_escaped(name)}")
        given = {name: one for name, one in value.items() if one is not None or name in needs}
        return {name: known[name](one, f"{at}/{_escaped(name)}") for name, one in given.items()}

    return check


def by(field: str, kinds: Mapping[Any, Check]) -> Check:
    """An object whose `field` says which shape the rest of it has. A key may be a tuple of several values."""
    shapes = {
        value: inner for key, inner in kinds.items() for value in (key if isinstance(key, tuple) else (key,))
    }

    def check(value: Any, at: str) -> Any:
        if not isinstance(value, dict):
            raise Rejected("Expected an object.", field=at)
        kind = value.get(field)
        inner = shapes.get(kind) if isinstance(kind, str | bool) else None
        if inner is None:
            raise Rejected(f"Expected {_named(tuple(shapes))}.", field=f"{at}/{field}")
        rest = {name: one for name, one in value.items() if name != field}
        return {field: kind, **inner(rest, at)}

    return check


def later(inner: Callable[[], Check]) -> Check:
    """A shape that is defined further down, such as one that holds itself."""
    return lambda value, at: inner()(value, at)


def checked(check: Check, value: Any, at: str) -> Any:
    """`value` as it is kept; nesting beyond all bounds is refused."""
    try:
        return check(value, at)
    except RecursionError as error:
        raise Rejected("The definition is nested too deeply.", field=at) from error


def _named(values: tuple[Any, ...]) -> str:
    shown = [str(value).lower() if isinstance(value, bool) else repr(value) for value in values]
    return shown[0] if len(shown) == 1 else f"one of {', '.join(shown)}"


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
