"""What a profile's attribute was at a past moment (SPEC §13.4).

A report that filters or groups events by a profile property takes the value in force when the event happened: a
property that is filled in later brings no older events in. Attributes have the names of `Profile.values`; values
are JSON text.
"""

from __future__ import annotations

from datetime import datetime

from cdp.query.sql import Query, select

_SPANS = """
SELECT profile_no, value, since, lead(since) OVER (PARTITION BY profile_no ORDER BY revision) AS until
FROM (
  SELECT profile_no, revision, value,
    max(changed_at) OVER (PARTITION BY profile_no ORDER BY revision ROWS UNBOUNDED PRECEDING) AS since
  FROM profile_history WHERE property = :property
) AS changes
"""
_HELD = """
SELECT profile_no, value FROM spans
WHERE value IS NOT NULL AND since <= :at AND (until IS NULL OR :at < until)
"""


def spans(attribute: str) -> Query:
    """Columns `profile_no`, `value`, `since`, `until`: [since, until) is when the value was in force; `until`
    null: it still is; `value` null: then there was none. Spans of a profile do not overlap, so that

        JOIN spans AS s ON s.profile_no = e.profile_no
          AND s.since <= e.occurred_at AND (s.until IS NULL OR e.occurred_at < s.until)

    gives every event at most one value. Of changes in the same instant the last one counts.
    """
    return select(_SPANS, property=attribute)


def held(attribute: str, at: datetime) -> Query:
    """Columns `profile_no` and `value`: of the profiles that had one at that moment (UTC)."""
    return select(_HELD, spans=spans(attribute), at=at)
