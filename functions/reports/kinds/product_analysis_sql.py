"""What followed orders with a product or category, as SQL. `placed` holds lines with their `item`: see `cdp.orders.products`.

An order's next one is the first of the same profile at a later time; of several at that time the one with the lowest
event id. Everything is linear in orders and their lines, also for one customer with all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from cdp.query.sql import Param, Query, select

LONGEST_DAYS, MOST = 90, 1_000  # of the curve; rows of a card
_HELD = "SELECT profile_no, event_id, occurred_at, item, product_name FROM placed"  # all that the cards look at
_BASE = """
WITH bought AS (
  SELECT DISTINCT profile_no, event_id, occurred_at FROM held
  WHERE item = :item AND occurred_at >= :start AND occurred_at < :end
), moments AS (
  SELECT o.profile_no, o.occurred_at, min(o.event_id) AS event_id
  FROM orders AS o JOIN (SELECT DISTINCT profile_no FROM bought) AS b ON b.profile_no = o.profile_no
  WHERE o.occurred_at >= :start
  GROUP BY 1, 2
), followed AS (
  SELECT profile_no, occurred_at,
    lead(occurred_at) OVER (PARTITION BY profile_no ORDER BY occurred_at) AS next_at,
    lead(event_id) OVER (PARTITION BY profile_no ORDER BY occurred_at) AS next_id
  FROM moments
), anchors AS (
  SELECT b.profile_no, b.event_id, f.next_id, date_diff('hour', b.occurred_at, f.next_at) / 24 AS days,
    row_number() OVER (PARTITION BY b.profile_no ORDER BY b.occurred_at, b.event_id) AS place
  FROM bought AS b JOIN followed AS f ON f.profile_no = b.profile_no AND f.occurred_at = b.occurred_at
)"""
_CARDS = {
    "repeat_timing": """, returned AS (
  SELECT days FROM anchors WHERE place = 1 AND next_id IS NOT NULL
)""",
    "same_cart": """, together AS (
  SELECT p.item, min(p.product_name) AS name, count(DISTINCT p.event_id) AS orders
  FROM held AS p JOIN bought AS b ON b.event_id = p.event_id
  WHERE p.item <> :item
  GROUP BY 1 HAVING count(DISTINCT p.event_id) >= :support
), together_ranked AS (
  SELECT item, name, orders, row_number() OVER (ORDER BY orders DESC, item) AS place FROM together
)""",
    "next_order": """, pairs AS (
  SELECT a.profile_no, a.event_id, a.days, p.item, min(p.product_name) AS name
  FROM anchors AS a JOIN held AS p ON p.event_id = a.next_id
  WHERE p.item <> :item
  GROUP BY 1, 2, 3, 4
), later AS (
  SELECT item, min(name) AS name, count(DISTINCT profile_no) AS customers, count(*) AS orders,
    element_at(array_sort(array_agg(days)), (count(days) + 1) / 2) AS days_low,
    element_at(array_sort(array_agg(days)), count(days) * 1 / 2 + 1) AS days_high
  FROM pairs
  GROUP BY 1 HAVING count(DISTINCT profile_no) >= :support
), later_ranked AS (
  SELECT *, row_number() OVER (ORDER BY customers DESC, orders DESC, item) AS place FROM later
)""",
}
_BASIS = """
SELECT 'basis' AS section, CAST(0 AS BIGINT) AS place, CAST(NULL AS VARCHAR) AS item,
  (SELECT min(coalesce(product_name, item)) FROM held WHERE item = :item) AS name,
  CAST(NULL AS BIGINT) AS days_low, CAST(NULL AS BIGINT) AS days_high,
  (SELECT count(*) FROM bought) AS orders, (SELECT count(DISTINCT profile_no) FROM bought) AS customers,
  min(occurred_at) AS oldest, max(occurred_at) AS newest
FROM held"""
_ROWS = {
    "repeat_timing": """
SELECT 'returned', 0, NULL, NULL, element_at(array_sort(array_agg(days)), (count(days) + 1) / 2),
  element_at(array_sort(array_agg(days)), count(days) * 1 / 2 + 1), count(*), count(*), NULL, NULL
FROM returned HAVING count(*) > 0
UNION ALL
SELECT 'day', days, NULL, NULL, days, days, count(*), count(*), NULL, NULL
FROM returned WHERE days <= :longest GROUP BY days""",
    "same_cart": """
SELECT 'same_cart', place, item, name, NULL, NULL, orders, NULL, NULL, NULL FROM together_ranked WHERE place <= :most""",
    "next_order": """
SELECT 'next_order', place, item, name, days_low, days_high, orders, customers, NULL, NULL FROM later_ranked WHERE place <= :most""",
}


def analysis(
    placed: Mapping[str, Query], item: str, start: datetime, end: datetime, cards: Sequence[str], support: int
) -> Query:
    """Columns section, place, item, name, days_low, days_high, orders, customers, oldest, newest, in the order of the
    first two:

    * basis: orders with the item in [start, end) and who placed them; `name` null: no line ever had it; the oldest
      and newest order with anything
    * returned: customers whose first of these orders has a next one; the middle of the days until then
    * day: those who came back on the day `days_low`
    * same_cart: `orders` with both, most first
    * next_order: `customers` whose next order has it, `orders` in which; the middle of the days until then"""
    text = _BASE + "".join(_CARDS[card] for card in cards)
    text += " UNION ALL ".join((_BASIS, *(_ROWS[card] for card in cards))) + "\nORDER BY section, place"
    values: dict[str, Param] = {"item": item, "start": start, "end": end}
    if {"same_cart", "next_order"} & set(cards):
        values |= {"support": support, "most": MOST}
    if "repeat_timing" in cards:
        values["longest"] = LONGEST_DAYS
    return select(text, months=None, **placed, held=select(_HELD), **values)
