"""Who was in a segment or a list when, from the log of joining and leaving.

The log orders its entries by `logged_at`; `occurred_at` is when they hold from. The two differ after a merge: the
profile that stays is given the earlier time of joining, logged at the time of the merge. So an entry speaks for
everything from its `occurred_at` on, whatever older entries said of it (docs/adr/0096). Before its first entry a
profile is no member.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from cdp.query.sql import Query, select

# `later`: the earliest moment of which a newer entry speaks. An entry at or behind it has nothing left to say; the
# others follow each other in time. Of entries of one instant a joining is the newest (as in documents.memberships).
_CHANGES = """
SELECT group_id, profile_no, occurred_at, action
FROM (
  SELECT group_id, profile_no, occurred_at, action,
    lag(action) OVER (PARTITION BY group_id, profile_no ORDER BY occurred_at) AS previous
  FROM (
    SELECT group_id, profile_no, occurred_at, action,
      min(occurred_at) OVER (
        PARTITION BY group_id, profile_no ORDER BY logged_at DESC, action, log_id DESC
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
      ) AS later
    FROM segment_log WHERE group_id IN (:groups)
  ) AS entries
  WHERE later IS NULL OR occurred_at < later
) AS valid
WHERE action <> coalesce(previous, 'left')
"""
_SPANS = """
SELECT group_id, profile_no, since, until
FROM (
  SELECT group_id, profile_no, occurred_at AS since, action,
    lead(occurred_at) OVER (PARTITION BY group_id, profile_no ORDER BY occurred_at) AS until
  FROM changes
) AS states
WHERE action = 'joined'
"""
_MEMBERS = "SELECT group_id, profile_no FROM spans WHERE since <= :at AND (until IS NULL OR :at < until)"
_BEGIN = "SELECT min(occurred_at) AS begin FROM segment_log"
_NOBODY = [""]  # no group has this id


def changes(group_ids: Collection[str]) -> Query:
    """Columns `group_id`, `profile_no`, `occurred_at`, `action` (joined or left): every change of a profile's
    membership, the first one joined, then in turn, no two of a profile and group in one instant."""
    return select(_CHANGES, groups=sorted(group_ids) or _NOBODY)


def spans(group_ids: Collection[str]) -> Query:
    """Columns `group_id`, `profile_no`, `since`, `until`: [since, until) is when the profile was a member; `until`
    null: it still is. Spans of a profile and group do not overlap, so that

        JOIN spans AS s ON s.profile_no = e.profile_no
          AND s.since <= e.occurred_at AND (s.until IS NULL OR e.occurred_at < s.until)

    gives an event at most one row for each group.
    """
    return select(_SPANS, changes=changes(group_ids))


def members_at(group_ids: Collection[str], at: datetime) -> Query:
    """Columns `group_id`, `profile_no`: the members at that moment (UTC)."""
    return select(_MEMBERS, spans=spans(group_ids), at=at)


def begin() -> Query:
    """One row, `begin`: when the log of the account starts; null if it is empty."""
    return select(_BEGIN)
