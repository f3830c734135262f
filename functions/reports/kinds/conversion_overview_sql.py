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
SELECT part, profile_no FROM able
WHERE part = 'now'
  AND profile_no IN (SELECT profile_no FROM spans WHERE since < :end AND (until IS NULL OR until > :start))
UNION ALL
SELECT part, profile_no FROM able
WHERE part = 'before'
  AND profile_no IN (SELECT profile_no FROM spans WHERE since < :until AND (until IS NULL OR until > :earlier))
"""

# A table of the query to which this is a part.
CONVERTED = "SELECT profile_no, occurred_at FROM converted"

# A conversion is attributed if some touch before it lasts until then, whichever message is credited by the model.
WHOLE = """
WITH passed AS (
  SELECT profile_no, at, units, asks, max(expires_at) OVER (
    PARTITION BY profile_no ORDER BY at, asks ROWS UNBOUNDED PRECEDING) AS lasts
  FROM (
    SELECT profile_no, touched_at AS at, expires_at, CAST(NULL AS BIGINT) AS units, 0 AS asks FROM touched
    UNION ALL
    SELECT profile_no, occurred_at AS at, CAST(NULL AS TIMESTAMP(6) WITH TIME ZONE) AS expires_at, units, 1 AS asks
    FROM converted
  ) AS line
), lines AS (
  SELECT profile_no, at, coalesce(units, 0) AS units, CASE WHEN lasts >= at THEN 1 ELSE 0 END AS credited
  FROM passed WHERE asks = 1
), parted AS (
  SELECT *, 'now' AS part FROM lines WHERE at >= :start AND at < :end
  UNION ALL
  SELECT *, 'before' AS part FROM lines WHERE at >= :earlier AND at < :until
), people AS (
  SELECT part, least(count(*), :most) AS conversions, count(*) AS total, sum(credited) AS credited, sum(units) AS units,
    sum(credited * units) AS credited_units, max(at) AS newest
  FROM parted
  GROUP BY part, profile_no
)
SELECT part, conversions, count(*) AS profiles, sum(total) AS total, sum(credited) AS credited, sum(units) AS units,
  sum(credited_units) AS credited_units, max(newest) AS newest
FROM people
GROUP BY part, conversions
UNION ALL
SELECT part, 0 AS conversions, count(*) AS profiles, 0, 0, 0, 0, CAST(NULL AS TIMESTAMP(6) WITH TIME ZONE)
FROM able
GROUP BY part
ORDER BY part, conversions
"""
