"""Statistics of an account's customers, as queries over its order book (SPEC §6.4-§6.5).

A purchase is a day (UTC) with an order: several orders of one day are one visit to the shop, which is what the models
of SPEC §6.4 count, and the published figures of ARCHITECTURE §7 too. So x = days with an order - 1, t_x = days from the
first to the last, T = days from the first to `as_of`.

Where there are very many customers a sample of them is enough to fit to: those whose number, scattered by
multiplication, is below a threshold. It is the same one at every run.

An order counts with at most a thousand million of the account's currency: absurd ones must not overflow a sum.
"""

from __future__ import annotations

from datetime import UTC, datetime

from cdp.orders.book import OrderBook
from cdp.query.sql import Query, select

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EVERYBODY = 1 << 32  # threshold of a sample that is no sample
MOST_GAPS = 5  # the gap after the fifth order stands for those after later ones

_DAYS = """
SELECT profile_no, date_diff('day', :epoch, occurred_at) AS day, count(*) AS orders,
  sum(least(units, 10000000000000)) AS units, min(occurred_at) AS first_at, max(occurred_at) AS last_at
FROM orders
WHERE (profile_no * 2654435761) % 4294967296 < :below
GROUP BY 1, 2
"""
_CUSTOMERS = """
SELECT profile_no, sum(orders) AS orders, count(*) AS days, sum(units) AS units, min(day) AS first_day,
  max(day) AS last_day, min(first_at) AS first_at, max(last_at) AS last_at
FROM days
GROUP BY 1
"""
_OVERVIEW = """
SELECT count(*) AS customers, count(CASE WHEN days > 1 THEN 1 END) AS repeaters,
  count(CASE WHEN orders > 2 THEN 1 END) AS loyal, sum(orders) AS orders, sum(days) AS days, sum(units) AS units,
  min(first_at) AS first_at, max(last_at) AS last_at
FROM customers
"""
_PURCHASES = """
SELECT frequency, recency, age, count(*) AS customers FROM (
  SELECT days - 1 AS frequency, last_day - first_day AS recency, :today - first_day AS age FROM customers
) AS histories
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
"""
_SPEND = "SELECT days AS orders, units, count(*) AS customers FROM customers GROUP BY 1, 2 ORDER BY 1, 2"
_REPEAT_SPEND = """
SELECT orders, units, count(*) AS customers FROM (
  SELECT d.profile_no, count(*) AS orders, sum(d.units) AS units
  FROM days AS d JOIN customers AS c ON c.profile_no = d.profile_no
  WHERE d.day > c.first_day
  GROUP BY 1
) AS repeats
GROUP BY 1, 2
ORDER BY 1, 2
"""
_AFTER = """
SELECT profile_no, count(*) AS orders, count(DISTINCT date_diff('day', :epoch, occurred_at)) AS days,
  sum(least(units, 10000000000000)) AS units
FROM orders
WHERE occurred_at >= :since AND (profile_no * 2654435761) % 4294967296 < :below
GROUP BY 1
ORDER BY 1
"""
_BY_STRETCH = """
SELECT (greatest(day - :today, 1) - 1) / nullif(:step, 0) AS stretch, count(*) AS purchases
FROM (
  SELECT DISTINCT o.profile_no, date_diff('day', :epoch, o.occurred_at) AS day
  FROM orders AS o
  JOIN (SELECT profile_no FROM orders WHERE occurred_at < :since GROUP BY 1) AS known ON known.profile_no = o.profile_no
  WHERE o.occurred_at >= :since AND (o.profile_no * 2654435761) % 4294967296 < :below
) AS bought
GROUP BY 1
ORDER BY 1
"""
_STANDING = """
SELECT c.profile_no, c.orders, c.days, c.units, greatest(c.units - coalesce(r.units, 0), 0) AS net_units,
  c.first_day, c.last_day, c.first_at, c.last_at
FROM customers AS c LEFT JOIN refunds AS r ON r.profile_no = c.profile_no
ORDER BY c.profile_no
"""
_GAPS = """
WITH steps AS (
  SELECT occurred_at, row_number() OVER (PARTITION BY profile_no ORDER BY occurred_at, event_id) AS place,
    lead(occurred_at) OVER (PARTITION BY profile_no ORDER BY occurred_at, event_id) AS following
  FROM orders
  WHERE (profile_no * 2654435761) % 4294967296 < :below
), gaps AS (
  SELECT least(place, :most) AS place, date_diff('second', occurred_at, following) AS gap
  FROM steps WHERE following IS NOT NULL
), ranked AS (
  SELECT place, gap, row_number() OVER (PARTITION BY place ORDER BY gap) AS standing,
    count(*) OVER (PARTITION BY place) AS many
  FROM (SELECT place, gap FROM gaps UNION ALL SELECT 0 AS place, gap FROM gaps) AS both_kinds
)
SELECT place, min(gap) AS lower, max(gap) AS upper
FROM ranked
WHERE standing = (many + 1) / 2 OR standing = many / 2 + 1
GROUP BY 1
ORDER BY 1
"""


def overview(book: OrderBook, cut: datetime) -> Query:
    """One row: customers, repeaters (two purchases), loyal (three orders), orders, days (purchases), units, first_at,
    last_at; of all that is known just before `cut`."""
    return select(_OVERVIEW, months=None, **_tables(book, cut, EVERYBODY))


def purchases(book: OrderBook, cut: datetime, below: int = EVERYBODY) -> Query:
    """frequency, recency, age (days), customers: every history once. `cut` is just after `as_of`."""
    return select(_PURCHASES, months=None, today=day_of(cut), **_tables(book, cut, below))


def spend(book: OrderBook, cut: datetime, below: int = EVERYBODY) -> Query:
    """orders (purchases), units, customers: of all purchases of each customer."""
    return select(_SPEND, months=None, **_tables(book, cut, below))


def repeat_spend(book: OrderBook, cut: datetime, below: int = EVERYBODY) -> Query:
    """As `spend`, of the purchases after the first one: what published tables are fitted to."""
    return select(_REPEAT_SPEND, months=None, **_tables(book, cut, below))


def standing(book: OrderBook, cut: datetime, numbers: range | list[int] | None = None, below: int = EVERYBODY) -> Query:
    """A row for each customer by number: orders, days (purchases), units, net_units (less refunds that match no order),
    first_day and last_day (since 1970), first_at, last_at."""
    return select(_STANDING, months=None, **_tables(book, cut, below, numbers, refunds=True))


def after(book: OrderBook, since: datetime, cut: datetime, below: int = EVERYBODY) -> Query:
    """profile_no, orders, days (purchases), units of the orders in [since, cut) as known just before `cut`."""
    parts = {name: part for name, part in book.parts(cut).items() if name != "refunds"}
    return select(_AFTER, months=None, since=since, epoch=EPOCH, below=below, **parts)


def by_stretch(book: OrderBook, since: datetime, cut: datetime, step_days: int, below: int = EVERYBODY) -> Query:
    """stretch (of `step_days`, from 0), purchases in [since, cut) of those who were customers before."""
    parts = {name: part for name, part in book.parts(cut).items() if name != "refunds"}
    return select(
        _BY_STRETCH, months=None, since=since, epoch=EPOCH, today=day_of(since), step=step_days, below=below, **parts
    )


def gaps(book: OrderBook, cut: datetime, below: int = EVERYBODY) -> Query:
    """place, lower, upper: the two middle gaps (seconds) between the order of this place and the next one; place 0:
    of all gaps, place 5: also of later ones."""
    parts = {name: part for name, part in book.parts(cut).items() if name != "refunds"}
    return select(_GAPS, months=None, below=below, most=MOST_GAPS, **parts)


def day_of(at: datetime) -> int:
    """Days since 1970, UTC."""
    return (at - EPOCH).days


def _tables(
    book: OrderBook, cut: datetime, below: int, numbers: range | list[int] | None = None, *, refunds: bool = False
) -> dict[str, Query]:
    parts = {name: part for name, part in book.parts(cut, numbers).items() if refunds or name != "refunds"}
    return {**parts, "days": select(_DAYS, epoch=EPOCH, below=below), "customers": select(_CUSTOMERS)}
