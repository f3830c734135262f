"""Plans for DuckDB alone: measured faster than the portable text, and shown equal to it (docs/adr/0011)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlglot import exp

from cdp.query.zones import offsets

_MAX_CHANGES = 512
_LONG_CHAIN = 30
_TINY = 1e-12  # keeps N·q, where it is whole, from rounding up; below a thousandth for a billion rows


def local_time_by_offsets(node: exp.Expr, months: tuple[int, int]) -> None:
    """AT TIME ZONE asks a calendar for every row: 20 times the cost of adding the zone's offset, found by halving
    the months' changes of offset. Instants outside the months still ask the calendar."""
    if not isinstance(node, exp.AtTimeZone) or not node.args["zone"].is_string:
        return
    found = offsets(node.args["zone"].name, *months)
    if found is None or len(found.changes) > _MAX_CHANGES:
        return
    us = exp.Anonymous(this="epoch_us", expressions=[node.this.copy()])
    outside = exp.or_(us < found.start, us >= found.end)
    case = exp.Case(ifs=[exp.If(this=outside, true=node.copy())])
    case.set("default", _local(us, found.changes, found.seconds))
    put(node, case, exp.DataType.build("timestamp"))


def _local(us: exp.Expr, changes: Sequence[int], seconds: Sequence[int]) -> exp.Expr:
    """The local timestamp of an instant; `seconds[i]` is the offset before `changes[i]`, the last one after all."""
    if not changes:
        moved = us.copy() + exp.Literal.number(seconds[0] * 1_000_000)
        return exp.Anonymous(this="make_timestamp", expressions=[moved])
    middle = len(changes) // 2
    before = _local(us, changes[:middle], seconds[: middle + 1])
    after = _local(us, changes[middle + 1 :], seconds[middle + 1 :])
    return exp.Case(ifs=[exp.If(this=us.copy() < changes[middle], true=before)], default=after)


def order_statistic(node: exp.Expr) -> None:
    """One element of a sorted array is found by selection, a fifth of the cost and without the array:

        element_at(array_sort(array_agg(x)), (count(x) + 1) / 2)      the lower middle
        element_at(array_sort(array_agg(x)), count(x) * a / b + 1)    position ⌊N·a/b⌋ + 1

    quantile_disc(x, q) is the element at ⌈N·q⌉; the second form is that at ⌈N·(b-a)/b⌉ from the other end.
    """
    if not (isinstance(node, exp.Bracket) and isinstance(node.this, exp.ArraySort)):
        return
    gathered, position = node.this.this, node.expressions[0]
    if not (isinstance(gathered, exp.ArrayAgg) and is_integer(gathered.this)):
        return
    x = gathered.this
    share = _share(position, exp.Count(this=x.copy()))
    if share is None:
        return
    lower, part, whole = share
    q = exp.Literal.number(repr((whole - part) / whole - _TINY))
    if lower:
        found: exp.Expr = exp.Anonymous(this="quantile_disc", expressions=[x.copy(), q])
    else:
        found = exp.Neg(this=exp.Anonymous(this="quantile_disc", expressions=[exp.Neg(this=x.copy()), q]))
    put(node, found, node.type)


def _share(position: exp.Expr, count: exp.Expr) -> tuple[bool, int, int] | None:
    """(lower middle?, a, b) of the positions above; None for any other."""
    text = position.sql("trino")
    n = count.sql("trino")
    if text == f"({n} + 1) / 2":
        return True, 1, 2
    found = re.fullmatch(re.escape(n) + r"(?: \* (\d+))? / (\d+) \+ 1", text)
    if found is None:
        return None
    part, whole = int(found[1] or 1), int(found[2])
    return (False, part, whole) if 0 < part < whole <= 1000 else None


def long_chain(node: exp.Expr) -> None:
    """Each table of a long chain is planned inside the next one, again and again: eight steps of a funnel took
    2 s to plan, twelve minutes. Tables that group or look along rows are kept apart there, which cuts the chain
    (docs/adr/0093)."""
    if isinstance(node, exp.With) and len(node.expressions) > _LONG_CHAIN:
        for table in node.expressions:
            if table.this.find(exp.Group, exp.Window) is not None:
                table.set("materialized", True)


def is_integer(node: exp.Expr) -> bool:
    return bool(node.unnest().is_type(*exp.DataType.INTEGER_TYPES))


def put(node: exp.Expr, new: exp.Expr, kind: exp.DataType | None) -> None:
    """Put `new` in the place of `node`, with the type the tree had there."""
    new.type = kind
    node.replace(new)
