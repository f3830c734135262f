"""Lines of orders that stand (SPEC §5.6): what was bought, net of cancelled and wholly refunded orders.

    select("SELECT product_id, sum(units) AS units FROM lines GROUP BY 1", **lines(book, cut))

An order's lines are those of its `Items`; an order without any has the events of the metric mapped to
`ordered_product` that bear its key (of several orders of a profile with one key, the newest has them). What names no
product, or says that none of it was bought, is no line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from cdp.filters.placeholders import Placeholders
from cdp.orders.book import OrderBook, numbers, of_profiles
from cdp.query.counted import occurrences
from cdp.query.money import units
from cdp.query.sql import Query, months_between, select

_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
PER_PIECE = 1000  # thousandths: half a metre is a quantity, too
_LISTED = """
SELECT profile_no, event_id, occurred_at, product_id, product_name, categories, quantity, item_price,
  CAST(round(quantity * :per_piece) AS BIGINT) AS thousandths
FROM (
  SELECT profile_no, event_id, occurred_at, product_id, product_name, categories, item_price,
    coalesce(quantity, CAST(1 AS DOUBLE)) AS quantity
  FROM order_items WHERE metric_id IN (:metrics) AND occurred_at >= :since AND occurred_at < :cut
) AS given
WHERE quantity > 0 AND quantity < 1e12 AND coalesce(product_id, product_name) <> ''
"""
_CURRENCIES = """
SELECT DISTINCT event_id, currency FROM events
WHERE metric_id IN (:metrics) AND occurred_at >= :since AND occurred_at < :cut AND currency IN (:foreign)
"""
_OF_ITEMS = """
SELECT {o}.profile_no, {o}.event_id, {o}.occurred_at, i.product_id, i.product_name, i.categories, i.thousandths, {units} AS units
FROM {orders}listed AS i{on}{currencies}
WHERE {o}.occurred_at >= :since
"""
_STANDING = {"o": "o", "orders": "orders AS o JOIN ", "on": " ON i.event_id = o.event_id"}
_ANY = {"o": "i", "orders": "", "on": ""}
_TEXT = "nullif(coalesce(json_extract_scalar(properties, '$.{0}'), json_extract_scalar(properties, '$.{1}')), '')"
_GROUPS = (
    "nullif(coalesce(nullif(json_format(json_extract(properties, '$.Categories')), 'null'), "
    "json_format(json_extract(properties, '$.Collections'))), 'null')"
)
_SOLD = f"""
SELECT profile_no, order_id, product_id, product_name, units, CAST(round(quantity * :per_piece) AS BIGINT) AS thousandths,
  CASE WHEN substr(own, 1, 1) = '[' THEN own WHEN own IS NOT NULL THEN '[' || own || ']' END AS categories
FROM (
  SELECT profile_no, order_id, product_id, units, {_TEXT.format("ProductName", "Name")} AS product_name, {_GROUPS} AS own,
    coalesce(try_cast({_TEXT.format("Quantity", "quantity")} AS DOUBLE), CAST(1 AS DOUBLE)) AS quantity
  FROM counted WHERE order_id IS NOT NULL
) AS given
WHERE quantity > 0 AND quantity < 1e12 AND coalesce(product_id, product_name) <> ''
"""
_OF_EVENTS = """
SELECT k.profile_no, k.event_id, k.occurred_at, s.product_id, s.product_name, s.categories, s.thousandths, s.units
FROM (
  SELECT o.profile_no, o.event_id, o.occurred_at, l.order_key,
    row_number() OVER (PARTITION BY o.profile_no, l.order_key ORDER BY o.occurred_at DESC, o.event_id DESC) AS newest
  FROM orders AS o
  JOIN (SELECT DISTINCT profile_no, event_id, order_key FROM ledger) AS l
    ON l.event_id = o.event_id AND l.profile_no = o.profile_no
  WHERE o.occurred_at >= :since
) AS k
JOIN sold AS s ON s.profile_no = k.profile_no AND s.order_id = k.order_key
LEFT JOIN (SELECT DISTINCT event_id FROM listed) AS i ON i.event_id = k.event_id
WHERE k.newest = 1 AND i.event_id IS NULL
"""


def lines(
    book: OrderBook, cut: datetime, profiles: Sequence[int] | None = None, *, since: datetime = _FIRST
) -> dict[str, Query]:
    """The tables of `OrderBook.parts`, and `lines` of orders from `since` on: profile_no, event_id and occurred_at of
    the order; product_id, product_name (one of the two is there), categories (JSON array, as sent); thousandths of a
    piece; units (1/10000 of the account's currency: quantity times price; null without a price)."""
    parts = book.parts(cut, profiles)
    months, metrics = months_between(since, cut), numbers(book.revenue)
    listed = select(_LISTED, months=months, metrics=metrics, since=since, cut=cut, per_piece=float(PER_PIECE))
    of_items = _priced(book, since, cut, _STANDING)
    if book.ordered_product is None:
        return {**parts, "listed": of_profiles(listed, profiles), "lines": of_items}
    keep = ("order_id", "product_id", "properties")
    counted = occurrences(book.ordered_product, since, cut, book.account, keep=keep)
    sold = select(_SOLD, counted=of_profiles(counted, profiles), per_piece=float(PER_PIECE))
    of_events = select(_OF_EVENTS, sold=sold, since=since)
    both = select("SELECT * FROM of_items UNION ALL SELECT * FROM of_events", of_items=of_items, of_events=of_events)
    return {**parts, "listed": of_profiles(listed, profiles), "lines": both}


def of_any_order(book: OrderBook, cut: datetime, *, since: datetime = _FIRST) -> dict[str, Query] | None:
    """The same tables, but `lines` also of orders that do not stand: for whoever finds the orders in other ways. None if
    events may be lines."""
    if book.ordered_product is not None:
        return None
    return {**lines(book, cut, since=since), "lines": _priced(book, since, cut, _ANY)}


def _priced(book: OrderBook, since: datetime, cut: datetime, of: Mapping[str, str]) -> Query:
    """Lines of `Items`: their prices are in the currency of the order's event."""
    values = Placeholders()
    rates = {code: rate for code, rate in sorted(book.account.rates.items()) if code != book.account.currency}
    amount = units("i.quantity * i.item_price", "c.currency", rates, values)
    if not rates:
        return select(_OF_ITEMS.format(units=amount, currencies="", **of), since=since)
    foreign = select(
        _CURRENCIES, months=months_between(since, cut), metrics=numbers(book.revenue), since=since, cut=cut,
        foreign=list(rates),
    )  # fmt: skip
    currencies = f" LEFT JOIN currencies AS c ON c.event_id = {of['o']}.event_id"
    text = _OF_ITEMS.format(units=amount, currencies=currencies, **of)
    return values.select(text.replace(":since", values.add(since)), {"currencies": foreign})
