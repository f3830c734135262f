"""The SQL of the conversion overview."""

from __future__ import annotations

WITHIN = "occurred_at >= :start AND occurred_at < :end OR occurred_at >= :earlier AND occurred_at < :until"

# Conversions of people who were in the segment when they converted.
OF_MEMBERS = """
SELECT c.profile_no, c.occurred_at, c.event_id, c.units
FROM found AS c
JOIN spans AS s ON s.profile_no = c.profile_no
  AND s.since <= c.occurred_at AND (s.until IS NULL OR c.occurred_at < s.until)
"""

MEMBERS_ABLE = """
SELECT profile_no FROM able
WHERE profile_no IN (SELECT profile_no FROM spans WHERE since < :end AND (until IS NULL OR until > :start))
"""

# A table of the query to which this is a part.
CONVERTED = "SELECT profile_no, occurred_at, event_id, units FROM converted"

# The weights of a conversion's messages add up to a million: of the credited ones, a whole number of millions.
WHOLE = """
WITH lines AS (
  SELECT profile_no, occurred_at, 1 AS one, units, 0 AS weight, CAST(NULL AS BIGINT) AS credited_units
  FROM converted
  UNION ALL
  SELECT profile_no, occurred_at, 0 AS one, CAST(NULL AS BIGINT) AS units, weight, units AS credited_units
  FROM credited
), parted AS (
  SELECT *, 'now' AS part FROM lines WHERE occurred_at >= :start AND occurred_at < :end
  UNION ALL
  SELECT *, 'before' AS part FROM lines WHERE occurred_at >= :earlier AND occurred_at < :until
), people AS (
  SELECT part, least(sum(one), :most) AS conversions, sum(one) AS total, sum(weight) AS weight, sum(units) AS units,
    sum(credited_units) AS credited_units, max(occurred_at) AS newest
  FROM parted
  GROUP BY part, profile_no
)
SELECT part, conversions, count(*) AS profiles, sum(total) AS total, sum(weight) / 1000000 AS credited,
  coalesce(sum(units), 0) AS units, coalesce(sum(credited_units), 0) AS credited_units, max(newest) AS newest
FROM people
GROUP BY part, conversions
UNION ALL
SELECT 'now', 0, count(*), 0, 0, 0, 0, CAST(NULL AS TIMESTAMP(6) WITH TIME ZONE) FROM able_now
UNION ALL
SELECT 'before', 0, count(*), 0, 0, 0, 0, CAST(NULL AS TIMESTAMP(6) WITH TIME ZONE) FROM able_before
ORDER BY part, conversions
"""
