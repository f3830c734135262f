"""What reports on products share: the period, the lines of its orders under products or categories, and their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from cdp.orders.book import OrderBook
from cdp.orders.lines import lines, of_any_order
from cdp.query.sql import Query, select
from cdp.resources.catalog import compound
from functions.reports.periods import EARLIEST, MAX_YEARS, Timeframe, period, years_later
from functions.reports.report import Scope

Kind = Literal["product", "category"]
Json = dict[str, object]
NEEDED_DAYS = 90
_DAY = timedelta(days=1)
_PLACED = "SELECT profile_no, event_id, occurred_at, item, product_name, thousandths, units FROM products"


def window(timeframe: Timeframe | None, scope: Scope) -> tuple[datetime, datetime]:
    """[start, end) in UTC: the last two years, or what of them is asked for."""
    earliest = max(EARLIEST, years_later(scope.now.astimezone(scope.zone), -MAX_YEARS).astimezone(UTC))
    if timeframe is None:
        return earliest, scope.now
    start, end = period(timeframe, scope, "/timeframe")
    return max(start, earliest), max(end, earliest)


def placed(kind: Kind, start: datetime, scope: Scope) -> dict[str, Query]:
    """Tables of orders from `start` on: `orders`, and `placed`, their lines with an `item` each."""
    return _under_items(kind, lines(_book(scope), scope.now, since=start), scope)


def placed_or_not(kind: Kind, start: datetime, scope: Scope) -> dict[str, Query] | None:
    """The same, but `placed` has lines of orders that do not stand, too; None if some are to be found in events only."""
    found = of_any_order(_book(scope), scope.now, since=start)
    return None if found is None else _under_items(kind, found, scope)


def _book(scope: Scope) -> OrderBook:
    if scope.book is None:
        raise AssertionError("the report does not say that it needs the book")
    return scope.book


def _under_items(kind: Kind, found: Mapping[str, Query], scope: Scope) -> dict[str, Query]:
    if kind == "category":
        return scope.shelf.by_category(found)
    return {**scope.shelf.products(found), "placed": select(_PLACED)}


def known(kind: Kind, item: str, scope: Scope) -> bool:
    return item in (scope.shelf.items if kind == "product" else scope.shelf.categories)


def title(kind: Kind, item: str, name: str | None, scope: Scope) -> str:
    """As the catalog has it, else as the order's line."""
    if kind == "category":
        return scope.shelf.categories.get(item, item)
    found = scope.shelf.items.get(item)
    return name or item if found is None else found.title


def shown(kind: Kind, item: str, name: str | None, scope: Scope) -> Json:
    return {
        "item_id" if kind == "product" else "category_id": compound(item),
        "title": title(kind, item, name, scope),
        "in_catalog": known(kind, item, scope),
    }


def requirements(scope: Scope, oldest: datetime | None) -> list[Json]:
    """What the figures need to mean something (SPEC §12.1); they are given whether it is met or not. `oldest`: the
    first order that names products."""
    days = None if oldest is None else (scope.now - oldest) // _DAY
    return [
        _at_least("catalog_items", len(scope.shelf.items), 1),
        _at_least("days_of_orders_with_products", days, NEEDED_DAYS),
    ]


def _at_least(name: str, found: int | None, needed: int) -> Json:
    return {"name": name, "met": found is not None and found >= needed, "found": found, "needed": needed}


def newest(found: Sequence[datetime | None]) -> datetime | None:
    return max((at for at in found if at is not None), default=None)
