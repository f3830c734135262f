"""Profiles that could receive e-mail marketing, from the history of their properties.

Able is who is alive (the newest `created` is a value), has an e-mail address, and whom nothing suppresses; the plan's
meter of active profiles counts the same at one moment (functions/billing). Of a profile's changes up to a moment the
one of the greatest revision says what is true then.
"""

from __future__ import annotations

from datetime import datetime

from cdp.query.sql import Query, select

# What a row says is a digit behind its revision (0 no value, 1 a value, 2 a suppression), so that the largest number
# holds what is true. Who is not able at the start is followed through the changes within the period.
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
    WHERE property IN ('created', 'email', 'subscriptions') AND changed_at < :end AND :start < :end
  ) AS rows
), early AS (
  SELECT profile_no, max(created) AS created, max(email) AS email, max(consents) AS consents
  FROM words WHERE changed_at <= :start GROUP BY profile_no
), late AS (
  SELECT profile_no, changed_at, created, email, consents FROM words WHERE changed_at > :start
), followed AS (
  SELECT profile_no, max(created) OVER (PARTITION BY profile_no ORDER BY changed_at) AS created,
    max(email) OVER (PARTITION BY profile_no ORDER BY changed_at) AS email,
    max(consents) OVER (PARTITION BY profile_no ORDER BY changed_at) AS consents
  FROM (
    SELECT profile_no, changed_at, created, email, consents FROM late
    UNION ALL
    SELECT profile_no, :start AS changed_at, created, email, consents FROM early
    WHERE profile_no IN (SELECT profile_no FROM late)
  ) AS steps
)
SELECT profile_no FROM early
WHERE created % 4 = 1 AND email % 4 = 1 AND coalesce(consents, 0) % 4 <> 2
UNION
SELECT profile_no FROM followed
WHERE created % 4 = 1 AND email % 4 = 1 AND coalesce(consents, 0) % 4 <> 2
"""


def able(start: datetime, end: datetime) -> Query:
    """Column `profile_no`: those that could receive e-mail marketing at some moment of [start, end)."""
    return select(_ABLE, start=start, end=end)
