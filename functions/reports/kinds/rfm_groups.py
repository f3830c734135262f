"""The group of every customer now, and whose differs from what their profile says (SPEC §7.5)."""

from __future__ import annotations

from datetime import datetime

from cdp.documents.rfm import Dimensions
from cdp.model.read_only import GROUP
from cdp.query.sql import Param, Query, select
from functions.reports.kinds.rfm import GROUPS, rules
from functions.reports.kinds.rfm_orders import current, order_metric
from functions.reports.report import Scope

NAMES = tuple(name.replace("_", " ").capitalize() for name in GROUPS)
NOBODY = 0  # of those who have no order that counts

_THIRDS = """
SELECT element_at(array_sort(array_agg(units)), count(units) / 3 + 1) AS m2,
  element_at(array_sort(array_agg(units)), count(units) * 2 / 3 + 1) AS m3
FROM people
"""
_PERCENTILES = """
SELECT element_at(array_sort(array_agg(units)), least(count(*), count(*) * :average / 100 + 1)) AS m2,
  element_at(array_sort(array_agg(units)), least(count(*), count(*) * :best / 100 + 1)) AS m3
FROM people
"""
_GROUPS = """
WITH counts AS (
  SELECT orders, count(*) AS customers FROM people GROUP BY 1
), rising AS (
  SELECT orders, sum(customers) OVER (ORDER BY orders) AS reached, sum(customers) OVER () AS n FROM counts
), marks AS (
  SELECT max(n) AS n,
    min(CASE WHEN reached >= least(n, n * :f2_part / nullif(:f_of, 0) + 1) THEN orders END) AS f2,
    min(CASE WHEN reached >= least(n, n * :f3_part / nullif(:f_of, 0) + 1) THEN orders END) AS f3
  FROM rising
), limits AS (
  SELECT CASE WHEN :f_fixed THEN :f2 ELSE greatest(f2, :f2) END AS f2,
    CASE WHEN :f_fixed THEN :f3 ELSE greatest(f3, :f3) END AS f3,
    CASE WHEN :m_fixed THEN :m2 ELSE m2 END AS m2, CASE WHEN :m_fixed THEN :m3 ELSE m3 END AS m3
  FROM marks CROSS JOIN amounts
), aged AS (
  SELECT profile_no, orders, units, date_diff('day', last_at, :end) AS days FROM people
), scored AS (
  SELECT a.profile_no,
    CASE WHEN a.days <= :r3 THEN 300 WHEN a.days <= :r2 THEN 200 ELSE 100 END
    + CASE WHEN a.orders >= l.f3 THEN 30 WHEN a.orders >= l.f2 THEN 20 ELSE 10 END
    + CASE WHEN a.units >= l.m3 THEN 3 WHEN a.units >= l.m2 THEN 2 ELSE 1 END AS code
  FROM aged AS a CROSS JOIN limits AS l
)
SELECT profile_no,
  CASE
    WHEN code IN (333, 332, 323) THEN 1
    WHEN code IN (321, 322, 331, 232, 233) THEN 2
    WHEN code IN (312, 313, 311, 222, 223) THEN 3
    WHEN code IN (213, 221, 123, 132, 133) THEN 4
    WHEN code IN (231, 212, 122, 131, 211) THEN 5
    ELSE 6
  END AS place
FROM scored
"""
# What a row says stands in the digit behind its revision, so that the greatest number of a profile holds what is true.
_HELD = """
SELECT profile_no, max(said) % 8 AS place
FROM (
  SELECT profile_no, revision * 8 + CASE value
    WHEN :name1 THEN 1 WHEN :name2 THEN 2 WHEN :name3 THEN 3 WHEN :name4 THEN 4 WHEN :name5 THEN 5 WHEN :name6 THEN 6
    ELSE 0 END AS said
  FROM profile_history WHERE property = :property
) AS words
GROUP BY profile_no
"""
_DIFFERENCES = """
SELECT profile_no, place FROM (
  SELECT coalesce(w.profile_no, h.profile_no) AS profile_no, coalesce(w.place, 0) AS place
  FROM wanted AS w FULL OUTER JOIN held AS h ON w.profile_no = h.profile_no
  WHERE coalesce(w.place, 0) <> coalesce(h.place, 0)
) AS differences
WHERE profile_no > :after
ORDER BY profile_no
LIMIT :most
"""


def groups(metric_id: str | None, dimensions: Dimensions, end: datetime, scope: Scope) -> Query:
    """One row a customer: `profile_no`, and the `place` of the group in `NAMES`, from 1."""
    people = current(order_metric(metric_id, scope), end, scope)
    given = dimensions.monetary.percentiles
    amounts = select(_THIRDS) if given is None else select(_PERCENTILES, average=given.average, best=given.best)
    return select(_GROUPS, months=None, people=people, amounts=amounts, end=end, **rules(dimensions))


def differences(wanted: Query, after: int, most: int) -> Query:
    """At most `most` profiles behind the number `after` whose group, by the lake, is not what `wanted` says."""
    names: dict[str, Param] = {f"name{n}": f'"{name}"' for n, name in enumerate(NAMES, 1)}
    held = select(_HELD, months=None, property=f"properties.{GROUP}", **names)
    return select(_DIFFERENCES, months=None, wanted=wanted, held=held, after=after, most=most)
