"""Conversions and the messages they are owed to (SPEC §21).

Last touch: of the touches at or before the conversion that have not expired by then, the newest; at equal times a
click before an open before a delivery before a visit, then what was received later. Linear: every message with such
a touch, in equal parts.

How it is found without comparing every conversion with every touch: a profile's touches are numbered in that order,
and the newest one before each conversion comes from one pass over both. If it has expired, the answer is among the
*spares*, the touches that outlive their successor: were the answer none, its successor would count as well and be
newer. Spares are looked through in blocks of 256: the conversion's own block, then the newest earlier one that holds
anything late enough. So a bot's 100,000 touches cost a few hundred comparisons for each of its conversions.
"""

from __future__ import annotations

from cdp.attribution.settings import AttributionSettings
from cdp.attribution.touches import EPOCH, STRETCH
from cdp.query.sql import Query, select

WHOLE = 1_000_000  # the weights of one conversion add up to this

_ASKED = STRETCH.format("c.", "occurred_at")
_TOUCHED = STRETCH.format("", "touched_at")

# One lane a profile: of all its touches one is credited. A conversion asks if there is a touch in its own stretch of
# time or in the one before.
_ONE_LANE = f"""
laned AS (SELECT *, 1 AS lane FROM touched
), stretches AS (
  SELECT {_TOUCHED} AS stretch FROM touched UNION SELECT {_TOUCHED} + 1 AS stretch FROM touched
), asking AS (
  SELECT c.profile_no, 1 AS lane, c.occurred_at, c.event_id FROM conversions AS c
  WHERE {_ASKED} IN (SELECT stretch FROM stretches)
)"""

# One lane a message: of each message's touches one is credited. A conversion asks the lanes with such a touch.
_LANES = f"""
laned AS (
  SELECT *, dense_rank() OVER (PARTITION BY profile_no ORDER BY channel, message) AS lane FROM touched
), stretches AS (
  SELECT lane, {_TOUCHED} AS stretch FROM laned UNION SELECT lane, {_TOUCHED} + 1 AS stretch FROM laned
), asking AS (
  SELECT c.profile_no, s.lane, c.occurred_at, c.event_id FROM conversions AS c JOIN stretches AS s ON s.stretch = {_ASKED}
)"""

_FOUND = """
numbered AS (
  SELECT profile_no, lane, touched_at, expires_at, touch_id,
    row_number() OVER (
      PARTITION BY profile_no, lane ORDER BY touched_at, kind, received_at, touch_id) AS no,
    lead(expires_at) OVER (
      PARTITION BY profile_no, lane ORDER BY touched_at, kind, received_at, touch_id) AS following
  FROM laned
), placed AS (
  SELECT *, sum(CASE WHEN following < expires_at THEN 1 ELSE 0 END) OVER (
    PARTITION BY profile_no, lane ORDER BY no ROWS UNBOUNDED PRECEDING) AS spare
  FROM numbered
), passed AS (
  SELECT profile_no, lane, at, event_id, asks,
    max(no) OVER (PARTITION BY profile_no, lane ORDER BY at, asks ROWS UNBOUNDED PRECEDING) AS newest,
    max(spare) OVER (PARTITION BY profile_no, lane ORDER BY at, asks ROWS UNBOUNDED PRECEDING) AS spare
  FROM (
    SELECT profile_no, lane, touched_at AS at, touch_id AS event_id, no, spare, 0 AS asks FROM placed
    UNION ALL
    SELECT profile_no, lane, occurred_at AS at, event_id, CAST(NULL AS BIGINT) AS no, CAST(NULL AS BIGINT) AS spare,
      1 AS asks
    FROM asking
  ) AS line
), tried AS (
  SELECT p.profile_no, p.lane, p.at, p.event_id, p.spare, p.spare / 256 AS block,
    CASE WHEN t.expires_at >= p.at THEN t.no END AS no
  FROM passed AS p JOIN placed AS t ON t.profile_no = p.profile_no AND t.lane = p.lane AND t.no = p.newest
  WHERE p.asks = 1
), spares AS (
  SELECT profile_no, lane, no, spare, spare / 256 AS block, expires_at FROM placed WHERE following < expires_at
), near AS (
  SELECT r.profile_no, r.lane, r.event_id, max(s.no) AS no
  FROM tried AS r
  JOIN spares AS s ON s.profile_no = r.profile_no AND s.lane = r.lane AND s.block = r.block
  WHERE r.no IS NULL AND s.spare <= r.spare AND s.expires_at >= r.at
  GROUP BY r.profile_no, r.lane, r.event_id
), blocks AS (
  SELECT profile_no, lane, block, max(expires_at) AS longest FROM spares GROUP BY profile_no, lane, block
), afar AS (
  SELECT r.profile_no, r.lane, r.event_id, r.at, max(b.block) AS block
  FROM tried AS r
  JOIN blocks AS b ON b.profile_no = r.profile_no AND b.lane = r.lane
  LEFT JOIN near AS n ON n.lane = r.lane AND n.event_id = r.event_id
  WHERE r.no IS NULL AND n.event_id IS NULL AND b.block < r.block AND b.longest >= r.at
  GROUP BY r.profile_no, r.lane, r.event_id, r.at
), found AS (
  SELECT profile_no, lane, event_id, no FROM tried WHERE no IS NOT NULL
  UNION ALL
  SELECT profile_no, lane, event_id, no FROM near
  UNION ALL
  SELECT r.profile_no, r.lane, r.event_id, max(s.no) AS no
  FROM afar AS r
  JOIN spares AS s ON s.profile_no = r.profile_no AND s.lane = r.lane AND s.block = r.block
  WHERE s.expires_at >= r.at
  GROUP BY r.profile_no, r.lane, r.event_id
), credited AS (
  SELECT f.event_id, p.touch_id
  FROM found AS f JOIN placed AS p ON p.profile_no = f.profile_no AND p.lane = f.lane AND p.no = f.no
)"""

_CREDIT = (
    "c.event_id, c.profile_no, c.occurred_at, t.touched_at, t.received_at, t.kind, t.channel, t.message, t.flow, "
    "t.campaign, t.variation, t.touch_id, t.touch_metric"
)
# By event numbers alone: by profiles as well, an engine may join all touches of a bot with all its conversions first.
_JOINED = (
    "FROM credited AS k JOIN conversions AS c ON c.event_id = k.event_id "
    "JOIN touched AS t ON t.touch_id = k.touch_id"
)
_ALL_OF_IT = f"SELECT {_CREDIT}, 1000000 AS weight, c.units {_JOINED}"
_SHARED = f"""
, shared AS (
  SELECT {_CREDIT}, c.units AS whole, count(*) OVER (PARTITION BY c.profile_no, c.event_id) AS parts,
    row_number() OVER (PARTITION BY c.profile_no, c.event_id
      ORDER BY t.touched_at DESC, t.kind DESC, t.received_at DESC, t.touch_id DESC) AS part
  {_JOINED}
)
SELECT event_id, profile_no, occurred_at, touched_at, received_at, kind, channel, message, flow, campaign, variation,
  touch_id, touch_metric,
  1000000 / nullif(parts, 0) + CASE WHEN part <= 1000000 % nullif(parts, 0) THEN 1 ELSE 0 END AS weight,
  whole / nullif(parts, 0) + CASE WHEN part > abs(whole % nullif(parts, 0)) THEN 0 WHEN whole < 0 THEN -1
    ELSE 1 END AS units
FROM shared"""


def attributed(conversions: Query, touched: Query, settings: AttributionSettings) -> Query:
    """One row for each message that a conversion is credited to: `event_id`, `profile_no`, `occurred_at` of the
    conversion; `touched_at`, `received_at`, `kind`, `channel`, `message`, `flow`, `campaign`, `variation`, `touch_id`,
    `touch_metric`; `weight` in millionths, a million for each credited conversion, and `units`, its share of the conversion's; what
    cannot be divided goes to the newest touches. `conversions` has `profile_no`, `occurred_at`, `event_id`, `units`;
    `touched` comes from `touches`."""
    how = f"{_ONE_LANE}, {_FOUND} {_ALL_OF_IT}" if settings.model == "last_touch" else f"{_LANES}, {_FOUND}{_SHARED}"
    hours = settings.windows.stretch
    return select(f"WITH {how}", conversions=conversions, touched=touched, epoch=EPOCH, hours=hours)
