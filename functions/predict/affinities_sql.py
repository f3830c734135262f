"""What buyers of a product buy later, and when they come back, as SQL over `products` (see `cdp.orders.products`).

Customers stand for themselves once: what counts is that somebody bought B at least 48 hours after A, not how often.
Everything is linear in lines but for the pairs of one customer's products, of which the newest `MOST` count; where
all pairs together are too many, a share of the customers stands for all (`Size.every`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from cdp.query.sql import Query, select

MOST = 200  # products of a customer
RETURNS_H = 48  # returns and exchanges peak then: what is bought within is not learned from
SUPPORT = 5  # customers who bought both
FOLLOWERS, ALL_FOLLOWERS, FEWEST = 200, 3_000_000, 20  # products kept for each; for all together; but so many for each
BESTSELLERS = 500
NAMES = 500_000
CUSTOMERS = 20  # for a number of days to count
_SAMPLED = "CAST(profile_no AS BIGINT) * 7919 % nullif(:every, 0) = 0"

_BOUGHT = f"""
WITH bought AS (
  SELECT profile_no, item, min(occurred_at) AS first_at, max(occurred_at) AS last_at
  FROM products WHERE {_SAMPLED} GROUP BY 1, 2
)"""
_SIZE = """
SELECT sum(many * many) AS pairs, (SELECT count(DISTINCT item) FROM products) AS items FROM (
  SELECT profile_no, least(count(DISTINCT item), :most) AS many FROM products GROUP BY 1
) AS people
"""
_CUSTOMERS, _PEOPLE = "CAST(p.customers AS DOUBLE)", "CAST(n.people AS DOUBLE)"
# By customers / people ^ 0.6 (`affinities.weight`), to the fifth power.
_STRONGER = f"{' * '.join([_CUSTOMERS] * 5)} / nullif({' * '.join([_PEOPLE] * 3)}, 0) DESC"
_LATER = (
    _BOUGHT
    + f""", numbered AS (
  SELECT item, count(*) AS people, row_number() OVER (ORDER BY count(*) DESC, item) AS no
  FROM bought GROUP BY 1 HAVING count(*) >= :support
), kept AS (
  SELECT profile_no, no, date_add('hour', :returns, first_at) AS settled_at, last_at FROM (
    SELECT b.profile_no, n.no, b.first_at, b.last_at,
      row_number() OVER (PARTITION BY b.profile_no ORDER BY b.last_at DESC, n.no) AS place
    FROM bought AS b JOIN numbered AS n ON n.item = b.item
  ) AS newest WHERE place <= :most
), pairs AS (
  SELECT a.no AS a, b.no AS b, count(*) AS customers
  FROM kept AS a JOIN kept AS b ON b.profile_no = a.profile_no
  WHERE b.last_at >= a.settled_at
  GROUP BY 1, 2 HAVING count(*) >= :support
), ranked AS (
  SELECT p.a, p.b, p.customers, n.item, n.people,
    row_number() OVER (
      PARTITION BY p.a
      ORDER BY CASE WHEN p.a = p.b THEN 0 ELSE 1 END,
        {_STRONGER}, p.b
    ) AS place
  FROM pairs AS p JOIN numbered AS n ON n.no = p.b
)
SELECT n.item, n.people, r.item AS later, r.people AS later_people, r.customers
FROM ranked AS r JOIN numbered AS n ON n.no = r.a
WHERE r.place <= :followers
ORDER BY n.no, r.place
"""
)
_FOLLOWED = """
WITH moments AS (
  SELECT DISTINCT profile_no, occurred_at FROM orders WHERE occurred_at >= :since
), followed AS (
  SELECT profile_no, occurred_at, lead(occurred_at) OVER (PARTITION BY profile_no ORDER BY occurred_at) AS next_at
  FROM moments
), firsts AS ({firsts}
), returned AS (
  SELECT f.item, date_diff('hour', f.occurred_at, n.next_at) / 24 AS days
  FROM firsts AS f JOIN followed AS n ON n.profile_no = f.profile_no AND n.occurred_at = f.occurred_at
  WHERE n.next_at IS NOT NULL
)
SELECT item, count(*) AS customers, element_at(array_sort(array_agg(days)), (count(days) + 1) / 2) AS days_low,
  element_at(array_sort(array_agg(days)), count(days) * 1 / 2 + 1) AS days_high
FROM returned GROUP BY 1 HAVING count(*) >= :customers
ORDER BY 1
"""
_FIRST_OF_EACH = "SELECT item, profile_no, min(occurred_at) AS occurred_at FROM {table} GROUP BY 1, 2"
_FIRST_OF_ALL = "SELECT '' AS item, profile_no, min(occurred_at) AS occurred_at FROM moments GROUP BY 2"
_SOLD = """
SELECT item, min(product_name) AS title, sum(CASE WHEN occurred_at >= :recent THEN thousandths ELSE 0 END) AS thousandths
FROM products GROUP BY 1 ORDER BY 3 DESC, 1 LIMIT :rows
"""
_NAMED = """
SELECT DISTINCT p.item, m.category FROM products AS p JOIN members AS m ON m.own = p.categories
ORDER BY 1, 2 LIMIT :rows
"""
Parts = Mapping[str, Query]


def size(products: Parts) -> Query:
    """Columns `pairs`: how many pairs of products all customers together have, null without any; `items`."""
    return select(_SIZE, months=None, **products, most=MOST)


def later(products: Parts, every: int, followers: int) -> Query:
    """Columns item, people, later, later_people, customers: of the `people` who bought the item, `customers` bought
    `later` 48 hours after it or later. Of each item the followers of most weight; itself first, if people come back for
    it. Only every so many customers are looked at."""
    return select(
        _LATER, months=None, **products, every=every, support=SUPPORT, returns=RETURNS_H, most=MOST, followers=followers
    )


def days(placed: Parts, since: datetime, table: str) -> Query:
    """Columns item, customers, days_low, days_high: the middle of the days from a customer's first order with it to the
    next order, among the customers who have one. `table`: products, or placed (categories), or orders (everything)."""
    firsts = _FIRST_OF_ALL if table == "orders" else _FIRST_OF_EACH.format(table=table)
    return select(_FOLLOWED.format(firsts=firsts), months=None, **placed, since=since, customers=CUSTOMERS)


def sold(products: Parts, recent: datetime) -> Query:
    """Columns item, title (as orders name it), thousandths of a piece sold since `recent`; the most sold first."""
    return select(_SOLD, months=None, **products, recent=recent, rows=NAMES)


def named_categories(placed: Parts) -> Query:
    """Columns item, category: what lines say of the products that they name."""
    return select(_NAMED, months=None, **placed, rows=NAMES)
