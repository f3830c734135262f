"""Touches: what people did with messages, each with the time until which it may be credited (SPEC §21).

A touch is a click, an open, the delivery of a text message, or a visit to the shop after a message was received.
Its message was *received* at the message's latest receipt by that profile at or before the touch, or, if no receipt
is known, at the touch itself; the touch counts until then plus the window of its channel and kind.

Nothing counts for longer than the longest window, so time is cut into *stretches* of that length, and a conversion
needs the receipts and interactions of its own stretch and of the one before. What is read is cut down to these. An
interaction whose receipt lies farther back can no longer count, but one whose receipt is not known can: so the receipts
of those that have none are looked up, back to two years before the period.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cdp.attribution.messages import CHANNELS, Channel, Numbers, Role
from cdp.attribution.settings import AttributionSettings
from cdp.filters.placeholders import Placeholders
from cdp.query.sql import Query, months_between, select

VISIT, DELIVERY, OPEN, CLICK = 1, 2, 3, 4  # at equal times the greater one is credited
OLDER_RECEIPTS = timedelta(days=730)
COLUMNS = ("channel", "message", "flow", "campaign", "variation")

# A profile's stretch of time, as one number.
STRETCH = (
    "CAST({0}profile_no AS BIGINT) * 10000000 "
    "+ date_diff('hour', :epoch, {0}{1}) / nullif(CAST(:hours AS BIGINT), 0)"
)
_STRETCH = STRETCH.format("", "occurred_at")
TWO = "UNNEST(split('0 1', ' ')) AS pair(step)"
_DUE = f"SELECT DISTINCT {_STRETCH} - CAST(step AS BIGINT) AS stretch FROM people CROSS JOIN {TWO}"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EVENT = "event_id AS touch_id, metric_id AS touch_metric"


@dataclass(frozen=True, slots=True)
class Kind:
    """An interaction: the window that it has, and the metrics that show it."""

    window: str
    channel: Channel
    role: Role
    rank: int


KINDS = (
    Kind("email_click", "email", "clicked", CLICK),
    Kind("email_open", "email", "opened", OPEN),
    Kind("sms_click", "sms", "clicked", CLICK),
    Kind("sms_open", "sms", "opened", OPEN),
    Kind("sms_delivery", "sms", "received", DELIVERY),
    Kind("push_open", "push", "opened", OPEN),
    Kind("whatsapp_click", "whatsapp", "clicked", CLICK),
    Kind("whatsapp_open", "whatsapp", "opened", OPEN),
)
_NONE = (0,)  # metrics are numbered from 1
_OF_MESSAGE = "PARTITION BY profile_no, channel, message ORDER BY occurred_at"
_TOUCH = "profile_no, occurred_at AS touched_at, {got} AS received_at, {expires} AS expires_at, {kind} AS kind"


def touches(
    numbers: Numbers,
    visits: Sequence[int],
    settings: AttributionSettings,
    start: datetime,
    end: datetime,
    people: Query | None = None,
) -> Query:
    """Touches that may be credited for conversions in [start, end): `profile_no`, `touched_at`, `received_at`,
    `expires_at` (included), `kind`, `channel`, `message`, `flow`, `campaign`, `variation`, and of the event
    that it is `touch_id` and `touch_metric`. With `people` (`profile_no` and `occurred_at` of conversions) there are
    only those that one of these may be credited to, and others of no consequence."""
    low = start - settings.windows.longest
    values = Placeholders()
    told = _told(numbers, visits if settings.windows.active_on_site else (), settings, low, end, people)
    all_receipts = values.add(_received(numbers)), values.add(low - OLDER_RECEIPTS), values.add(end)
    shown = ", ".join(COLUMNS)
    touch = _TOUCH.format(got="got", expires="date_add('hour', hours, got)", kind="kind")
    text = f"""
WITH traced AS (
  SELECT *, max(CASE WHEN receipt = 1 THEN occurred_at END) OVER ({_OF_MESSAGE}) AS found,
    max(CASE WHEN receipt = 1 THEN transactional END) OVER ({_OF_MESSAGE}) AS formal
  FROM told WHERE visit = 0
), acted AS (
  SELECT * FROM traced WHERE {_counting(settings)}
), older AS (
  SELECT profile_no, {_channel(numbers, ("received",), values)} AS channel, message, min(occurred_at) AS since
  FROM events
  WHERE metric_id IN ({all_receipts[0]}) AND message IS NOT NULL
    AND occurred_at >= {all_receipts[1]} AND occurred_at < {all_receipts[2]}
    AND profile_no IN (SELECT profile_no FROM acted WHERE found IS NULL)
  GROUP BY 1, 2, 3
), standing AS (
  SELECT a.*, CASE WHEN a.message IS NULL THEN a.occurred_at ELSE coalesce(a.found, a.occurred_at) END AS got
  FROM acted AS a
  LEFT JOIN older AS o ON o.profile_no = a.profile_no AND o.channel = a.channel AND o.message = a.message
    AND o.since <= a.occurred_at
  WHERE a.found IS NOT NULL OR o.profile_no IS NULL
)
SELECT {touch}, {shown}, {_EVENT} FROM standing"""
    if settings.windows.active_on_site:
        text = _with_visits(text, settings, values)
    months = months_between(low - OLDER_RECEIPTS, end)
    return values.select(text, {"told": told}, months=months)


def receipts(
    numbers: Numbers, start: datetime, end: datetime, people: Query | None = None, keep: Sequence[str] = ()
) -> Query:
    """Messages received in [start, end): `profile_no`, `occurred_at`, `event_id`, `channel`, `message`, `flow`,
    `campaign`, `variation`, `transactional` and the columns of `events` in `keep`."""
    values = Placeholders()
    further = ", ".join(("message", "flow", "campaign", "variation", "transactional", *keep))
    text = (
        f"SELECT profile_no, occurred_at, event_id, {_channel(numbers, ('received',), values)} AS channel, {further} "
        f"FROM events WHERE metric_id IN ({values.add(_received(numbers))}) "
        f"AND occurred_at >= {values.add(start)} AND occurred_at < {values.add(end)}{_of(people)}"
    )
    return values.select(text, _parts(people), months=months_between(start, end))


def _told(
    numbers: Numbers,
    visits: Sequence[int],
    settings: AttributionSettings,
    low: datetime,
    end: datetime,
    people: Query | None,
) -> Query:
    """Receipts, interactions and visits, told apart: `receipt` is 1 or null, `visit` 1 or 0, `kind` and `hours` (the
    window) null for what is no interaction."""
    values = Placeholders()
    kinds = [(kind, hours) for kind in KINDS if (hours := getattr(settings.windows, kind.window)) is not None]
    wanted = {no for kind, _ in kinds for no in numbers.get((kind.channel, kind.role), ())}
    wanted |= {*_received(numbers), *visits}
    when = [(f"metric_id IN ({values.add(nos)})", kind.rank, values.add(hours)) for kind, hours in kinds
            if (nos := numbers.get((kind.channel, kind.role)))]  # fmt: skip
    ranks = " ".join(f"WHEN {condition} THEN {rank}" for condition, rank, _ in when)
    hours = " ".join(f"WHEN {condition} THEN {given}" for condition, _, given in when)
    text = (
        "SELECT profile_no, occurred_at, event_id, metric_id, message, flow, campaign, variation, machine, transactional, "
        f"{_channel(numbers, ('received', 'opened', 'clicked'), values)} AS channel, "
        f"CASE WHEN metric_id IN ({values.add(_received(numbers))}) THEN 1 END AS receipt, "
        f"CASE WHEN metric_id IN ({values.add(tuple(visits) or _NONE)}) THEN 1 ELSE 0 END AS visit, "
        f"CASE {ranks or 'WHEN metric_id < 0 THEN 0'} END AS kind, "
        f"CASE {hours or 'WHEN metric_id < 0 THEN 0'} END AS hours "
        f"FROM events WHERE metric_id IN ({values.add(tuple(sorted(wanted)))}) AND "
    )
    due = {}
    if people is None:
        text += f"occurred_at >= {values.add(low)} AND occurred_at < {values.add(end)}"
    else:  # which bounds the time as well; said twice, DuckDB takes the events for few and joins the wrong way round
        hours = settings.windows.stretch
        due = {"due": select(_DUE, people=people, epoch=EPOCH, hours=hours)}
        text += f"{_STRETCH} IN (SELECT stretch FROM due)"
        values.params.update(epoch=EPOCH, hours=hours)
    return values.select(text, due, months=months_between(low, end))


def _counting(settings: AttributionSettings) -> str:
    """Which interactions count."""
    conditions = ["kind IS NOT NULL"]
    if not settings.include_bot_clicks:
        conditions.append(f"(kind <> {CLICK} OR machine IS NULL)")
    if not settings.include_mpp_opens:
        conditions.append(f"(kind <> {OPEN} OR machine IS NULL)")
    if not settings.include_transactional:
        conditions.append("transactional IS NULL AND formal IS NULL")
    return " AND ".join(conditions)


def _with_visits(text: str, settings: AttributionSettings, values: Placeholders) -> str:
    """A visit is one with the message received last before it: both have the same `turn`, the number of the receipt."""
    hours = values.add(settings.windows.active_on_site or 0)
    formal = "" if settings.include_transactional else " AND transactional IS NULL"
    touch = _TOUCH.format(got="received_at", expires="expires_at", kind=VISIT)
    shown = ", ".join(COLUMNS)
    filled = ", ".join(
        f"max(CASE WHEN receipt = 1 THEN {column} END) OVER (PARTITION BY profile_no, turn) AS {name}"
        for column, name in (("occurred_at", "received_at"), *zip(COLUMNS, COLUMNS, strict=True))
    )
    ctes, final = text.rsplit("\nSELECT ", 1)
    return f"""{ctes}, went AS (
  SELECT *, count(receipt) OVER (
    PARTITION BY profile_no ORDER BY occurred_at, visit, event_id ROWS UNBOUNDED PRECEDING) AS turn
  FROM told WHERE visit = 1 OR (receipt = 1{formal})
), met AS (
  SELECT profile_no, occurred_at, event_id, metric_id, visit, {filled}
  FROM went
), visited AS (
  SELECT *, date_add('hour', {hours}, received_at) AS expires_at FROM met WHERE visit = 1 AND received_at IS NOT NULL
)
SELECT {final}
UNION ALL
SELECT {touch}, {shown}, {_EVENT} FROM visited WHERE expires_at >= occurred_at"""


def _received(numbers: Numbers) -> tuple[int, ...]:
    return tuple(no for channel in CHANNELS for no in numbers.get((channel, "received"), ())) or _NONE


def _channel(numbers: Numbers, roles: Sequence[Role], values: Placeholders) -> str:
    """SQL of the channel that a metric belongs to."""
    cases = [
        f"WHEN metric_id IN ({values.add(nos)}) THEN '{channel}'"
        for channel in CHANNELS
        if (nos := tuple(no for role in roles for no in numbers.get((channel, role), ())))
    ]
    return f"CASE {' '.join(cases) or 'WHEN metric_id < 0 THEN message'} END"


def _of(people: Query | None) -> str:
    return "" if people is None else " AND profile_no IN (SELECT profile_no FROM people)"


def _parts(people: Query | None) -> dict[str, Query]:
    return {} if people is None else {"people": people}
