"""Lines of orders and what they mean by the catalog: slow and obvious, sharing nothing with the SQL."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cdp.orders.products import Shelf
from tests.unit.reports.oracles import Happened, net_orders

SOLD = 4


@dataclass(frozen=True)
class Item:
    """A line as the order says it; `cents` are the price of one."""

    product_id: str | None = None
    name: str | None = None
    quantity: float | None = 1.0
    cents: int | None = 100
    categories: tuple[str, ...] | None = None

    def row(self, order: Happened, n: int) -> dict[str, Any]:
        """As the lake has it."""
        return {
            "metric_id": order.metric, "profile_no": order.profile, "occurred_at": order.at, "event_id": order.number,
            "line": n, "product_id": self.product_id, "product_name": self.name, "quantity": self.quantity,
            "item_price": None if self.cents is None else self.cents / 100, "received_at": order.at,
            "categories": None if self.categories is None else json.dumps(self.categories),
        }  # fmt: skip


@dataclass(frozen=True)
class Bought:
    """A line of an order that stands; `item` once it is matched."""

    profile: int
    order: int
    at: datetime
    product_id: str | None
    name: str | None
    categories: tuple[str, ...] | None
    thousandths: int
    units: int | None
    item: str = ""


Items = Mapping[int, Sequence[Item]]


def bought(log: Sequence[Happened], items: Items, since: datetime, until: datetime, rates: dict[str, int]) -> list[Bought]:
    found = []
    for orders, _ in net_orders(log, until, rates).values():
        for order in orders:
            if order.at < since:
                continue
            currency = next(e.currency for e in log if e.number == order.number)
            own = [one for one in items.get(order.number, ()) if _counts(one.product_id, one.name, one.quantity)]
            for one in own:
                quantity = 1 if one.quantity is None else one.quantity
                units = None if one.cents is None else round(quantity * one.cents * 100) * rates.get(currency or "", 1)
                found.append(_bought(order, one.product_id, one.name, one.categories, quantity, units))
            if not own and order == [o for o in orders if o.key == order.key][-1]:
                found += _sold(order, log, since, until, rates)
    return found


def _sold(order: Happened, log: Sequence[Happened], since: datetime, until: datetime, rates: dict[str, int]) -> list[Bought]:
    found = []
    for e in log:
        if e.metric != SOLD or e.profile != order.profile or e.order_id != order.key or not since <= e.at < until:
            continue
        quantity = float(e.properties.get("Quantity", 1))
        name, categories = e.properties.get("ProductName"), e.properties.get("Categories")
        if _counts(e.properties.get("ProductID"), name, quantity):
            units = None if e.cents is None else e.cents * 100 * rates.get(e.currency or "", 1)
            listed = (categories,) if isinstance(categories, str) else None if categories is None else tuple(categories)
            found.append(_bought(order, e.properties.get("ProductID"), name, listed, quantity, units))
    return found


def _counts(product_id: str | None, name: str | None, quantity: float | None) -> bool:
    return bool(product_id or name) and (quantity is None or quantity > 0)


def _bought(
    order: Happened, product_id: str | None, name: str | None, categories: tuple[str, ...] | None, quantity: float,
    units: int | None,
) -> Bought:  # fmt: skip
    return Bought(order.profile, order.number, order.at, product_id, name, categories, round(quantity * 1000), units)


def products(found: Sequence[Bought], shelf: Shelf) -> list[Bought]:
    """Each with its item, without what is excluded."""
    matched = [replace(one, item=item_of(one, shelf)) for one in found]
    return [
        one for one in matched
        if one.item not in shelf.excluded_items and not set(_groups(one, shelf)) & shelf.excluded_categories
    ]  # fmt: skip


def categories(found: Sequence[Bought], shelf: Shelf) -> list[Bought]:
    """Each once for every category."""
    return [replace(one, item=group) for one in products(found, shelf) for group in set(_groups(one, shelf))]


def item_of(line: Bought, shelf: Shelf) -> str:
    if line.product_id in shelf.items:
        return str(line.product_id)
    if line.product_id is not None and shelf.variants.get(line.product_id) in shelf.items:
        return shelf.variants[line.product_id]
    for id_ in sorted(shelf.items):
        if shelf.items[id_].title == line.name:
            return id_
    return line.product_id or line.name or ""


def _groups(line: Bought, shelf: Shelf) -> list[str]:
    known = shelf.items.get(line.item)
    if known is not None and known.categories:
        return list(known.categories)
    named = [name for name in line.categories or () if name]
    return [next((id_ for id_ in sorted(shelf.categories) if shelf.categories[id_] == name), name) for name in named]
