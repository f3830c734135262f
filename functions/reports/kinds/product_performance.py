"""Product performance: browsing, checkout and purchase of each product or category (SPEC §13).

An event with lines (`Items`) counts under the products or categories of its lines, with quantity times price as its
value there; any other under its own `ProductName` (or `Name`) or under each of its `Categories` (or `Collections`),
with its whole value. It counts once under each of them, and under the empty name if it names none. Rates compare
profiles, step with step; they are null where the earlier step has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from cdp.errors import Rejected
from cdp.query.counted import Counted
from cdp.query.money import amount
from cdp.query.sql import Query
from functions.reports.kinds.product_performance_sql import LIMIT, performance
from functions.reports.periods import Timeframe, period
from functions.reports.properties import Condition, Conditions, read
from functions.reports.report import Column, Example, Report, Result, Scope

Group = Literal["product", "category"]
STEPS = ("browse", "checkout", "purchase")
DEFAULTS = (("Viewed Product",), ("Checkout Started", "Started Checkout"), ("Ordered Product",))
_RATES = (("checkout_rate", 0, 1), ("purchase_rate", 1, 2), ("browse_to_purchase_rate", 0, 2))


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`metric_ids` are those of browsing, checkout and purchase, in this order; without them Viewed Product, Checkout
    Started (or Started Checkout) and Ordered Product. All filters must hold, for every step."""

    metric_ids: Annotated[list[str], Meta(max_length=3)] = []
    timeframe: Timeframe = Timeframe(key="last_30_days")
    group_by: Annotated[list[Group], Meta(min_length=1, max_length=1)] = msgspec.field(default_factory=lambda: ["product"])
    filters: Conditions = []


class Row(msgspec.Struct, frozen=True):
    """Events of one step (0 to 2) under one name; `units`: 1/10000 of the currency."""

    step: int
    name: str
    total: int
    uniques: int
    newest: datetime
    units: int | None = None


def query(params: Params, scope: Scope) -> Query:
    """One row for each name and step that has events."""
    start, end = period(params.timeframe, scope, "/timeframe")
    wanted = read(params.filters)
    return performance(_steps(params, scope), start, end, scope, wanted, by_category=params.group_by == ["category"])


def _steps(params: Params, scope: Scope) -> list[Counted]:
    if not params.metric_ids:
        return [_default(names, scope) for names in DEFAULTS]
    if len(params.metric_ids) != len(STEPS):
        raise Rejected(f"Give the metrics of {', '.join(STEPS)}, in this order, or none.", field="/metric_ids")
    return [scope.counted(id_, f"/metric_ids/{n}") for n, id_ in enumerate(params.metric_ids)]


def _default(names: Sequence[str], scope: Scope) -> Counted:
    for name in names:
        for metric in scope.named(name):
            return scope.counted(metric.id, "/metric_ids")
    raise Rejected(f"The account has no metric {' or '.join(names)}; name the three metrics.", field="/metric_ids")


def table(params: Params, scope: Scope, rows: Sequence[Row]) -> Result:
    """A line for each name: the most bought first, then the most checked out, then the most seen."""
    if len(rows) > LIMIT:
        raise Rejected(f"There are more than {LIMIT} names; use filters or a shorter period.", field="/group_by")
    steps = _steps(params, scope)
    found = {(row.name, row.step): row for row in rows}
    columns = [Column(params.group_by[0], "string")]
    for step in STEPS:
        columns += [Column(f"{step}_total", "integer"), Column(f"{step}_unique", "integer"), Column(f"{step}_value", "money")]
    columns += [Column(name, "number") for name, _, _ in _RATES]

    def totals(name: str) -> list[int]:
        cells = [found.get((name, step)) for step in range(len(STEPS))]
        return [cell.total if cell else 0 for cell in cells]

    lines: list[list[str | int | float | None]] = []
    for name in sorted({row.name for row in rows}, key=lambda name: ([-n for n in reversed(totals(name))], name)):
        cells = [found.get((name, step)) for step in range(len(STEPS))]
        line: list[str | int | float | None] = [name]
        for cell, counted in zip(cells, steps, strict=True):
            value = (amount((cell.units if cell else None) or 0)) if counted.revenue else None
            line += [cell.total if cell else 0, cell.uniques if cell else 0, value]
        uniques = [cell.uniques if cell else 0 for cell in cells]
        lines.append(line + [uniques[b] / uniques[a] if uniques[a] else None for _, a, b in _RATES])
    return Result(tuple(columns), lines, max((row.newest for row in rows), default=None))


EXAMPLES = (
    Example("products", Params(timeframe=Timeframe(key="last_365_days")), "Every product, over a year."),
    Example(
        "categories_of_a_plan",
        Params(
            metric_ids=["Viewed", "ToCart", "Placed"],
            timeframe=Timeframe(key="last_12_months"),
            group_by=["category"],
            filters=[Condition("plan", {"type": "string", "operator": "equals", "value": "plus"}, "profile")],
        ),
        "Categories, with carts as the second step, of people who had the plan when they were there.",
    ),
)

REPORT = Report(
    kind="product_performance",
    params=Params,
    row=Row,
    query=query,
    table=table,
    examples=EXAMPLES,
)
