"""What the rendering of a query depends on, and what only its values."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from cdp.query import rules
from cdp.query.athena import Scalar

if TYPE_CHECKING:
    from cdp.query.sql import Param, Piece, Query


@dataclass(frozen=True, slots=True)
class Shape:
    """A query as far as its rendering goes: equal `key`s render alike."""

    key: Hashable
    query: Query = field(compare=False)


def shape_of(query: Query, *, months: bool = True) -> Hashable:
    """Everything that the text depends on: the values that become part of it, the types and numbers of others.
    Without `months`: whether there are any, but not which."""
    pieces = tuple((piece.text, piece.column, _key(piece.text, piece.params)) for piece in query.pieces)
    parts = tuple((name, shape_of(part, months=months)) for name, part in query.parts.items())
    bounds = query.months if months else query.months is not None
    return query.text, bounds, _key(query.text, query.params), pieces, parts


def _key(text: str, params: Mapping[str, Param]) -> tuple[object, ...]:
    fixed = _fixed(text) if params else frozenset()
    return tuple((name, _marks(value, name in fixed)) for name, value in params.items())


@lru_cache(maxsize=4096)
def _fixed(text: str) -> frozenset[str]:
    """Names of the placeholders whose values become part of the text: zones, JSON paths, limits."""
    try:
        found = sqlglot.parse_one(text, read="trino").find_all(exp.Placeholder)
    except SqlglotError:  # the rendering will say what is wrong
        return frozenset()
    return frozenset(one.name for one in found if rules.wants_constant(one) or isinstance(one.parent, exp.Limit))


def _marks(value: Param, fixed: bool) -> object:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(_marks(item, fixed) for item in value)
    return (type(value), value) if fixed else type(value)


def values_of(query: Query, prefix: str = "") -> Iterator[tuple[str, Scalar]]:
    """Every value under the name it has in the rendered text."""
    sets = [(prefix, query.params)]
    sets += [(piece_prefix(prefix, number, piece), piece.params) for number, piece in enumerate(query.pieces)]
    for lead, params in sets:
        for name, value in params.items():
            if isinstance(value, Sequence) and not isinstance(value, str):
                yield from ((f"{lead}{name}_{i}", item) for i, item in enumerate(value))
            else:
                yield f"{lead}{name}", value
    for name, part in query.parts.items():
        yield from values_of(part, f"{prefix}{name}_")


def piece_prefix(prefix: str, number: int, piece: Piece) -> str:
    return f"{prefix}{piece.column or f'if{number}'}_"
