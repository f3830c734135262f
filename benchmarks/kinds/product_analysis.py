"""Two years of a product that sells well, and of a category: when people come back, what else they take, what they
take next; and the list of all products. Orders that nobody cancelled or returned; net of both, timed only."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from benchmarks.cases import SCOPE, Case, Chdb, instant, rows_of
from cdp.lake.tables import ORDER_ITEMS
from cdp.orders.book import Account, OrderBook
from cdp.orders.products import Shelf, Shelved
from cdp.ports import Engine
from cdp.query.counted import Counted, Group
from cdp.resources.catalog import compound
from functions.reports.kinds import product_analysis, product_list
from functions.reports.kinds.product_analysis_scope import window
from functions.reports.report import Scope

Kind = Literal["item", "category"]
_FACTS = Account(SCOPE.timezone, SCOPE.currency, {}, SCOPE.as_of)
_COUNTED = [
    Counted(m.id, m.name, (Group(m),))
    for name in ("Placed Order", "Cancelled Order", "Refunded Order") for m in SCOPE.metrics if m.name == name
]  # fmt: skip
PLAIN = msgspec.structs.replace(SCOPE, book=OrderBook(_FACTS, _COUNTED[0]))
NET = msgspec.structs.replace(SCOPE, book=OrderBook(_FACTS, *_COUNTED))
# A hundred thousand items with two variants and a category each: those that were bought are among them.
CATALOG = Shelf(
    {str(n): Shelved(f"Product {n}", (str(n % 40),)) for n in range(1, 100_001)},
    {f"{n}-{size}": str(n) for n in range(1, 100_001) for size in "sl"},
    {str(n): f"Category {n}" for n in range(40)},
)
ASKED = {"item": product_analysis.Params(item_id=compound("1")), "category": product_analysis.Params(category_id=compound("Category 1"))}

# Orders and their lines once, in memory, as they are wanted; every later step reads them from there.
ORDERS = """
CREATE OR REPLACE TABLE orders ENGINE = Memory AS
SELECT profile_no, event_id, occurred_at FROM {events}
WHERE metric_id = 1 AND value >= 0.00005 AND value <= 1e12 AND occurred_at >= {start} AND occurred_at < {end}
"""
PLACED = """
CREATE OR REPLACE TABLE placed ENGINE = Memory AS
SELECT DISTINCT o.profile_no AS profile_no, o.event_id AS event_id, o.occurred_at AS occurred_at, i.item AS item
FROM orders AS o INNER JOIN (SELECT event_id, {item} AS item FROM {lines} WHERE metric_id = 1) AS i USING event_id
"""
ANCHORS = """
CREATE OR REPLACE TABLE anchors ENGINE = Memory AS
SELECT profile_no, event_id, next_id, next_at > occurred_at AS more,
  intDiv(toUnixTimestamp64Micro(next_at) - toUnixTimestamp64Micro(occurred_at), 86400000000) AS days,
  row_number() OVER (PARTITION BY profile_no ORDER BY occurred_at, event_id) AS place
FROM (SELECT profile_no, event_id, occurred_at FROM placed WHERE item = {asked}) AS b
INNER JOIN (
  SELECT profile_no, occurred_at,
    leadInFrame(occurred_at) OVER (PARTITION BY profile_no ORDER BY occurred_at ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next_at,
    leadInFrame(first_id) OVER (PARTITION BY profile_no ORDER BY occurred_at ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next_id
  FROM (
    SELECT profile_no, occurred_at, min(event_id) AS first_id FROM orders
    WHERE profile_no IN (SELECT profile_no FROM placed WHERE item = {asked}) GROUP BY profile_no, occurred_at
  )
) AS f USING (profile_no, occurred_at)
"""
CURVE = "SELECT days, count() FROM anchors WHERE place = 1 AND more AND days <= 90 GROUP BY days ORDER BY days"
TOGETHER = """
SELECT item, count() AS orders FROM placed
WHERE event_id IN (SELECT event_id FROM placed WHERE item = {asked}) AND item <> {asked}
GROUP BY item HAVING orders >= 5 ORDER BY orders DESC, item LIMIT 1000
"""
NEXT = """
SELECT item, uniqExact(a.profile_no) AS customers, count() AS orders, quantileExactLow(days), quantileExactHigh(days)
FROM (SELECT * FROM anchors WHERE more) AS a INNER JOIN placed AS p ON p.event_id = a.next_id
WHERE item <> {asked} GROUP BY item HAVING customers >= 5 ORDER BY customers DESC, orders DESC, item LIMIT 1000
"""
BOUGHT = """
SELECT item, sum(units), sum(thousandths), count(), uniqExact(profile_no)
FROM (
  SELECT i.product_id AS item, o.event_id, o.profile_no AS profile_no, sum(toInt64(round(quantity * item_price * 10000))) AS units,
    sum(toInt64(round(quantity * 1000))) AS thousandths
  FROM orders AS o INNER JOIN (SELECT event_id, product_id, quantity, item_price FROM {lines} WHERE metric_id = 1) AS i USING event_id
  GROUP BY item, o.event_id, profile_no
) GROUP BY item ORDER BY item
"""
CATEGORY = "JSONExtractString(categories, 1)"


def ours(engine: Engine, kind: Kind, scope: Scope = PLAIN) -> list[Any]:
    rows = rows_of(engine, product_analysis.REPORT, ASKED[kind], scope)
    of = {section: [r for r in rows if r.section == section] for section in ("day", "same_cart", "next_order")}
    return [
        [[r.place, r.customers] for r in of["day"]],
        [[r.item, r.orders] for r in of["same_cart"]],
        [[r.item, r.customers, r.orders, r.days_low, r.days_high] for r in of["next_order"]],
    ]


def theirs(chdb: Chdb, kind: Kind) -> list[Any]:
    values = {**_window(chdb), "item": CATEGORY if kind == "category" else "product_id"}
    values["asked"] = "'Category 1'" if kind == "category" else "'1'"
    for text in (ORDERS, PLACED, ANCHORS):
        chdb.do(text, **values)
    return [chdb.rows(text, **values) for text in (CURVE, TOGETHER, NEXT)]


def our_list(engine: Engine) -> list[Any]:
    rows = rows_of(engine, product_list.REPORT, product_list.Params(), PLAIN)
    return [[r.item, r.units, r.thousandths, r.orders, r.customers] for r in rows]


def their_list(chdb: Chdb) -> list[Any]:
    values = _window(chdb)
    chdb.do(ORDERS, **values)
    return chdb.rows(BOUGHT, **values)


def _window(chdb: Chdb) -> dict[str, str]:
    start, end = window(None, SCOPE)
    return {"start": instant(start), "end": instant(end), "lines": chdb.table(ORDER_ITEMS, start, end)}


CASES = (
    Case("product analysis", lambda engine: ours(engine, "item"), lambda chdb: theirs(chdb, "item")),
    Case("category analysis", lambda engine: ours(engine, "category"), lambda chdb: theirs(chdb, "category")),
    Case("product list", our_list, their_list),
    Case("product analysis net of both", lambda engine: ours(engine, "item", NET)),
    Case(
        "product analysis with 100,000 items",
        lambda engine: ours(engine, "item", msgspec.structs.replace(NET, shelf=CATALOG)),
    ),
)
