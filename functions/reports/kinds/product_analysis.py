"""Product analysis: what people do after they bought a product, or anything of a category (SPEC §12.2).

* `repeat_timing`: how many customers placed their next order, whatever it held, so many days after their first order
  with it. A day is 24 hours; orders at one moment do not follow each other.
* `same_cart`: what else orders with it hold; the rate is the share of these orders.
* `next_order`: what the order after one with it holds; the rate is the share of the customers who bought it. What is
  in `next_order` is never the product itself.

Orders are net: cancelled and wholly refunded ones are none. The product's orders lie in the timeframe, by default and
at most the last two years; what followed them counts up to now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from cdp.errors import Rejected
from cdp.query.sql import Query
from cdp.resources.catalog import compound, external
from functions.reports.kinds.product_analysis_scope import (
    Kind,
    known,
    placed,
    title,
    window,
)
from functions.reports.kinds.product_analysis_sql import LONGEST_DAYS, analysis
from functions.reports.kinds.rfm import median
from functions.reports.periods import Timeframe
from functions.reports.report import Column, Example, Report, Result, Scope

Card = Literal["repeat_timing", "same_cart", "next_order"]
CARDS: tuple[Card, ...] = ("repeat_timing", "same_cart", "next_order")
SUPPORT = 5


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Give `item_id` or `category_id`, as the catalog has it; what the catalog does not know has the id that it would
    have there: `$custom:::$default:::` and the product id (or name) of the order's line. Rows of fewer orders
    (`same_cart`) or customers (`next_order`) than `min_support`, by default 5, are left out."""

    item_id: str | None = None
    category_id: str | None = None
    cards: Annotated[list[Card], Meta(min_length=1)] = msgspec.field(default_factory=lambda: list(CARDS))
    min_support: Annotated[int, Meta(ge=1, le=1_000_000_000)] = SUPPORT
    timeframe: Timeframe | None = None


class Row(msgspec.Struct, frozen=True):
    """See `product_analysis_sql.analysis`."""

    section: Literal["basis", "returned", "day", "same_cart", "next_order"]
    place: int
    item: str | None
    name: str | None
    days_low: int | None
    days_high: int | None
    orders: int | None
    customers: int | None
    oldest: datetime | None
    newest: datetime | None


def chosen(params: Params, scope: Scope) -> tuple[Kind, str]:
    """The product or category; what is excluded is not shown."""
    if (params.item_id is None) == (params.category_id is None):
        raise Rejected("Give either item_id or category_id.", field="/item_id")
    if params.item_id is not None:
        item = external(params.item_id, field="/item_id")
        if item in set(scope.shelf.hidden()):
            raise Rejected(f"The item {params.item_id} is excluded from catalog insights.", field="/item_id")
        return "product", item
    category = external(params.category_id or "", field="/category_id")
    if category in scope.shelf.excluded_categories:
        raise Rejected(f"The category {params.category_id} is excluded from catalog insights.", field="/category_id")
    return "category", category


def query(params: Params, scope: Scope) -> Query:
    """A row for the product, for each day of the curve, and for each product bought with it or after it."""
    kind, item = chosen(params, scope)
    start, end = window(params.timeframe, scope)
    cards = [card for card in CARDS if card in params.cards]
    return analysis(placed(kind, start, scope), item, start, end, cards, params.min_support)


def basis(params: Params, scope: Scope, rows: Sequence[Row]) -> Row:
    """The product's own row; `Rejected` if nobody has heard of it."""
    row = rows_of(rows, "basis")[0]
    kind, item = chosen(params, scope)
    if not row.orders and row.name is None and not known(kind, item, scope):
        raise Rejected(
            f"There is no {kind} {compound(item)}, neither in the catalog nor in the orders of two years.",
            field="/item_id" if kind == "product" else "/category_id",
        )
    return row


def rows_of(rows: Sequence[Row], section: str) -> list[Row]:
    return [row for row in rows if row.section == section]


def curve(rows: Sequence[Row]) -> list[int]:
    """Customers who came back after 0 to 90 days."""
    found: Mapping[int, int] = {row.place: row.customers or 0 for row in rows_of(rows, "day")}
    return [found.get(day, 0) for day in range(LONGEST_DAYS + 1)]


def share(part: int | None, whole: int | None) -> float:
    return (part or 0) / whole if whole else 0.0


def table(params: Params, scope: Scope, rows: Sequence[Row]) -> Result:
    """The curve alone as days and customers; else a line for each product, or day, of each card."""
    whole = basis(params, scope, rows)
    kind, _ = chosen(params, scope)
    days: list[list[str | int | float | None]] = [[day, number] for day, number in enumerate(curve(rows))]
    if params.cards == ["repeat_timing"]:
        return Result((Column("day", "integer"), Column("customers", "integer")), days, whole.newest)
    columns = (
        Column("card", "string"), Column("id", "string"), Column("title", "string"), Column("rate", "number"),
        Column("orders", "integer"), Column("customers", "integer"), Column("median_days", "number"),
    )  # fmt: skip
    lines: list[list[str | int | float | None]] = []
    if "repeat_timing" in params.cards:
        lines += [["repeat_timing", None, f"day {day}", None, None, number, day] for day, number in days]
    for row in rows:
        if row.item is not None and row.section in params.cards:
            both = (row.orders, whole.orders) if row.section == "same_cart" else (row.customers, whole.customers)
            shown = (compound(row.item), title(kind, row.item, row.name, scope), share(*both))
            lines.append([row.section, *shown, row.orders, row.customers, median(row.days_low, row.days_high)])
    return Result(columns, lines, whole.newest)


EXAMPLES = (
    Example("repeat_timing", Params(item_id=compound("tea"), cards=["repeat_timing"]), "When people come back after tea."),
    Example(
        "cart_and_next_order",
        Params(item_id=compound("tea"), cards=["same_cart", "next_order"], timeframe=Timeframe(key="last_12_months")),
        "What is bought with tea, and what after it.",
    ),
    Example(
        "category", Params(category_id=compound("drinks"), cards=["next_order"], min_support=3), "What is bought after drinks."
    ),
)

REPORT = Report(
    kind="product_analysis", params=Params, row=Row, query=query, table=table, examples=EXAMPLES,
    needs=frozenset({"book", "shelf"}),
)  # fmt: skip
