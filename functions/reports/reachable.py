"""Profiles that could receive e-mail marketing, from the history of their properties.

Able is who is alive (the newest `created` is a value), has an e-mail address, and whom nothing suppresses; the plan's
meter of active profiles counts the same at one moment (functions/billing). Of a profile's changes up to a moment the
one of the greatest revision says what is true then.
"""

from __future__ import annotations

from datetime import datetime

from cdp.query.sql import Query, select

# What a row says is a digit behind its revision (0 no value, 1 a value, 2 a suppression), so that the largest number
# holds what is true. Who did not change since the earlier period began is looked at once; the others are followed
# from change to change within each period, beginning with all that was said up to its start.
_ABLE = """
WITH words AS (
  SELECT profile_no, changed_at, CASE WHEN property = 'created' THEN said END AS created,
    CASE WHEN property = 'email' THEN said END AS email,
    CASE WHEN property = 'subscriptions' THEN said END AS consents
  FROM (
    SELECT property, profile_no, changed_at,
      revision * 4 + CASE
        WHEN value IS NULL THEN 0
        WHEN property <> 'subscriptions' THEN 1
        WHEN coalesce(json_format(json_extract(value, '$["email"]["marketing"]["suppression"]')), '[]') = '[]' THEN 1
        ELSE 2
      END AS said
    FROM profile_history
    WHERE property IN ('created', 'email', 'subscriptions') AND changed_at < :last
  ) AS rows
), standing AS (
  SELECT profile_no, max(created) AS created, max(email) AS email, max(consents) AS consents, max(changed_at) AS changed_at
  FROM words GROUP BY profile_no
), moved AS (
  SELECT w.profile_no, w.changed_at, w.created, w.email, w.consents
  FROM words AS w JOIN standing AS s ON s.profile_no = w.profile_no AND s.changed_at > :first
), steps AS (
  SELECT 'now' AS part, profile_no, CASE WHEN changed_at < :start THEN :start ELSE changed_at END AS changed_at,
    created, email, consents
  FROM moved WHERE changed_at < :end AND :start < :end
  UNION ALL
  SELECT 'before' AS part, profile_no, CASE WHEN changed_at < :earlier THEN :earlier ELSE changed_at END AS changed_at,
    created, email, consents
  FROM moved WHERE changed_at < :until AND :earlier < :until
), followed AS (
  SELECT part, profile_no, max(created) OVER (PARTITION BY part, profile_no ORDER BY changed_at) AS created,
    max(email) OVER (PARTITION BY part, profile_no ORDER BY changed_at) AS email,
    max(consents) OVER (PARTITION BY part, profile_no ORDER BY changed_at) AS consents
  FROM steps
), still AS (
  SELECT profile_no FROM standing
  WHERE changed_at <= :first AND created % 4 = 1 AND email % 4 = 1 AND coalesce(consents, 0) % 4 <> 2
)
SELECT 'now' AS part, profile_no FROM still WHERE :start < :end
UNION ALL
SELECT 'before' AS part, profile_no FROM still WHERE :earlier < :until
UNION ALL
SELECT DISTINCT part, profile_no FROM followed
WHERE created % 4 = 1 AND email % 4 = 1 AND coalesce(consents, 0) % 4 <> 2
"""
Period = tuple[datetime, datetime]


def able(now: Period, before: Period) -> Query:
    """Columns `part` (now or before) and `profile_no`: those that could receive e-mail marketing at some moment of
    that period, [start, end)."""
    return select(
        _ABLE,
        start=now[0], end=now[1], earlier=before[0], until=before[1],
        first=min(now[0], before[0]), last=max(now[1], before[1]),
    )  # fmt: skip
