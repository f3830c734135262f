"""Conversions and the messages they are owed to (SPEC §21).

Last touch: of the touches at or before the conversion that have not expired by then, the newest; at equal times a
click before an open before a delivery before a visit, then what was received later. Linear: every message with such
a touch, in equal parts.

How it is found without comparing every conversion with every touch: a profile's touches are numbered in that order,
and the newest one before each conversion comes from one pass over both. If it has expired, the answer is among the
*spares*, the touches that outlive their successor: were the answer none, its successor would count as well and be
newer. So a second pass goes over the spares alone, a third over their spares. What is left after that, few conversions
and few touches, is compared stretch by stretch. Passes are window functions, not joins: Trino works a common table out
anew for every mention of it.
"""

from __future__ import annotations

from cdp.attribution.settings import AttributionSettings
from cdp.attribution.touches import EPOCH, STRETCH, TWO
from cdp.query.sql import Query, select

WHOLE = 1_000_000  # the weights of one conversion add up to this

_ASKED = STRETCH.format("c.", "occurred_at")
_TOUCHED = STRETCH.format("", "touched_at")

# One lane a profile: of all its touches one is credited.
_ONE_LANE = """
laned AS (SELECT *, 1 AS lane FROM touched
), asking AS (SELECT profile_no, 1 AS lane, occurred_at, event_id FROM conversions
)"""

# One lane a message: of each message's touches one is credited. A conversion asks the lanes with a touch in its own
# stretch of time or in the one before.
_LANES = f"""
laned AS (
  SELECT *, dense_rank() OVER (PARTITION BY profile_no ORDER BY channel, message) AS lane FROM touched
), stretches AS (
  SELECT DISTINCT lane, {_TOUCHED} + CAST(step AS BIGINT) AS stretch FROM laned CROSS JOIN {TWO}
), asking AS (
  SELECT c.profile_no, s.lane, c.occurred_at, c.event_id FROM conversions AS c JOIN stretches AS s ON s.stretch = {_ASKED}
)"""

_LINE = """
line0 AS (
  SELECT profile_no, lane, touched_at AS at, 0 AS asks, row_number() OVER (
      PARTITION BY profile_no, lane ORDER BY touched_at, kind, received_at, touch_id) AS no,
    expires_at, touch_id AS id, CAST(NULL AS BIGINT) AS credited, lead(expires_at) OVER (
      PARTITION BY profile_no, lane ORDER BY touched_at, kind, received_at, touch_id) AS following
  FROM laned
  UNION ALL
  SELECT profile_no, lane, occurred_at AS at, 1 AS asks, CAST(NULL AS BIGINT) AS no,
    CAST(NULL AS TIMESTAMP(6) WITH TIME ZONE) AS expires_at, event_id AS id, CAST(NULL AS BIGINT) AS credited,
    CAST(NULL AS TIMESTAMP(6) WITH TIME ZONE) AS following
  FROM asking
)"""

# `line{n}`: touches (asks 0) and conversions (asks 1) with what these are credited to. `newest`: the newest touch at or
# before; every touch shares it with the conversions that follow.
_LEVEL = """
, passed{n} AS (
  SELECT *, max(no) OVER (PARTITION BY profile_no, lane ORDER BY at, asks, no ROWS UNBOUNDED PRECEDING) AS newest,
    max(expires_at) OVER (PARTITION BY profile_no, lane ORDER BY at, asks, no ROWS UNBOUNDED PRECEDING) AS longest
  FROM line{before}
), tried{n} AS (
  SELECT *, max(expires_at) OVER (PARTITION BY profile_no, lane, newest) AS expires,
    max(CASE WHEN asks = 0 THEN id END) OVER (PARTITION BY profile_no, lane, newest) AS touch
  FROM passed{n}
  WHERE asks = 0 OR credited IS NOT NULL OR longest >= at
), line{n} AS (
  SELECT t.profile_no, t.lane, t.at, t.asks, t.no, t.expires_at, t.id,
    coalesce(t.credited, CASE WHEN t.asks = 1 AND t.expires >= t.at THEN t.touch END) AS credited,
    lead(t.expires_at) OVER (PARTITION BY t.profile_no, t.lane, t.asks ORDER BY t.no) AS following
  FROM tried{n} AS t
  WHERE t.asks = 1 OR t.following < t.expires_at
)"""
_LEVELS = 3
_PASSES = "".join(_LEVEL.format(n=n, before=n - 1) for n in range(1, _LEVELS + 1))
_REST = f"""
, rest AS (
  SELECT id, lane, at, {STRETCH.format("", "at")} AS stretch FROM line{_LEVELS} WHERE asks = 1 AND credited IS NULL
), spares AS (
  SELECT lane, at, no, expires_at, id, {STRETCH.format("", "at")} + CAST(step AS BIGINT) AS stretch
  FROM line{_LEVELS} CROSS JOIN {TWO} WHERE asks = 0
), ranked AS (
  SELECT r.id, s.id AS touch, row_number() OVER (PARTITION BY r.id, r.lane ORDER BY s.no DESC) AS place
  FROM rest AS r JOIN spares AS s ON s.stretch = r.stretch AND s.lane = r.lane
  WHERE s.at <= r.at AND s.expires_at >= r.at
), credited AS (
  SELECT id AS event_id, credited AS touch_id FROM line{_LEVELS} WHERE asks = 1 AND credited IS NOT NULL
  UNION ALL
  SELECT id AS event_id, touch AS touch_id FROM ranked WHERE place = 1
)"""
_FOUND = _LINE + _PASSES + _REST

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
