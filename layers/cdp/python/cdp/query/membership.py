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

# Most pairs of a profile and a group have one entry, or a joining and a leaving in good order: these need no more than
# a look at their times. The others are `mixed`. `later`: the earliest moment of which a newer entry speaks. An entry at
# or behind it has nothing left to say; the others follow each other in time. Of entries of one instant a joining is
# the newest (as in documents.memberships).
_STATES = """
WITH pairs AS (
  SELECT group_id, profile_no, count(*) AS entries, min(CASE WHEN action = 'joined' THEN occurred_at END) AS joined_at,
    min(CASE WHEN action = 'left' THEN occurred_at END) AS left_at,
    min(CASE WHEN action = 'joined' THEN logged_at END) AS joined_logged,
    min(CASE WHEN action = 'left' THEN logged_at END) AS left_logged
  FROM segment_log WHERE group_id IN (:groups)
  GROUP BY group_id, profile_no
), sorted AS (
  SELECT group_id, profile_no, joined_at, left_at,
    CASE WHEN entries = 1 OR entries = 2 AND joined_at < left_at AND joined_logged < left_logged THEN 1 ELSE 0 END AS plain
  FROM pairs
), entries AS (
  SELECT g.group_id, g.profile_no, g.occurred_at, g.action,
    min(g.occurred_at) OVER (
      PARTITION BY g.group_id, g.profile_no ORDER BY g.logged_at DESC, g.action, g.log_id DESC
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS later
  FROM segment_log AS g
  JOIN sorted AS s ON s.group_id = g.group_id AND s.profile_no = g.profile_no AND s.plain = 0
), valid AS (
  SELECT group_id, profile_no, occurred_at, action,
    lag(action) OVER (PARTITION BY group_id, profile_no ORDER BY occurred_at) AS previous
  FROM entries
  WHERE later IS NULL OR occurred_at < later
), mixed AS (
  SELECT group_id, profile_no, occurred_at, action,
    lead(occurred_at) OVER (PARTITION BY group_id, profile_no ORDER BY occurred_at) AS until
  FROM valid
  WHERE action <> coalesce(previous, 'left')
)
"""
_CHANGES = (
    _STATES
    + """
SELECT group_id, profile_no, joined_at AS occurred_at, 'joined' AS action
FROM sorted WHERE plain = 1 AND joined_at IS NOT NULL
UNION ALL
SELECT group_id, profile_no, left_at AS occurred_at, 'left' AS action
FROM sorted WHERE plain = 1 AND joined_at IS NOT NULL AND left_at IS NOT NULL
UNION ALL
SELECT group_id, profile_no, occurred_at, action FROM mixed
"""
)
_SPANS = (
    _STATES
    + """
SELECT group_id, profile_no, joined_at AS since, left_at AS until
FROM sorted WHERE plain = 1 AND joined_at IS NOT NULL
UNION ALL
SELECT group_id, profile_no, occurred_at AS since, until FROM mixed WHERE action = 'joined'
"""
)
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
    return select(_SPANS, groups=sorted(group_ids) or _NOBODY)


def members_at(group_ids: Collection[str], at: datetime) -> Query:
    """Columns `group_id`, `profile_no`: the members at that moment (UTC)."""
    return select(_MEMBERS, spans=spans(group_ids), at=at)


def begin() -> Query:
    """One row, `begin`: when the log of the account starts; null if it is empty."""
    return select(_BEGIN)
