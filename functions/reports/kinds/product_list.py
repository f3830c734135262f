"""Product list: what was bought, product by product or category by category (SPEC §12.2).

Revenue is quantity times price of the lines of net orders; cancelled and wholly refunded orders are none. An order
or a customer counts once for each product. A line of several categories counts in each of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from cdp.errors import Rejected
from cdp.jsonapi.cursors import Cursor, read_cursor
from cdp.jsonapi.times import format_instant
from cdp.orders.lines import PER_PIECE
from cdp.query.money import amount
from cdp.query.sql import Query, select
from cdp.resources.catalog import compound
from functions.reports.kinds.product_analysis_scope import (
    Json,
    Kind,
    newest,
    placed,
    placed_or_not,
    requirements,
    shown,
    title,
    window,
)
from functions.reports.order_lines import LinesOf
from functions.reports.periods import Timeframe
from functions.reports.report import MOMENT, Answer, Column, Endpoint, Example, Report, Result, Scope
from functions.reports.tally import Tally

Sort = Literal["revenue", "customers", "orders"]
LIMIT = 100_000


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`search` looks for a part of the title or of the shop's own id, capital or small. The largest come first.
    `page_cursor` is the one of `links.next`."""

    kind: Kind = "product"
    sort: Sort = "revenue"
    search: Annotated[str, Meta(max_length=200)] = ""
    timeframe: Timeframe | None = None
    page_size: Annotated[int, Meta(ge=1, le=500)] = 50
    page_cursor: str | None = None


class Row(msgspec.Struct, frozen=True):
    """One product or category; `units`: 1/10000 of the currency, `thousandths` of a piece. `product_name` is that of a line."""

    item: str
    product_name: str | None
    units: int | None
    thousandths: int
    orders: int
    customers: int
    oldest: datetime
    newest: datetime


_WITHIN = "SELECT {} FROM {} WHERE occurred_at >= :start AND occurred_at < :end"
_ORDERS, _LINES = "event_id, profile_no, occurred_at", "event_id, item, product_name, units, thousandths"
_BOUGHT = """
SELECT item, min(product_name) AS product_name, sum(units) AS units, sum(thousandths) AS thousandths,
  count(DISTINCT event_id) AS orders, count(DISTINCT profile_no) AS customers, min(occurred_at) AS oldest,
  max(occurred_at) AS newest
FROM bought GROUP BY item ORDER BY item LIMIT :limit
"""
_MEASURES = ("product_name", "units", "thousandths", "orders", "customers", "oldest", "newest")


def query(params: Params, scope: Scope) -> Query:
    """One row for each product or category that was bought."""
    start, end = window(params.timeframe, scope)

    def within(columns: str, table: str, tables: Mapping[str, Query]) -> Query:
        return select(_WITHIN.format(columns, table), months=None, start=start, end=end, **tables)

    standing = placed(params.kind, start, scope)
    bought = within("*", "placed", standing)
    portable = select(_BOUGHT, bought=bought, limit=LIMIT + 1)
    lined = placed_or_not(params.kind, start, scope)
    events = (lined and LinesOf(within(_ORDERS, "orders", standing), within(_LINES, "placed", lined))) or bought
    return replace(portable, duckdb=Tally(events, ("item",), _MEASURES, None, portable, LIMIT + 1))


def _found(params: Params, scope: Scope, rows: Sequence[Row]) -> list[Row]:
    """Those that were looked for, in order."""
    if len(rows) > LIMIT:
        raise Rejected(f"There are more than {LIMIT} products; choose a shorter period.", field="/timeframe")
    wanted = params.search.strip().casefold()
    if wanted:
        rows = [
            row for row in rows
            if wanted in row.item.casefold() or wanted in title(params.kind, row.item, row.product_name, scope).casefold()
        ]  # fmt: skip
    return sorted(rows, key=lambda row: _place(params, row))


def _place(params: Params, row: Row) -> tuple[int, str]:
    """Where the row stands: the largest first, then by id."""
    return -{"revenue": row.units or 0, "customers": row.customers, "orders": row.orders}[params.sort], row.item


def _behind(params: Params, found: list[Row]) -> list[Row]:
    """What stands behind the cursor."""
    if params.page_cursor is None:
        return found
    try:
        cursor = read_cursor(params.page_cursor)
    except Rejected as error:
        raise Rejected(error.message, field="/page_cursor") from error
    match cursor.position:
        case (int(measure), str(item)) if cursor.sort == _order(params):
            return [row for row in found if _place(params, row) > (measure, item)]
    raise Rejected("The cursor belongs to another request.", field="/page_cursor")


def _order(params: Params) -> str:
    return f"{params.kind}s by {params.sort}"


def answer(params: Params, scope: Scope, rows: Sequence[Row]) -> Answer:
    found = _found(params, scope, rows)
    start, end = window(params.timeframe, scope)
    rest = _behind(params, found)
    page = rest[: params.page_size]
    attributes: Json = {
        "kind": params.kind,
        "sort": params.sort,
        "start": format_instant(start),
        "end": format_instant(max(start, end - MOMENT)),
        "total": len(found),
        "currency": scope.currency,
        "results": [
            {
                **shown(params.kind, row.item, row.product_name, scope),
                "revenue": amount(row.units or 0),
                "customers": row.customers,
                "orders": row.orders,
                "quantity": _pieces(row.thousandths),
            }
            for row in page
        ],
        "requirements": requirements(scope, min((row.oldest for row in rows), default=None)),
    }
    more = len(rest) > len(page)
    following = Cursor(_order(params), _place(params, page[-1])).encode() if more else None
    return Answer(attributes, newest([row.newest for row in rows]), None, following)


def _pieces(thousandths: int) -> int | float:
    whole, rest = divmod(thousandths, PER_PIECE)
    return thousandths / PER_PIECE if rest else whole


def table(params: Params, scope: Scope, rows: Sequence[Row]) -> Result:
    """All of them, whatever the page."""
    columns = (
        Column("id", "string"), Column("title", "string"), Column("revenue", "money"), Column("customers", "integer"),
        Column("orders", "integer"), Column("quantity", "number"),
    )  # fmt: skip
    lines: list[list[str | int | float | None]] = [
        [compound(row.item), title(params.kind, row.item, row.product_name, scope), amount(row.units or 0), row.customers,
         row.orders, _pieces(row.thousandths)]
        for row in _found(params, scope, rows)
    ]  # fmt: skip
    return Result(columns, lines, newest([row.newest for row in rows]))


EXAMPLES = (
    Example("by_revenue", Params(), "Every product that was bought in two years."),
    Example(
        "categories_by_customers",
        Params(kind="category", sort="customers", timeframe=Timeframe(key="last_90_days")),
        "Categories of one quarter.",
    ),
)

REPORT = Report(
    kind="product_list", params=Params, row=Row, query=query, table=table, examples=EXAMPLES,
    needs=frozenset({"book", "shelf"}),
)  # fmt: skip
ENDPOINT = Endpoint("product-analysis-list", REPORT, answer)
