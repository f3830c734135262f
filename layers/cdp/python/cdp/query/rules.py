"""Where DuckDB differs from Trino: one function per difference, each with its own test.

`check` refuses what has no common meaning, before any rendering. `to_duckdb` rewrites what DuckDB would
answer otherwise. Both work on a tree that is qualified and typed. A function outside `PORTABLE` is refused:
it is added here together with the test that compares its answers.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp
from sqlglot.dialects.dialect import DialectType

from cdp.query import json_rules, plans
from cdp.query.plans import is_integer, put

_TRINO: DialectType = "trino"
_WHOLE_UNITS = {
    "MILLISECOND": 1,
    "SECOND": 1_000,
    "MINUTE": 60_000,
    "HOUR": 3_600_000,
    "DAY": 86_400_000,
    "WEEK": 604_800_000,
}  # milliseconds
_TRUNCATIONS = frozenset({"SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR"})
_INTEGERS = exp.DataType.INTEGER_TYPES
_FLOATS = exp.DataType.FLOAT_TYPES

# Functions that both engines answer alike, if need be through a rule below.
# fmt: off
PORTABLE: frozenset[type[exp.Expr]] = frozenset({
    exp.Abs, exp.And, exp.Anonymous, exp.ApproxDistinct, exp.ApproxQuantile, exp.ArrayAgg, exp.ArrayFilter,
    exp.ArraySize, exp.ArraySort, exp.Case, exp.Cast, exp.Ceil, exp.Coalesce, exp.Cos, exp.Count,
    exp.CountIf, exp.DateAdd, exp.DateDiff, exp.DateTrunc, exp.DayOfWeekIso, exp.DenseRank, exp.FirstValue,
    exp.Floor, exp.Greatest, exp.If, exp.JSONExtract, exp.JSONExtractScalar, exp.JSONFormat, exp.Lag,
    exp.Lead, exp.Least, exp.Length, exp.Lower, exp.Max, exp.Min, exp.Nullif, exp.Or, exp.Rank,
    exp.RegexpLike, exp.Round, exp.RowNumber, exp.Sin, exp.Split, exp.StrPosition, exp.Substring, exp.Sum,
    exp.TimestampTrunc, exp.Trim, exp.TryCast, exp.Unnest, exp.Upper,
})
# fmt: on

_REASONS: dict[type[exp.Expr], str] = {
    exp.WidthBucket: "width_bucket fails in DuckDB when it runs; write the CASE",
    exp.Avg: "avg adds doubles in Trino; say sum(x) / nullif(count(x), 0)",
    exp.Concat: "concat skips nulls in DuckDB; use ||",
    exp.ArgMax: "max_by skips null values in DuckDB; use row_number()",
    exp.ArgMin: "min_by skips null values in DuckDB; use row_number()",
    exp.CurrentTimestamp: "a query does not read the clock; pass a parameter",
    exp.CurrentDate: "a query does not read the clock; pass a parameter",
    exp.Rand: "a query gives the same answer twice",
}


class NotPortable(Exception):
    """The two engines would answer differently, and no rule makes them agree."""


def check(tree: exp.Expr) -> None:
    """Refuse what no rule can make equal."""
    for node in tree.walk():
        for rule in CHECKS:
            rule(node)


def to_duckdb(tree: exp.Expr, months: tuple[int, int] | None) -> None:
    """Rewrite the tree in place for DuckDB; `months` hold all its events, if bounded. Children come before
    parents, so types are still at hand."""
    for node in list(tree.walk()):
        plans.order_statistic(node)
        plans.long_chain(node)
        json_rules.shown_json(node)
    for node in reversed(list(tree.walk())):
        for rule in DUCKDB:
            rule(node)
        if months is not None:
            plans.local_time_by_offsets(node, months)


# ---------------------------------------------------------------- refusals


def known_function(node: exp.Expr) -> None:
    """Every function is in PORTABLE; one that the parser does not know is never portable."""
    if reason := _REASONS.get(type(node)):
        raise NotPortable(reason)
    if isinstance(node, exp.Anonymous):
        raise NotPortable(f"the function {node.name} is not known")
    if isinstance(node, exp.Func) and type(node) not in PORTABLE:
        raise NotPortable(f"the function {node.sql_name()} has no rule in cdp/query/rules.py")


def known_type(node: exp.Expr) -> None:
    """Arithmetic on a value of unknown type cannot be translated: the type decides the meaning."""
    if isinstance(node, exp.Div | exp.Mod | exp.Sum) and _unknown(node.this):
        raise NotPortable(f"the type of {node.this.sql(_TRINO)} is not known; cast it")


def division_by_zero(node: exp.Expr) -> None:
    """x / 0: an error in Trino (infinity for doubles), null or infinity in DuckDB."""
    if not isinstance(node, exp.Div | exp.Mod):
        return
    divisor = node.expression.unnest()
    while isinstance(divisor, exp.Cast):
        divisor = divisor.this.unnest()
    safe = isinstance(divisor, exp.Nullif) or (divisor.is_number and float(divisor.name) != 0)
    if not safe:
        raise NotPortable(f"divide by nullif({divisor.sql(_TRINO)}, 0)")


def sum_of_doubles(node: exp.Expr) -> None:
    """Sums of doubles depend on the order of rows, which engines choose: sum integers."""
    if isinstance(node, exp.Sum) and node.this.unnest().is_type(*_FLOATS):
        raise NotPortable(f"{node.sql(_TRINO)} adds doubles; add integer minor units")


def rounding_cast(node: exp.Expr) -> None:
    """double -> integer rounds halves away from zero in Trino, to even in DuckDB: say round, floor or ceil."""
    if not isinstance(node, exp.Cast) or not node.to.is_type(*_INTEGERS):
        return
    source = node.this.unnest()
    if source.is_type(*_FLOATS) and not isinstance(source, exp.Round | exp.Floor | exp.Ceil):
        raise NotPortable(f"{node.sql(_TRINO)} rounds differently; round it first")


def rounding_digits(node: exp.Expr) -> None:
    """round(x, n) takes different ways through binary fractions."""
    if isinstance(node, exp.Round) and node.args.get("decimals") is not None:
        raise NotPortable("round to whole numbers of a smaller unit")


def zoned_at_time_zone(node: exp.Expr) -> None:
    """AT TIME ZONE reads a zoneless time as UTC here and as local there, and its own result has a zone in
    Trino only: it takes an instant and is cast at once to a local TIMESTAMP or DATE."""
    if not isinstance(node, exp.AtTimeZone):
        return
    if not node.this.unnest().is_type("timestamptz"):
        raise NotPortable(f"{node.sql(_TRINO)} needs a timestamp with time zone")
    outer = node.parent
    while isinstance(outer, exp.Paren):
        outer = outer.parent
    if not (isinstance(outer, exp.Cast) and outer.is_type("timestamp", "date")):
        raise NotPortable(f"cast {node.sql(_TRINO)} to TIMESTAMP or DATE")


def zoneless_cast(node: exp.Expr) -> None:
    """An instant becomes a local time or date through AT TIME ZONE, never through the session's zone."""
    if not isinstance(node, exp.Cast) or not node.to.is_type("timestamp", "date"):
        return
    source = node.this.unnest()
    if source.is_type("timestamptz") and not isinstance(source, exp.AtTimeZone):
        raise NotPortable(f"{node.sql(_TRINO)} takes the session's time zone; say AT TIME ZONE")


def whole_units(node: exp.Expr) -> None:
    """date_diff in months and years counts differently at ends of months."""
    if isinstance(node, exp.DateDiff) and _unit(node) not in _WHOLE_UNITS:
        raise NotPortable(f"date_diff in {_unit(node)} is not portable")


def known_truncation(node: exp.Expr) -> None:
    """date_trunc with a unit that both engines know. An instant is made local first."""
    if not isinstance(node, exp.DateTrunc | exp.TimestampTrunc):
        return
    if _unit(node) not in _TRUNCATIONS:
        raise NotPortable(f"date_trunc to {_unit(node)} is not portable")
    if not node.this.unnest().is_type("timestamp", "date"):
        raise NotPortable("date_trunc takes a DATE or a local TIMESTAMP")


def marked_approximate(node: exp.Expr) -> None:
    """Approximate aggregates differ between engines; their column says so by its name."""
    if isinstance(node, exp.ApproxDistinct | exp.ApproxQuantile):
        column = node.find_ancestor(exp.Alias, exp.Select)
        if not (isinstance(column, exp.Alias) and column.alias.startswith("approx_")):
            raise NotPortable("name the column of an approximate aggregate approx_…")


def safe_element(node: exp.Expr) -> None:
    """a[9] of a shorter array is an error in Trino, null in DuckDB; element_at is null in both. Lambdas and
    comparators of array_sort have no counterpart."""
    if isinstance(node, exp.Bracket) and not node.args.get("safe"):
        raise NotPortable("write element_at(array, position)")
    if isinstance(node, exp.ArraySort) and node.expression:
        raise NotPortable("array_sort takes no comparator")


def one_distinct_column(node: exp.Expr) -> None:
    """count(DISTINCT a, b) is not Trino."""
    if isinstance(node, exp.Distinct) and len(node.expressions) > 1:
        raise NotPortable("count(DISTINCT …) takes one column")


CHECKS: tuple[Callable[[exp.Expr], None], ...] = (
    known_function,
    known_type,
    division_by_zero,
    sum_of_doubles,
    rounding_cast,
    rounding_digits,
    zoned_at_time_zone,
    zoneless_cast,
    whole_units,
    known_truncation,
    marked_approximate,
    one_distinct_column,
    safe_element,
)


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
        length = exp.Literal.number(_WHOLE_UNITS[_unit(node)] * 1_000)
        put(node, exp.IntDiv(this=span, expression=length), node.type)


def truncation_keeps_type(node: exp.Expr) -> None:
    """date_trunc and date_add on a DATE give a DATE in Trino, a TIMESTAMP in DuckDB."""
    if isinstance(node, exp.DateTrunc | exp.TimestampTrunc | exp.DateAdd) and node.this.unnest().is_type(
        "date"
    ):
        put(node, exp.cast(node.copy(), "DATE"), exp.DataType.build("date"))


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
    *json_rules.DUCKDB,
    sorted_nulls,
    null_extremes,
    null_order,
)


# ---------------------------------------------------------------- words the rules share


def wants_constant(placeholder: exp.Expr) -> bool:
    """Is this the place of a time zone or a JSON path, which engines want as constants?"""
    outer = placeholder.parent
    return (isinstance(outer, exp.AtTimeZone) and outer.args.get("zone") is placeholder) or (
        isinstance(outer, exp.JSONExtract | exp.JSONExtractScalar) and outer.expression is placeholder
    )


def _unit(node: exp.Expr) -> str:
    unit = node.args.get("unit")
    return unit.name.upper() if unit is not None else "DAY"


def _unknown(node: exp.Expr) -> bool:
    return node.type is None or node.is_type("unknown", "null")
