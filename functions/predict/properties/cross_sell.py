"""Best cross-sell date and next best product (SPEC §12.4): from what buyers of the same products did next.

Both are worked out when somebody has bought and stay as they are until the next order; only a product that can no
longer be had gives way to another one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from cdp.documents import affinities
from cdp.jsonapi.times import format_instant, from_epoch_us
from functions.predict import next_products, purchases
from functions.predict.affinities import prepare
from functions.predict.offers import Offers
from functions.predict.purchases import Purchases
from functions.predict.source import Asked, Attributes, Property, Values

DATE, PRODUCT, LAST_ORDER = "best_cross_sell_date", "next_best_product", "last_order_date"
_CLOSED = "closed"  # travels beside what was found, to `settle`


def source(asked: Asked) -> Values:
    """Nothing before the first learning."""
    head = affinities.head(asked.table, asked.account_id)
    if head is None or asked.book.revenue is None:
        return {}
    query = purchases.query(asked.book, asked.book.account.now, asked.numbers)
    bought = purchases.read(asked.engine.run(asked.account_id, query))
    known = next_products.known(asked.table, asked.account_id, head, bought.names)
    offers = Offers(asked.table, asked.account_id, head)
    wanted: dict[int, Iterator[str]] = {}
    found = {}
    closed = affinities.closed(asked.table, asked.account_id, head)
    for at, no in enumerate(bought.numbers.tolist()):
        basket = next_products.basket(bought, at, known)
        fresh = frozenset(known.items[n] for n in basket.fresh)
        wanted[no] = offers.choices(next_products.ranked(basket, known), fresh)
        found[no] = {**_dates(bought, at, next_products.days(basket.fresh, known, head)), _CLOSED: closed}
    chosen = offers.first(wanted)
    return {no: {**one, PRODUCT: chosen.get(no)} for no, one in found.items()}


def _dates(bought: Purchases, at: int, days: float | None) -> dict[str, str | None]:
    ordered = from_epoch_us(int(bought.ordered_us[at]))
    return {
        LAST_ORDER: format_instant(ordered),
        DATE: None if days is None else format_instant(ordered + timedelta(days=days)),
    }


def settle(held: Attributes, found: Attributes) -> Attributes:
    """What was found after the newest order stays; what was not found then may still come."""
    if not found or held.get(LAST_ORDER) != found[LAST_ORDER]:
        return found
    product = held.get(PRODUCT)
    if product is None or product["external_id"] in found[_CLOSED]:
        product = found[PRODUCT]
    return {DATE: held.get(DATE) or found[DATE], PRODUCT: product}


PROPERTY = Property("cross_sell", (DATE, PRODUCT), source, settle, prepare)
