"""What the customers of the example shop bought, and its catalog: tea brings people back for honey."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import groupby
from typing import Any

from cdp.orders.products import Shelf, Shelved

_GOODS: Mapping[str, tuple[str, float, tuple[str, ...]]] = {
    "tea": ("Green tea", 8.0, ("Drinks",)),
    "coffee": ("Coffee", 9.5, ("Drinks",)),
    "mug": ("Mug", 12.0, ("Kitchen", "Gifts")),
    "pot-large": ("Teapot, large", 29.0, ("Kitchen",)),
    "honey": ("Honey", 6.5, ("Pantry",)),
    "card": ("Gift card", 25.0, ("Gifts",)),
}
_WITH = {"tea": ("mug", "pot-large"), "coffee": ("mug",), "honey": ("tea",)}
_AFTER = {"tea": ("honey", "tea"), "coffee": ("coffee",), "pot-large": ("tea",)}
SHELF = Shelf(
    items={
        "tea": Shelved("Green tea", ("drinks",)),
        "coffee": Shelved("Coffee", ("drinks",)),
        "mug": Shelved("Mug", ("kitchen", "gifts")),
        "pot": Shelved("Teapot", ("kitchen",)),
        "honey": Shelved("Honey", ("pantry",)),
    },
    variants={"pot-large": "pot"},
    categories={"drinks": "Drinks", "kitchen": "Kitchen", "gifts": "Gifts", "pantry": "Pantry"},
)


def order_lines(orders: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Lines of these events, all of them orders: what goes together, and what people take the next time. The mug
    bears its name only, and the gift card is not in the catalog."""
    chance = random.Random(12)  # noqa: S311 - repeatable, not secret
    inner = sorted(orders, key=lambda row: (row["profile_no"], row["occurred_at"]))
    for _, placed in groupby(inner, key=lambda row: row["profile_no"]):
        last: list[str] = []
        for row in placed:
            last = _basket(chance, last)
            for n, product in enumerate(last):
                title, price, categories = _GOODS[product]
                yield {
                    **{name: row[name] for name in ("metric_id", "profile_no", "occurred_at", "event_id", "order_id", "month")},
                    "line": n,
                    "product_id": None if product == "mug" else product,
                    "product_name": title,
                    "quantity": float(chance.choice((1, 1, 1, 2))),
                    "item_price": price,
                    "categories": json.dumps(categories),
                    "received_at": row["occurred_at"] + timedelta(seconds=2),
                }


def _basket(chance: random.Random, last: list[str]) -> list[str]:
    wanted = [_AFTER[one] for one in last if one in _AFTER and chance.random() < 0.7]
    first = chance.choice(wanted[0]) if wanted else chance.choice(("tea", "tea", "coffee", *_GOODS))
    more = _WITH.get(first, ())
    return [first, *(one for one in more if chance.random() < 0.5)]
