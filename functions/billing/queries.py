"""What is counted, as SQL over the lake."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from cdp.documents.merges import ERASED
from cdp.query.sql import Query, select

# A profile is alive while its newest `created` is a value; it can receive e-mail marketing if it has an address that
# nothing suppresses (resources.profile says the same of one profile). What a row says is a digit behind its revision
# (0 no value, 1 a value, 2 a suppression), so that the largest number of a profile holds what is true now.
_PROFILES = """
SELECT count(CASE WHEN created % 4 = 1 THEN 1 END) AS total,
       count(CASE WHEN created % 4 = 1 AND email % 4 = 1 AND coalesce(consents, 0) % 4 <> 2 THEN 1 END) AS active
FROM (
  SELECT profile_no,
         max(CASE WHEN property = 'created' THEN said END) AS created,
         max(CASE WHEN property = 'email' THEN said END) AS email,
         max(CASE WHEN property = 'subscriptions' THEN said END) AS consents
  FROM (
    SELECT property, profile_no,
           revision * 4 + CASE
             WHEN value IS NULL THEN 0
             WHEN property <> 'subscriptions' THEN 1
             WHEN coalesce(json_format(json_extract(value, '$["email"]["marketing"]["suppression"]')), '[]') = '[]' THEN 1
             ELSE 2
           END AS said
    FROM profile_history
    WHERE property IN ('created', 'email', 'subscriptions')
      AND changed_at <= :as_of AND profile_no NOT IN (:gone)
  ) AS words
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
