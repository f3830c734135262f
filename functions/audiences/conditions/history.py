"""Current values of profiles' attributes, as a table of a query: the newest revision of each."""

from __future__ import annotations

from cdp.query.sql import Query, select

_CURRENT = """
SELECT profile_no, value AS j
FROM (
  SELECT profile_no, value, row_number() OVER (PARTITION BY profile_no ORDER BY revision DESC) AS newest
  FROM profile_history WHERE property = :property
) AS changes
WHERE newest = 1 AND value IS NOT NULL
"""


def current(attribute: str) -> Query:
    """Columns `profile_no` and `j`, the value as JSON text, of profiles that have one (`Profile.values`)."""
    return select(_CURRENT, property=attribute)
