"""Normalised orders (SPEC §5): sales net of cancellations and refunds, as a query that other queries use.

* An order is an event of the order metric with a positive value, its key the first of order id, unique id
  and event number. Profile and key together find it again.
* A cancellation takes away the orders with its key; without such an order, the newest earlier order of the
  profile with an equal value that no other cancellation took.
* A refund is subtracted from the newest order with its key; without such an order, from the profile's value.

Amounts are ten-thousandths of the account's currency (see `cdp.query.money`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cdp.lake.tables import month_of
from cdp.query.counted import Books
from cdp.query.sql import Query, select


@dataclass(frozen=True, slots=True)
class Sources:
    """Numbers of the metrics that make up orders."""

    orders: tuple[int, ...]
    cancellations: tuple[int, ...] = ()
    refunds: tuple[int, ...] = ()

    @property
    def adjusted(self) -> bool:
        return bool(self.cancellations or self.refunds)


PLACED, CANCELLED, REFUNDED = "Placed Order", "Cancelled Order", "Refunded Order"


_SALES = """
SELECT metric_id, profile_no, event_id, occurred_at,
  coalesce(order_id, unique_id, CAST(event_id AS VARCHAR)) AS order_key,
  CASE WHEN value BETWEEN -1e12 AND 1e12 THEN CAST(round(value * 10000) AS BIGINT) END AS units,
  CASE WHEN currency <> :currency THEN 1 ELSE 0 END AS unconverted
FROM events
WHERE metric_id IN (:metrics) AND occurred_at < :cut
"""

_CONVERTED_SALES = """
SELECT e.metric_id, e.profile_no, e.event_id, e.occurred_at, e.order_key,
  CASE WHEN e.value * coalesce(r.rate, CAST(1 AS DOUBLE)) BETWEEN -1e12 AND 1e12
    THEN CAST(round(e.value * coalesce(r.rate, CAST(1 AS DOUBLE)) * 10000) AS BIGINT) END AS units,
  CASE WHEN e.currency <> :currency AND r.rate IS NULL THEN 1 ELSE 0 END AS unconverted
FROM (
  SELECT metric_id, profile_no, event_id, occurred_at, value, currency,
    coalesce(order_id, unique_id, CAST(event_id AS VARCHAR)) AS order_key
  FROM raw
) AS e
LEFT JOIN rates AS r ON r.currency = e.currency
"""

_RAW = """
SELECT metric_id, profile_no, event_id, occurred_at, value, currency, order_id, unique_id
FROM events
WHERE metric_id IN (:metrics) AND occurred_at < :cut
"""

_RATE = "SELECT :currency{n} AS currency, :rate{n} AS rate"


def sales(metrics: tuple[int, ...], cut: datetime, books: Books) -> Query:
    """Events of these metrics before `cut`: metric_id, profile_no, event_id, occurred_at, order_key, units
    (null: no amount), unconverted (1: a currency without a rate, taken at face value)."""
    months = (0, month_of(cut))
    rates = foreign_rates(books)
    if not rates:
        return select(_SALES, months=months, metrics=metrics, cut=cut, currency=books.currency)
    raw = select(_RAW, months=months, metrics=metrics, cut=cut)
    return select(_CONVERTED_SALES, currency=books.currency, raw=raw, rates=_rates(rates))


def foreign_rates(books: Books) -> dict[str, float]:
    return {code: rate for code, rate in books.rates.items() if code != books.currency}


def _rates(rates: dict[str, float]) -> Query:
    values: dict[str, str | float] = {}
    for n, (code, rate) in enumerate(sorted(rates.items())):
        values[f"currency{n}"], values[f"rate{n}"] = code, float(rate)
    text = " UNION ALL ".join(_RATE.replace("{n}", str(n)) for n in range(len(rates)))
    return select(text, months=None, **values)


_PLAIN = """
SELECT profile_no, event_id, occurred_at, units, unconverted FROM ledger WHERE units > 0 AND occurred_at < :cut
"""

# The same where the ledger holds orders only: a condition on the stored value, so that files can skip rows.
_POSITIVE = "value >= 0.00005 AND value <= 1e12"
_ALL = "SELECT profile_no, event_id, occurred_at, units, unconverted FROM ledger WHERE occurred_at < :cut"

_NET = """
WITH placed AS (
  SELECT * FROM ledger WHERE metric_id IN (:orders) AND units > 0 AND occurred_at < :cut
), others AS (
  SELECT * FROM ledger WHERE metric_id IN (:corrections) AND occurred_at < :cut
), cancellations AS (
  SELECT profile_no, event_id, occurred_at, order_key, abs(units) AS units FROM others WHERE metric_id IN (:cancellations)
), refunds AS (
  SELECT profile_no, order_key, sum(abs(units)) AS units FROM others WHERE metric_id IN (:refunds) GROUP BY 1, 2
), adjusted AS (
  SELECT DISTINCT profile_no FROM others
), untouched AS (
  SELECT p.profile_no, p.event_id, p.occurred_at, p.units, p.unconverted
  FROM placed AS p LEFT JOIN adjusted AS a ON a.profile_no = p.profile_no
  WHERE a.profile_no IS NULL
), touched AS (
  SELECT p.profile_no, p.event_id, p.occurred_at, p.units, p.unconverted, p.order_key,
    row_number() OVER (PARTITION BY p.profile_no, p.order_key ORDER BY p.occurred_at DESC, p.event_id DESC) AS newest
  FROM placed AS p JOIN adjusted AS a ON a.profile_no = p.profile_no
), keys AS (
  SELECT DISTINCT profile_no, order_key FROM touched
), cancelled_keys AS (
  SELECT DISTINCT profile_no, order_key FROM cancellations
), steps AS (
  SELECT t.profile_no, t.event_id, t.occurred_at, t.units, t.unconverted, t.order_key, t.newest, 1 AS step
  FROM touched AS t
  LEFT JOIN cancelled_keys AS c ON c.profile_no = t.profile_no AND c.order_key = t.order_key
  WHERE c.profile_no IS NULL
  UNION ALL
  SELECT c.profile_no, c.event_id, c.occurred_at, c.units, 0, c.order_key, 0, -1
  FROM cancellations AS c
  LEFT JOIN keys AS k ON k.profile_no = c.profile_no AND k.order_key = c.order_key
  WHERE k.profile_no IS NULL
), summed AS (
  SELECT *, sum(step) OVER (PARTITION BY profile_no, units ORDER BY occurred_at, step DESC, event_id
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS balance
  FROM steps
), ahead AS (
  SELECT *, min(balance) OVER (PARTITION BY profile_no, units ORDER BY occurred_at, step DESC, event_id
    ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS lowest
  FROM summed
), netted AS (
  SELECT a.profile_no, a.event_id, a.occurred_at, a.unconverted,
    a.units - CASE WHEN a.newest = 1 THEN coalesce(r.units, 0) ELSE 0 END AS units
  FROM ahead AS a
  LEFT JOIN refunds AS r ON r.profile_no = a.profile_no AND r.order_key = a.order_key
  WHERE a.step = 1 AND (a.lowest IS NULL OR a.lowest >= a.balance)
)
SELECT profile_no, event_id, occurred_at, units, unconverted FROM untouched
UNION ALL
SELECT profile_no, event_id, occurred_at, units, unconverted FROM netted WHERE units > 0
"""

_LOOSE_REFUNDS = """
WITH keys AS (
  SELECT DISTINCT profile_no, order_key FROM ledger
  WHERE metric_id IN (:orders) AND units > 0 AND occurred_at < :cut
    AND profile_no IN (SELECT profile_no FROM ledger WHERE metric_id IN (:refunds) AND occurred_at < :cut)
)
SELECT r.profile_no, sum(abs(r.units)) AS units
FROM ledger AS r
LEFT JOIN keys AS k ON k.profile_no = r.profile_no AND k.order_key = r.order_key
WHERE r.metric_id IN (:refunds) AND r.occurred_at < :cut AND k.profile_no IS NULL
GROUP BY 1
"""

_NONE = (-1,)  # a list may not be empty; no metric has this number


def ledger(found: Sources, end: datetime, books: Books) -> Query:
    """Everything that makes up orders before `end`, as `sales` gives it. The queries below use it as a table
    named `ledger`, which the query around them brings as its first part."""
    whole = sales(found.orders + found.cancellations + found.refunds, end, books)
    return whole.where(_POSITIVE) if _orders_only(found, books) else whole


def _orders_only(found: Sources, books: Books) -> bool:
    return not found.adjusted and not foreign_rates(books)


def orders(found: Sources, cut: datetime, books: Books) -> Query:
    """Orders as known just before `cut`: profile_no, event_id, occurred_at, units (> 0, net), unconverted."""
    if not found.adjusted:
        return select(_ALL if _orders_only(found, books) else _PLAIN, cut=cut)
    return select(
        _NET,
        cut=cut,
        orders=found.orders,
        corrections=found.cancellations + found.refunds,
        cancellations=found.cancellations or _NONE,
        refunds=found.refunds or _NONE,
    )


def loose_refunds(found: Sources, cut: datetime) -> Query:
    """Refunds that match no order: profile_no, units to take off the profile's value."""
    return select(_LOOSE_REFUNDS, cut=cut, orders=found.orders, refunds=found.refunds or _NONE)
