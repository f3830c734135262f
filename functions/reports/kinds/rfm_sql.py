"""The SQL of the RFM report.

`standing` has a row for every customer: last order, number of orders and value at the start and at the end
(0 orders: none then), and the first order known at the end. Where no order was ever cancelled or refunded, one scan
gives both.

Order statistics of small whole numbers (days, orders) come from counting how often each occurs; those of
money, nearly all different, from a sorted array (in DuckDB: by selection, see cdp/query/rules.py). Both cost far less than ranking every customer by a window.
"""

from __future__ import annotations

ONE_SCAN = """
SELECT
  max(CASE WHEN occurred_at < :start THEN occurred_at END) AS start_last,
  count(CASE WHEN occurred_at < :start THEN 1 END) AS start_orders,
  sum(CASE WHEN occurred_at < :start THEN units ELSE 0 END) AS start_units,
  max(occurred_at) AS end_last, count(*) AS end_orders, sum(units) AS end_units, min(occurred_at) AS end_first,
  count(CASE WHEN unconverted = 1 THEN 1 END) AS unconverted
FROM orders
GROUP BY profile_no
"""

TWO_SCANS = """
WITH starts AS (
  SELECT profile_no, max(occurred_at) AS last_at, count(*) AS orders, sum(units) AS units
  FROM start_orders GROUP BY 1
), ends AS (
  SELECT profile_no, max(occurred_at) AS last_at, count(*) AS orders, sum(units) AS units, min(occurred_at) AS first_at,
    sum(unconverted) AS unconverted
  FROM end_orders GROUP BY 1
)
SELECT
  s.last_at AS start_last, coalesce(s.orders, 0) AS start_orders,
  greatest(coalesce(s.units, 0) - coalesce(r.units, 0), 0) AS start_units,
  e.last_at AS end_last, coalesce(e.orders, 0) AS end_orders,
  greatest(coalesce(e.units, 0) - coalesce(f.units, 0), 0) AS end_units, e.first_at AS end_first, e.unconverted
FROM ends AS e
FULL OUTER JOIN starts AS s ON s.profile_no = e.profile_no
LEFT JOIN start_refunds AS r ON r.profile_no = s.profile_no
LEFT JOIN end_refunds AS f ON f.profile_no = e.profile_no
"""

START_THIRDS = """
SELECT element_at(array_sort(array_agg(start_units)), count(start_units) / 3 + 1) AS m2,
  element_at(array_sort(array_agg(start_units)), count(start_units) * 2 / 3 + 1) AS m3
FROM standing WHERE start_orders > 0
"""

END_THIRDS = """
SELECT element_at(array_sort(array_agg(end_units)), count(end_units) / 3 + 1) AS m2,
  element_at(array_sort(array_agg(end_units)), count(end_units) * 2 / 3 + 1) AS m3
FROM standing WHERE end_orders > 0
"""

START_PERCENTILES = """
SELECT element_at(array_sort(array_agg(start_units)), least(count(*), count(*) * :average / 100 + 1)) AS m2,
  element_at(array_sort(array_agg(start_units)), least(count(*), count(*) * :best / 100 + 1)) AS m3
FROM standing WHERE start_orders > 0
"""

END_PERCENTILES = """
SELECT element_at(array_sort(array_agg(end_units)), least(count(*), count(*) * :average / 100 + 1)) AS m2,
  element_at(array_sort(array_agg(end_units)), least(count(*), count(*) * :best / 100 + 1)) AS m3
FROM standing WHERE end_orders > 0
"""

MOVES = """
WITH start_counts AS (
  SELECT start_orders AS orders, count(*) AS customers FROM standing WHERE start_orders > 0 GROUP BY 1
), end_counts AS (
  SELECT end_orders AS orders, count(*) AS customers FROM standing WHERE end_orders > 0 GROUP BY 1
), start_rising AS (
  SELECT orders, sum(customers) OVER (ORDER BY orders) AS reached, sum(customers) OVER () AS n FROM start_counts
), end_rising AS (
  SELECT orders, sum(customers) OVER (ORDER BY orders) AS reached, sum(customers) OVER () AS n FROM end_counts
), start_marks AS (
  SELECT max(n) AS n,
    min(CASE WHEN reached >= least(n, n * :f2_part / nullif(:f_of, 0) + 1) THEN orders END) AS f2,
    min(CASE WHEN reached >= least(n, n * :f3_part / nullif(:f_of, 0) + 1) THEN orders END) AS f3
  FROM start_rising
), end_marks AS (
  SELECT max(n) AS n,
    min(CASE WHEN reached >= least(n, n * :f2_part / nullif(:f_of, 0) + 1) THEN orders END) AS f2,
    min(CASE WHEN reached >= least(n, n * :f3_part / nullif(:f_of, 0) + 1) THEN orders END) AS f3
  FROM end_rising
), start_limits AS (
  SELECT n,
    CASE WHEN :f_fixed THEN :f2 ELSE greatest(f2, :f2) END AS f2,
    CASE WHEN :f_fixed THEN :f3 ELSE greatest(f3, :f3) END AS f3,
    CASE WHEN :m_fixed THEN :m2 ELSE m2 END AS m2, CASE WHEN :m_fixed THEN :m3 ELSE m3 END AS m3
  FROM start_marks CROSS JOIN start_values
), end_limits AS (
  SELECT n,
    CASE WHEN :f_fixed THEN :f2 ELSE greatest(f2, :f2) END AS f2,
    CASE WHEN :f_fixed THEN :f3 ELSE greatest(f3, :f3) END AS f3,
    CASE WHEN :m_fixed THEN :m2 ELSE m2 END AS m2, CASE WHEN :m_fixed THEN :m3 ELSE m3 END AS m3
  FROM end_marks CROSS JOIN end_values
), aged AS (
  SELECT start_orders, start_units, end_orders, end_units, end_last, unconverted,
    date_diff('day', start_last, :start) AS start_days, date_diff('day', end_last, :end) AS end_days
  FROM standing
), scored AS (
  SELECT a.start_days, a.start_orders, a.start_units, a.end_days, a.end_orders, a.end_units, a.end_last, a.unconverted,
    CASE WHEN a.start_orders = 0 THEN 0 ELSE
      CASE WHEN a.start_days <= :r3 THEN 300 WHEN a.start_days <= :r2 THEN 200 ELSE 100 END
      + CASE WHEN a.start_orders >= s.f3 THEN 30 WHEN a.start_orders >= s.f2 THEN 20 ELSE 10 END
      + CASE WHEN a.start_units >= s.m3 THEN 3 WHEN a.start_units >= s.m2 THEN 2 ELSE 1 END
    END AS start_code,
    CASE WHEN a.end_orders = 0 THEN 0 ELSE
      CASE WHEN a.end_days <= :r3 THEN 300 WHEN a.end_days <= :r2 THEN 200 ELSE 100 END
      + CASE WHEN a.end_orders >= e.f3 THEN 30 WHEN a.end_orders >= e.f2 THEN 20 ELSE 10 END
      + CASE WHEN a.end_units >= e.m3 THEN 3 WHEN a.end_units >= e.m2 THEN 2 ELSE 1 END
    END AS end_code
  FROM aged AS a CROSS JOIN start_limits AS s CROSS JOIN end_limits AS e
), pairs AS (
  SELECT start_code, end_code, count(*) AS customers, max(end_last) AS newest, sum(unconverted) AS unconverted
  FROM scored GROUP BY 1, 2
), names AS (
  SELECT code,
    CASE
      WHEN code = 0 THEN NULL
      WHEN code IN (333, 332, 323) THEN 'champions'
      WHEN code IN (321, 322, 331, 232, 233) THEN 'loyal'
      WHEN code IN (312, 313, 311, 222, 223) THEN 'recent'
      WHEN code IN (213, 221, 123, 132, 133) THEN 'needs_attention'
      WHEN code IN (231, 212, 122, 131, 211) THEN 'at_risk'
      ELSE 'inactive'
    END AS name
  FROM (SELECT start_code AS code FROM pairs UNION SELECT end_code FROM pairs) AS codes
), moves AS (
  SELECT s.name AS origin, e.name AS arrival, sum(p.customers) AS customers, max(p.newest) AS newest,
    sum(p.unconverted) AS unconverted
  FROM pairs AS p JOIN names AS s ON s.code = p.start_code JOIN names AS e ON e.code = p.end_code
  GROUP BY 1, 2
), counted AS (
  SELECT 'start' AS cut, 'days' AS what, start_code AS code, start_days AS v, count(*) AS customers
  FROM scored WHERE start_code > 0 AND end_code > 0 GROUP BY 3, 4
  UNION ALL
  SELECT 'start', 'orders', start_code, start_orders, count(*) FROM scored WHERE start_code > 0 AND end_code > 0 GROUP BY 3, 4
  UNION ALL
  SELECT 'end', 'days', end_code, end_days, count(*) FROM scored WHERE end_code > 0 GROUP BY 3, 4
  UNION ALL
  SELECT 'end', 'orders', end_code, end_orders, count(*) FROM scored WHERE end_code > 0 GROUP BY 3, 4
), gathered AS (
  SELECT c.cut, c.what, n.name, c.v, sum(c.customers) AS customers
  FROM counted AS c JOIN names AS n ON n.code = c.code GROUP BY 1, 2, 3, 4
), rising AS (
  SELECT cut, what, name, v, sum(customers) OVER (PARTITION BY cut, what, name ORDER BY v) AS reached,
    sum(customers) OVER (PARTITION BY cut, what, name) AS n
  FROM gathered
), middles AS (
  SELECT cut, what, name, max(n) AS n,
    min(CASE WHEN reached >= (n + 1) / 2 THEN v END) AS low, min(CASE WHEN reached >= n / 2 + 1 THEN v END) AS high
  FROM rising GROUP BY 1, 2, 3
), amounts AS (
  SELECT 'start' AS cut, n.name,
    element_at(array_sort(array_agg(c.start_units)), (count(c.start_units) + 1) / 2) AS low,
    element_at(array_sort(array_agg(c.start_units)), count(c.start_units) / 2 + 1) AS high
  FROM scored AS c JOIN names AS n ON n.code = c.start_code WHERE c.start_code > 0 AND c.end_code > 0 GROUP BY 2
  UNION ALL
  SELECT 'end', n.name,
    element_at(array_sort(array_agg(c.end_units)), (count(c.end_units) + 1) / 2),
    element_at(array_sort(array_agg(c.end_units)), count(c.end_units) / 2 + 1)
  FROM scored AS c JOIN names AS n ON n.code = c.end_code WHERE c.end_code > 0 GROUP BY 2
)
SELECT 'move' AS section, CAST(NULL AS VARCHAR) AS cut, origin, arrival, customers,
  CAST(NULL AS BIGINT) AS days_low, CAST(NULL AS BIGINT) AS days_high,
  CAST(NULL AS BIGINT) AS orders_low, CAST(NULL AS BIGINT) AS orders_high,
  CAST(NULL AS BIGINT) AS units_low, CAST(NULL AS BIGINT) AS units_high, newest, unconverted
FROM moves
UNION ALL
SELECT 'median', a.cut, a.name, NULL, d.n, d.low, d.high, o.low, o.high, a.low, a.high, NULL, NULL
FROM amounts AS a
JOIN middles AS d ON d.cut = a.cut AND d.name = a.name AND d.what = 'days'
JOIN middles AS o ON o.cut = a.cut AND o.name = a.name AND o.what = 'orders'
UNION ALL
SELECT 'threshold', 'start', NULL, NULL, n, NULL, NULL, f2, f3, m2, m3, NULL, NULL FROM start_limits WHERE n > 0
UNION ALL
SELECT 'threshold', 'end', NULL, NULL, n, NULL, NULL, f2, f3, m2, m3, NULL, NULL FROM end_limits WHERE n > 0
UNION ALL
SELECT 'basis', 'end', NULL, NULL, count(*), date_diff('day', max(end_last), :end), date_diff('day', min(end_first), :end),
  NULL, count(CASE WHEN end_orders >= 3 THEN 1 END), NULL, NULL, NULL, NULL
FROM standing WHERE end_orders > 0
ORDER BY section, cut, origin, arrival
"""
