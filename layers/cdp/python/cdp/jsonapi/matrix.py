"""What an endpoint's `filter` may ask: field → kind and operators (SPEC §1.5).

    FILTERS = Filters({"email": EMAIL("any", "equals"), "created": INSTANT("greater-than", "less-than")})
    conditions = request.params.filter(FILTERS)      # AND of typed conditions

The leniency rule is applied here: greater-than brings greater-or-equal with it, less-than less-or-equal.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from cdp.errors import Rejected
from cdp.jsonapi.filters import Comparison, Expression, Group, Scalar, Value, parse_filter, refused
from cdp.jsonapi.times import parse_instant

_LENIENT = {"greater-than": "greater-or-equal", "less-than": "less-or-equal"}
_MARKS = re.compile(r"[\s().+-]")
_LISTS = frozenset({"any", "contains-any", "contains-all"})


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of the conjunction, its value typed by the field's kind.

    `any` has a tuple; `equals` with a list arrives as `any`.
    """

    field: str
    operator: str
    value: Value

    @property
    def values(self) -> tuple[Scalar, ...]:
        """The values to look for, of `equals` or `any`, without repeats."""
        return tuple(dict.fromkeys(self.value if isinstance(self.value, tuple) else (self.value,)))


@dataclass(frozen=True, slots=True)
class Field:
    """A field that can be filtered. `read` types a literal, or gives None for one of the wrong kind."""

    read: Callable[[Scalar], Scalar]
    kind: str
    operators: frozenset[str]


def _text(value: Scalar) -> str | None:
    return value if isinstance(value, str) else None


def _email(value: Scalar) -> str | None:
    """Addresses have no blanks: one inside is a plus sign that was not percent-encoded."""
    return value.strip().replace(" ", "+").casefold() if isinstance(value, str) else None


def _phone(value: Scalar) -> str | None:
    """E.164 without the marks that people put between digits; the plus sign may be missing or a blank."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return "+" + _MARKS.sub("", str(value))


def _instant(value: Scalar) -> datetime | None:
    return value if isinstance(value, datetime) else parse_instant(value) if isinstance(value, str) else None


def _number(value: Scalar) -> int | float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return value


def _boolean(value: Scalar) -> bool | None:
    return value if isinstance(value, bool) else None


def _relation(value: Scalar) -> None:
    return None


def _kind(read: Callable[[Scalar], Scalar], kind: str) -> Callable[..., Field]:
    def field(*operators: str) -> Field:
        return Field(read, kind, frozenset(operators) | {_LENIENT[o] for o in operators if o in _LENIENT})

    return field


TEXT = _kind(_text, "a string")
EMAIL = _kind(_email, "an e-mail address as a string")
PHONE = _kind(_phone, "a phone number as a string")
INSTANT = _kind(_instant, "a date and time")
NUMBER = _kind(_number, "a number")
BOOLEAN = _kind(_boolean, "true or false")
RELATION = _kind(_relation, "nothing")


def one_of(values: Iterable[str], *operators: str) -> Field:
    """A string field with a closed set of values."""
    known = tuple(values)

    def read(value: Scalar) -> str | None:
        return value if isinstance(value, str) and value in known else None

    return Field(read, f"one of {', '.join(known)}", frozenset(operators))


class Filters:
    """The filter matrix of one endpoint."""

    def __init__(self, fields: Mapping[str, Field]) -> None:
        self._names = {_squeezed(name): name for name in fields}
        self._fields = fields

    def read(self, text: str) -> tuple[Condition, ...]:
        """The conditions of a filter text, all of which must hold."""
        return tuple(self._conditions(parse_filter(text)))

    def _conditions(self, expressions: Iterable[Expression]) -> Iterable[Condition]:
        for expression in expressions:
            if isinstance(expression, Comparison):
                yield self._condition(expression)
            elif expression.connective == "and":
                yield from self._conditions(expression.parts)
            else:
                raise _not_here(expression)

    def _condition(self, found: Comparison) -> Condition:
        name = self._names.get(_squeezed(found.field))
        if name is None:
            known = ", ".join(self._fields) or "none"
            raise refused(f"The field {found.field!r} cannot be filtered here; fields: {known}.")
        return self._checked(replace(found, field=name), self._fields[name])

    def _checked(self, found: Comparison, field: Field) -> Condition:
        operator = found.operator
        if operator not in field.operators:
            known = ", ".join(sorted(field.operators))
            raise refused(f"The operator {operator!r} is not known for {found.field!r}; operators: {known}.")
        if operator == "has":
            return Condition(found.field, operator, None)
        if isinstance(found.value, tuple):
            return self._list(found, field, found.value)
        if operator in _LISTS:
            raise refused(f"The operator {operator!r} needs a list of values in brackets.")
        return Condition(found.field, operator, _typed(found.field, field, found.value))

    def _list(self, found: Comparison, field: Field, items: tuple[Scalar, ...]) -> Condition:
        operator = "any" if found.operator == "equals" and "any" in field.operators else found.operator
        if operator not in _LISTS:
            raise refused(f"The operator {operator!r} takes one value for {found.field!r}, not a list.")
        return Condition(found.field, operator, tuple(_typed(found.field, field, item) for item in items))


def _squeezed(name: str) -> str:
    """Clients take white space out of filters, also out of names that have some."""
    return "".join(name.split())


def _typed(name: str, field: Field, value: Scalar) -> Scalar:
    typed = field.read(value)
    if typed is None:
        raise refused(f"The value {value!r} of {name!r} must be {field.kind}.")
    return typed


def _not_here(group: Group) -> Rejected:
    return refused(
        f"The connective {group.connective!r} is not supported by this endpoint; conditions are ANDed."
    )
