"""What is counted, as SQL over the lake."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from cdp.documents.merges import ERASED
from cdp.query.sql import Query, select

# A profile is alive while its newest `created` is a value; it can receive e-mail marketing if it has an address that
# nothing suppresses (resources.profile says the same of one profile).
_PROFILES = """
SELECT count(created) AS total,
       count(CASE WHEN created IS NOT NULL AND email IS NOT NULL
                   AND coalesce(json_format(json_extract(subscriptions, '$["email"]["marketing"]["suppression"]')), '[]') = '[]'
             THEN 1 END) AS active
FROM (
  SELECT profile_no,
         max(CASE WHEN property = 'created' THEN value END) AS created,
         max(CASE WHEN property = 'email' THEN value END) AS email,
         max(CASE WHEN property = 'subscriptions' THEN value END) AS subscriptions
  FROM (
    SELECT property, profile_no, value,
           row_number() OVER (PARTITION BY property, profile_no ORDER BY revision DESC) AS age
    FROM profile_history
    WHERE property IN ('created', 'email', 'subscriptions')
      AND changed_at <= :as_of AND profile_no NOT IN (:gone)
  ) AS states
  WHERE age = 1
  GROUP BY profile_no
) AS people
"""

_EVENTS = "SELECT count(*) AS n FROM events WHERE received_at >= :start AND received_at < :end"


def profiles(as_of: datetime, gone: Collection[int]) -> Query:
    """One row: `total`, `active`. `gone`: numbers of profiles whose rows are still to be removed."""
    return select(_PROFILES, as_of=as_of, gone=sorted({ERASED, *gone}))


def events(start: datetime, end: datetime) -> Query:
    """One row: `n`, the events that came in during [start, end)."""
    return select(_EVENTS, start=start, end=end)
