"""One SQL text for two engines.

`select()` takes Trino text over the tables of `cdp.lake.tables`, with `:name` placeholders; `compile()` types
the tree, refuses what the engines do not share (`cdp.query.rules`) and renders it. Values never become text:
they travel as parameters, except time zones and JSON paths, which engines want as constants and which enter
the tree as literal nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Literal, Protocol, TypeAlias

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

from cdp.lake.tables import TABLES, month_of
from cdp.query import rules, scans
from cdp.query.athena import Scalar, literal, numbered
from cdp.query.paths import NotKeys
from cdp.query.paths import json_path as json_path
from cdp.query.scans import Months as Months
from cdp.query.scans import Scan as Scan
from cdp.query.shape import Shape, piece_prefix, shape_of, values_of

Param: TypeAlias = Scalar | Sequence[Scalar]
Dialect: TypeAlias = Literal["duckdb", "athena"]

_LAKE_TYPES = {
    "int32": "INTEGER",
    "int64": "BIGINT",
    "double": "DOUBLE",
    "string": "VARCHAR",
    "timestamptz": "TIMESTAMP(6) WITH TIME ZONE",
}
_SCHEMA: dict[str, object] = {t.name: {c.name: _LAKE_TYPES[c.kind] for c in t.columns} for t in TABLES}


class QueryError(ValueError):
    """The text is no query that both engines answer alike. A fault of its author, never of a caller."""


@dataclass(frozen=True, slots=True)
class Piece:
    """An expression in Trino's text and its values. `column` names the output column that it is, if any."""

    text: str
    params: Mapping[str, Param] = field(default_factory=dict)
    column: str | None = None


class Direct(Protocol):
    """Reads events in [start, end); see `cdp.query.columns`."""

    @property
    def start(self) -> datetime: ...
    @property
    def end(self) -> datetime: ...
    def read(self, files: Sequence[str], check: Callable[[], None]) -> Any | None: ...


@dataclass(frozen=True, slots=True)
class Query:
    """Trino text and its values. `months` bounds every lake table named in this text: first and last month
    (`month_of`), both included. `parts` are queries that the text uses as tables; `pieces` are further
    conditions and columns of its outermost SELECT.

    `duckdb` is another way to the same rows for DuckDB alone, measured faster: it is given what runs a query and
    returns an Arrow table. It does not count where the query is a part of another one. `direct` gives the rows of a
    query that only picks columns of `events`, from data files that are at hand."""

    text: str
    params: Mapping[str, Param] = field(default_factory=dict)
    months: Months | None = None
    parts: Mapping[str, Query] = field(default_factory=dict)
    pieces: tuple[Piece, ...] = ()
    duckdb: Callable[[Callable[[Query], Any]], Any] | None = field(default=None, compare=False)
    direct: Direct | None = field(default=None, compare=False)

    def where(self, text: str, **params: Param) -> Query:
        """The same query with one more condition that must hold."""
        return replace(self, pieces=(*self.pieces, _piece(text, params, None)))

    def with_column(self, name: str, text: str, **params: Param) -> Query:
        """The same query with one more output column."""
        return replace(self, pieces=(*self.pieces, _piece(text, params, name)))


@dataclass(frozen=True, slots=True)
class Compiled:
    """Rendered SQL. DuckDB binds `params` by name ($name); Athena takes `arguments`, the SQL literals of the
    question marks in their order. `scans` says which files stand behind which name (DuckDB)."""

    sql: str
    params: Mapping[str, Scalar]
    arguments: tuple[str, ...]
    scans: tuple[Scan, ...]


def select(text: str, *, months: Months | None = None, **values: Param | Query) -> Query:
    """A query from its text and the values of its placeholders; a `Query` among them is a table of the text."""
    parts = {name: value for name, value in values.items() if isinstance(value, Query)}
    params = {name: value for name, value in values.items() if not isinstance(value, Query)}
    for name, value in params.items():
        _check(name, value)
    return Query(text, params, months, parts)


def _piece(text: str, params: Mapping[str, Param], column: str | None) -> Piece:
    for name, value in params.items():
        _check(name, value)
    return Piece(text, params, column)


def months_between(start: datetime, end: datetime) -> Months:
    """The months that [start, end] touches."""
    return month_of(start), month_of(end)


def compile(query: Query, dialect: Dialect) -> Compiled:
    """Type, check and render `query`; `QueryError` names what is not portable.

    A text is rendered once for all times, dates and fractions that are put into it.
    """
    values = dict(values_of(query))
    rendered = _render(Shape(shape_of(query), query), dialect)
    if dialect == "athena":
        return Compiled(rendered.sql, values, tuple(literal(values[name]) for name in rendered.names), ())
    return Compiled(rendered.sql, {name: values[name] for name in rendered.names}, (), rendered.scans)


@dataclass(frozen=True, slots=True)
class _Rendered:
    """`names`: of the values, in the order of Athena's question marks."""

    sql: str
    names: tuple[str, ...]
    scans: tuple[Scan, ...]


@lru_cache(maxsize=256)
def _render(shape: Shape, dialect: Dialect) -> _Rendered:
    try:
        if dialect == "athena":
            tree = _checked(shape.query, dialect)
            text, order = numbered(tree.sql("athena", copy=False, pretty=True, unsupported_level=ErrorLevel.RAISE))
            return _Rendered(text, order, ())
        tree = scans.copied(_for_any_months(Shape(shape_of(shape.query, months=False), shape.query)))
        named = scans.name_scans(tree, scans.months_of(shape.query))
        rules.to_duckdb(tree, scans.all_months(named))
        text = tree.sql("duckdb", copy=False, pretty=True, unsupported_level=ErrorLevel.RAISE)
        return _Rendered(text, tuple(sorted({node.name for node in tree.find_all(exp.Placeholder)})), named)
    except (SqlglotError, rules.NotPortable, NotKeys) as error:
        raise QueryError(str(error)) from error


@lru_cache(maxsize=64)
def _for_any_months(shape: Shape) -> exp.Query:
    """For DuckDB; copied, never changed."""
    return _checked(shape.query, "duckdb")


def _checked(query: Query, dialect: Dialect) -> exp.Query:
    """The whole tree, qualified, typed and checked."""
    tree = _assemble(query, "", dialect)
    schema = MappingSchema(_SCHEMA, dialect="trino")
    qualify(tree, schema=schema, dialect="trino", quote_identifiers=False)
    tree = annotate_types(tree, schema=schema, dialect="trino")
    rules.check(tree)
    return tree


def _assemble(query: Query, prefix: str, dialect: Dialect) -> exp.Query:
    """The text's tree with values bound and parts added as common table expressions."""
    tree = sqlglot.parse_one(query.text, read="trino")
    if not isinstance(tree, exp.Query):
        raise QueryError("only SELECT is a query")
    _bind(tree, query.params, prefix)
    for number, piece in enumerate(query.pieces):
        _add(tree, piece, piece_prefix(prefix, number, piece))
    _bound_months(tree, query, prefix, dialect)
    for name, part in reversed(list(query.parts.items())):
        body = _assemble(part, f"{prefix}{name}_", dialect)
        common = exp.CTE(this=body, alias=exp.TableAlias(this=exp.to_identifier(name)))
        with_ = tree.args.get("with_") or exp.With(expressions=[])
        with_.set("expressions", [common, *with_.expressions])
        tree.set("with_", with_)
    return tree


def _add(tree: exp.Query, piece: Piece, prefix: str) -> None:
    """Put a piece into the outermost SELECT."""
    if not isinstance(tree, exp.Select):
        raise QueryError("conditions and columns are added to a SELECT")
    body = exp.paren(sqlglot.parse_one(piece.text, read="trino"), copy=False)
    _bind(body, piece.params, prefix)
    if piece.column is None:
        tree.where(body, copy=False)
    else:
        tree.select(exp.alias_(body.unnest(), piece.column), copy=False)


def _bind(tree: exp.Expr, params: Mapping[str, Param], prefix: str) -> None:
    """Give every placeholder its type, and spread lists that stand in IN (:name)."""
    unused = set(params)
    for node in list(tree.find_all(exp.Placeholder)):
        name = node.name
        if name not in params:
            raise QueryError(f"no value for the placeholder :{name}")
        unused.discard(name)
        value = params[name]
        if rules.wants_constant(node):
            node.replace(exp.Literal.string(str(value)))
        elif isinstance(node.parent, exp.Limit) and type(value) is int:  # Trino takes a plain number there
            node.replace(exp.Literal.number(value))
        elif isinstance(value, Sequence) and not isinstance(value, str):
            if not isinstance(node.parent, exp.In):
                raise QueryError(f"the list :{name} may stand in IN (:{name}) only")
            spread = [_typed(f"{prefix}{name}_{i}", item) for i, item in enumerate(value)]
            node.parent.set("expressions", spread)
        else:
            node.replace(_typed(f"{prefix}{name}", value))
    if unused:
        raise QueryError(f"values without a placeholder: {', '.join(sorted(unused))}")


def _typed(name: str, value: Scalar) -> exp.Cast:
    return exp.Cast(this=exp.Placeholder(this=name), to=exp.DataType.build(_type(value), dialect="trino"))


def _type(value: Scalar) -> str:
    for kind, name in (
        (bool, "BOOLEAN"),
        (int, "BIGINT"),
        (float, "DOUBLE"),
        (str, "VARCHAR"),
        (datetime, "TIMESTAMP(6) WITH TIME ZONE"),
        (date, "DATE"),
    ):
        if isinstance(value, kind):
            return name
    raise QueryError(f"a value of type {type(value).__name__} cannot be a parameter")


def _check(name: str, value: Param) -> None:
    if isinstance(value, Sequence) and not isinstance(value, str):
        if not value:
            raise QueryError(f"the list :{name} is empty")
        if len({type(item) for item in value}) > 1:
            raise QueryError(f"the list :{name} mixes types")
        for item in value:
            _check(name, item)
    elif isinstance(value, datetime) and value.tzinfo is None:
        raise QueryError(f":{name} is a time without a zone")
    else:
        _type(value)


def _bound_months(tree: exp.Query, query: Query, prefix: str, dialect: Dialect) -> None:
    """Mark the lake tables of this text with its months; Athena gets them as a predicate on the partition."""
    own = {common.alias for common in tree.find_all(exp.CTE)} | set(query.parts)
    for node in list(tree.find_all(exp.Table)):
        if node.name in own or query.months is None:
            continue
        if dialect == "duckdb":
            scans.bind(node, prefix)
            continue
        low, high = (exp.Literal.number(month) for month in query.months)
        outer = node.find_ancestor(exp.Select)
        if outer is None or any(join.side for join in outer.args.get("joins") or ()):
            raise QueryError("a lake table in an outer join stands in a subquery of its own")
        month = exp.column("month", table=node.alias_or_name)
        outer.where(exp.Between(this=month, low=low, high=high), copy=False)
