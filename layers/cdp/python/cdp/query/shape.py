"""What the rendering of a query depends on, and what only its values."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from cdp.query.athena import Scalar

if TYPE_CHECKING:
    from cdp.query.sql import Param, Piece, Query


@dataclass(frozen=True, slots=True)
class Shape:
    """A query as far as its rendering goes: equal `key`s render alike."""

    key: Hashable
    query: Query = field(compare=False)


def shape_of(query: Query) -> Hashable:
    """Everything that the text depends on: types of times and fractions, values of all else."""

    def key(params: Mapping[str, Param]) -> Hashable:
        return tuple((name, _marks(value)) for name, value in params.items())

    pieces = tuple((piece.text, piece.column, key(piece.params)) for piece in query.pieces)
    parts = tuple((name, shape_of(part)) for name, part in query.parts.items())
    return query.text, query.months, key(query.params), pieces, parts


def _marks(value: Param) -> Hashable:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(map(_marks, value))
    if isinstance(value, float | date):
        return type(value).__name__
    return type(value), value


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
