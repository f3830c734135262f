"""Where DuckDB differs from Trino: one function per difference, each with its own test.

`check` refuses what has no common meaning, before any rendering. `to_duckdb` rewrites what DuckDB would
answer otherwise. Both work on a tree that is qualified and typed. A function outside `PORTABLE` is refused:
it is added here together with the test that compares its answers.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp
from sqlglot.dialects.dialect import DialectType

from cdp.query import plans
from cdp.query.paths import NotKeys, keys_of, pointer
from cdp.query.plans import is_integer, put

_TRINO: DialectType = "trino"
_WHOLE_UNITS = {"SECOND": 1, "MINUTE": 60, "HOUR": 3_600, "DAY": 86_400, "WEEK": 604_800}  # seconds
_TRUNCATIONS = frozenset({"SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR"})
_INTEGERS = exp.DataType.INTEGER_TYPES
_FLOATS = exp.DataType.FLOAT_TYPES

# Functions that both engines answer alike, if need be through a rule below.
# fmt: off
PORTABLE: frozenset[type[exp.Expr]] = frozenset({
    exp.Abs, exp.And, exp.Anonymous, exp.ApproxDistinct, exp.ApproxQuantile, exp.ArrayAgg, exp.ArraySort,
    exp.Case, exp.Cast, exp.Ceil, exp.Coalesce, exp.Count, exp.CountIf, exp.DateAdd, exp.DateDiff,
    exp.DateTrunc, exp.DayOfWeekIso, exp.DenseRank, exp.FirstValue, exp.Floor, exp.Greatest, exp.If,
    exp.JSONExtractScalar, exp.Lag, exp.Lead, exp.Least, exp.Length, exp.Lower, exp.Max, exp.Min,
    exp.Nullif, exp.Or, exp.Rank, exp.Round, exp.RowNumber, exp.StrPosition, exp.Sum, exp.TimestampTrunc,
    exp.Trim, exp.TryCast, exp.Upper, exp.Expr, exp.Alias,
})
# fmt: on
# ---------------------------------------------------------------- rewrites for DuckDB


def integer_division(node: exp.Expr) -> None:
    """bigint 7 / 2 is 3 in Trino, 3.5 in DuckDB."""
    if isinstance(node, exp.Div) and is_integer(node.this) and is_integer(node.expression):
        kind = node.type
        put(node, exp.IntDiv(this=node.this.copy(), expression=node.expression.copy()), kind)


def integer_sum(node: exp.Expr) -> None:
    """sum(bigint) and count_if are bigint in Trino, 128 bits wide in DuckDB."""
    if isinstance(node, exp.CountIf) or (isinstance(node, exp.Sum) and is_integer(node.this)):
        window = node.parent if isinstance(node.parent, exp.Window | exp.Filter) else node
        put(window, exp.cast(window.copy(), "BIGINT"), exp.DataType.build("BIGINT"))


def whole_date_diff(node: exp.Expr) -> None:
    """date_diff counts whole units in Trino, boundaries in DuckDB; its date_sub counts whole units too, but
    takes 30 microseconds for an instant. Units up to the week have one length, so microseconds divide."""
    if isinstance(node, exp.DateDiff):
        until, since = (
            exp.Anonymous(this="epoch_us", expressions=[side.copy()]) for side in (node.this, node.expression)
        )
        span = exp.paren(exp.Sub(this=until, expression=since), copy=False)
        length = exp.Literal.number(_WHOLE_UNITS[_unit(node)] * 1_000_000)
        put(node, exp.IntDiv(this=span, expression=length), node.type)


def truncation_keeps_type(node: exp.Expr) -> None:
    """date_trunc and date_add on a DATE give a DATE in Trino, a TIMESTAMP in DuckDB."""
    if isinstance(node, exp.DateTrunc | exp.TimestampTrunc | exp.DateAdd) and node.this.unnest().is_type(
        "date"
    ):
        put(node, exp.cast(node.copy(), "DATE"), exp.DataType.build("date"))


def scalar_json(node: exp.Expr) -> None:
    """json_extract_scalar is null for objects and arrays in Trino; DuckDB's ->> gives their text. The path
    becomes a JSON pointer, which takes any key."""
    if isinstance(node, exp.JSONExtractScalar):
        path = exp.Literal.string(pointer(_keys(node)))
        value = exp.Anonymous(this="json_value", expressions=[node.this.copy(), path])
        text = exp.Anonymous(this="json_extract_string", expressions=[value, exp.Literal.string("$")])
        put(node, text, node.type)


def sorted_nulls(node: exp.Expr) -> None:
    """array_sort puts nulls last in Trino; DuckDB's list_sort asks a setting."""
    if isinstance(node, exp.ArraySort):
        order = [exp.Literal.string("ASC"), exp.Literal.string("NULLS LAST")]
        put(node, exp.Anonymous(this="list_sort", expressions=[node.this.copy(), *order]), node.type)


def null_extremes(node: exp.Expr) -> None:
    """greatest and least are null if any argument is, in Trino; DuckDB skips nulls."""
    if isinstance(node, exp.Greatest | exp.Least):
        arguments = [node.this, *node.expressions]
        missing = exp.or_(*(exp.Is(this=a.copy(), expression=exp.Null()) for a in arguments))
        put(node, exp.Case(ifs=[exp.If(this=missing, true=exp.Null())], default=node.copy()), node.type)


def null_order(node: exp.Expr) -> None:
    """Nulls come last in Trino in both directions; said aloud, no engine setting can change it."""
    if isinstance(node, exp.Ordered) and node.args.get("nulls_first") is None:
        node.set("nulls_first", False)


DUCKDB: tuple[Callable[[exp.Expr], None], ...] = (
    integer_division,
    integer_sum,
    whole_date_diff,
    truncation_keeps_type,
    scalar_json,
    sorted_nulls,
    null_extremes,
    null_order,
)


# ---------------------------------------------------------------- words the rules share


def wants_constant(placeholder: exp.Expr) -> bool:
    """Is this the place of a time zone or a JSON path, which engines want as constants?"""
    outer = placeholder.parent
    return (isinstance(outer, exp.AtTimeZone) and outer.args.get("zone") is placeholder) or (
        isinstance(outer, exp.JSONExtractScalar) and outer.expression is placeholder
    )


def _keys(node: exp.JSONExtractScalar) -> list[str]:
    try:
        return keys_of(node.expression)
    except NotKeys as error:
        raise NotPortable(str(error)) from error


def _unit(node: exp.Expr) -> str:
    unit = node.args.get("unit")
    return unit.name.upper() if unit is not None else "DAY"


def _unknown(node: exp.Expr) -> bool:
    return node.type is None or node.is_type("unknown", "null")
