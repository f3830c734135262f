"""The SQL of the RFM report.

`standing` has a row for every customer and cut ("start", "end"): last order, number of orders, value. Where
no order was ever cancelled or refunded, one scan gives both cuts.
"""

from __future__ import annotations

ONE_SCAN = """
WITH customers AS (
  SELECT profile_no,
    max(CASE WHEN occurred_at < :start THEN occurred_at END) AS start_last,
    count_if(occurred_at < :start) AS start_orders,
    sum(CASE WHEN occurred_at < :start THEN units ELSE 0 END) AS start_units,
    max(occurred_at) AS end_last, count(*) AS end_orders, sum(units) AS end_units, sum(unconverted) AS unconverted
  FROM orders
  GROUP BY profile_no
)
SELECT 'start' AS cut, profile_no, start_last AS last_at, start_orders AS orders, start_units AS units, 0 AS unconverted
FROM customers WHERE start_orders > 0
UNION ALL
SELECT 'end', profile_no, end_last, end_orders, end_units, unconverted
FROM customers
"""

TWO_SCANS = """
WITH start_sums AS (
  SELECT profile_no, max(occurred_at) AS last_at, count(*) AS orders, sum(units) AS units
  FROM start_orders GROUP BY 1
), end_sums AS (
  SELECT profile_no, max(occurred_at) AS last_at, count(*) AS orders, sum(units) AS units, sum(unconverted) AS unconverted
  FROM end_orders GROUP BY 1
)
SELECT 'start' AS cut, s.profile_no, s.last_at, s.orders, greatest(s.units - coalesce(r.units, 0), 0) AS units, 0 AS unconverted
FROM start_sums AS s LEFT JOIN start_refunds AS r ON r.profile_no = s.profile_no
UNION ALL
SELECT 'end', e.profile_no, e.last_at, e.orders, greatest(e.units - coalesce(r.units, 0), 0), e.unconverted
FROM end_sums AS e LEFT JOIN end_refunds AS r ON r.profile_no = e.profile_no
"""

MOVES = """
WITH ranked AS (
  SELECT cut, orders, units,
    row_number() OVER (PARTITION BY cut ORDER BY orders) AS by_orders,
    row_number() OVER (PARTITION BY cut ORDER BY units) AS by_units,
    count(*) OVER (PARTITION BY cut) AS n
  FROM standing
), marks AS (
  SELECT cut, max(n) AS n,
    max(CASE WHEN by_orders = least(n, n * :f2_part / nullif(:f_of, 0) + 1) THEN orders END) AS f2,
    max(CASE WHEN by_orders = least(n, n * :f3_part / nullif(:f_of, 0) + 1) THEN orders END) AS f3,
    max(CASE WHEN by_units = least(n, n * :m2_part / nullif(:m_of, 0) + 1) THEN units END) AS m2,
    max(CASE WHEN by_units = least(n, n * :m3_part / nullif(:m_of, 0) + 1) THEN units END) AS m3
  FROM ranked
  GROUP BY cut
), thresholds AS (
  SELECT cut, n,
    CASE WHEN :f_fixed THEN :f2 ELSE greatest(f2, :f2) END AS f2,
    CASE WHEN :f_fixed THEN :f3 ELSE greatest(f3, :f3) END AS f3,
    CASE WHEN :m_fixed THEN :m2 ELSE m2 END AS m2,
    CASE WHEN :m_fixed THEN :m3 ELSE m3 END AS m3
  FROM marks
), aged AS (
  SELECT cut, profile_no, last_at, orders, units, unconverted,
    date_diff('day', last_at, CASE WHEN cut = 'start' THEN :start ELSE :end END) AS days
  FROM standing
), scored AS (
  SELECT a.cut, a.profile_no, a.last_at, a.days, a.orders, a.units, a.unconverted,
    CASE WHEN a.days <= :r3 THEN 300 WHEN a.days <= :r2 THEN 200 ELSE 100 END
    + CASE WHEN a.orders >= t.f3 THEN 30 WHEN a.orders >= t.f2 THEN 20 ELSE 10 END
    + CASE WHEN a.units >= t.m3 THEN 3 WHEN a.units >= t.m2 THEN 2 ELSE 1 END AS code
  FROM aged AS a JOIN thresholds AS t ON t.cut = a.cut
), grouped AS (
  SELECT cut, profile_no, last_at, days, orders, units, unconverted,
    CASE
      WHEN code IN (333, 332, 323) THEN 'champions'
      WHEN code IN (321, 322, 331, 232, 233) THEN 'loyal'
      WHEN code IN (312, 313, 311, 222, 223) THEN 'recent'
      WHEN code IN (213, 221, 123, 132, 133) THEN 'needs_attention'
      WHEN code IN (231, 212, 122, 131, 211) THEN 'at_risk'
      ELSE 'inactive'
    END AS name
  FROM scored
), starts AS (
  SELECT * FROM grouped WHERE cut = 'start'
), ends AS (
  SELECT * FROM grouped WHERE cut = 'end'
), lost AS (
  SELECT s.name, count(*) AS customers
  FROM starts AS s LEFT JOIN ends AS e ON e.profile_no = s.profile_no
  WHERE e.profile_no IS NULL GROUP BY 1
), pairs AS (
  SELECT e.profile_no, s.name AS origin, e.name AS arrival, e.last_at, e.unconverted,
    s.days AS start_days, s.orders AS start_orders, s.units AS start_units,
    e.days AS end_days, e.orders AS end_orders, e.units AS end_units
  FROM ends AS e LEFT JOIN starts AS s ON s.profile_no = e.profile_no
), members AS (
  SELECT 'start' AS cut, origin AS name, start_days AS days, start_orders AS orders, start_units AS units
  FROM pairs WHERE origin IS NOT NULL
  UNION ALL
  SELECT 'end', arrival, end_days, end_orders, end_units FROM pairs
), placed AS (
  SELECT cut, name, days, orders, units,
    row_number() OVER (PARTITION BY cut, name ORDER BY days) AS by_days,
    row_number() OVER (PARTITION BY cut, name ORDER BY orders) AS by_orders,
    row_number() OVER (PARTITION BY cut, name ORDER BY units) AS by_units,
    count(*) OVER (PARTITION BY cut, name) AS n
  FROM members
)
SELECT 'move' AS section, CAST(NULL AS VARCHAR) AS cut, origin, arrival, count(*) AS customers,
  CAST(NULL AS BIGINT) AS days_low, CAST(NULL AS BIGINT) AS days_high,
  CAST(NULL AS BIGINT) AS orders_low, CAST(NULL AS BIGINT) AS orders_high,
  CAST(NULL AS BIGINT) AS units_low, CAST(NULL AS BIGINT) AS units_high,
  max(last_at) AS newest, sum(unconverted) AS unconverted
FROM pairs GROUP BY origin, arrival
UNION ALL
SELECT 'move', NULL, name, NULL, customers, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM lost
UNION ALL
SELECT 'median', cut, name, NULL, max(n),
  max(CASE WHEN by_days = (n + 1) / 2 THEN days END), max(CASE WHEN by_days = n / 2 + 1 THEN days END),
  max(CASE WHEN by_orders = (n + 1) / 2 THEN orders END), max(CASE WHEN by_orders = n / 2 + 1 THEN orders END),
  max(CASE WHEN by_units = (n + 1) / 2 THEN units END), max(CASE WHEN by_units = n / 2 + 1 THEN units END),
  NULL, NULL
FROM placed GROUP BY cut, name
UNION ALL
SELECT 'threshold', cut, NULL, NULL, n, NULL, NULL, f2, f3, m2, m3, NULL, NULL
FROM thresholds
ORDER BY section, cut, origin, arrival
"""
