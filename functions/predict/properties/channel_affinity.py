"""Channels by how well they reach a person (SPEC §6.6, docs/adr/0126).

Of the 180 days before `as_of`, for each channel: (unique clicks + 2 · attributed conversions + 1) / (messages received +
20). A unique click is a message that was clicked, once; for push, which knows no clicks, an opened one. A conversion is
an order event of the account's order book, shared out by the account's attribution settings. Channels that a person
received nothing by come last, and somebody who received nothing at all has no affinity.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

from cdp.attribution import messages
from cdp.attribution.attribution import WHOLE, attributed
from cdp.attribution.messages import CHANNELS, Channel, Numbers
from cdp.attribution.settings import AttributionSettings
from cdp.attribution.touches import touches
from cdp.documents import attribution_settings, counted
from cdp.filters.placeholders import Placeholders
from cdp.ports import Item, Key, Put, Table
from cdp.query.counted import occurrences
from cdp.query.sql import Query, months_between, select
from functions.predict.source import Asked, Property, Values

RANKED, RANKS = "ranked_channel_affinity", "channel_affinity_ranks"
WINDOW = timedelta(days=180)
HIGH, MEDIUM, LOW = "high", "medium", "low"
_CLICKS: Mapping[Channel, messages.Role] = {"email": "clicked", "sms": "clicked", "push": "opened", "whatsapp": "clicked"}
_NONE = (0,)  # metrics are numbered from 1
_KEY = "coalesce(message, campaign, flow, CAST(event_id AS VARCHAR))"
_ENGAGED = """
SELECT profile_no, channel, sum(received) AS received, sum(clicked) AS clicks, 0 AS weight
FROM (
  SELECT profile_no, channel, message, sum(received) AS received, max(1 - received) AS clicked
  FROM told GROUP BY 1, 2, 3
) AS messages
GROUP BY 1, 2
"""
_OWED = """
SELECT profile_no, CASE channel {cases} END AS channel, 0 AS received, 0 AS clicks, CAST(weight AS BIGINT) AS weight
FROM credits
"""
_SUMS = """
SELECT profile_no, channel, sum(received) AS received, sum(clicks) AS clicks, sum(weight) AS weight
FROM ({union}) AS both_kinds
GROUP BY 1, 2
"""
_SPREAD = """
SELECT channel, received, clicks, weight, count(*) AS profiles FROM sums WHERE received > 0 GROUP BY 1, 2, 3, 4
"""
_EACH = "SELECT profile_no, channel, received, clicks, weight FROM sums WHERE received > 0 ORDER BY 1, 2"


class Bounds(NamedTuple):
    """The least scores of the upper third and of the upper two thirds."""

    high: float
    medium: float


Thirds: TypeAlias = Mapping[str, Bounds]
_thirds = msgspec.json.Decoder(dict[str, Bounds])


def source(asked: Asked) -> Values:
    """Those who received something. Thirds are those of the last run over all profiles."""
    query = _sums(asked, asked.numbers)
    if query is None:
        return {}
    thirds = _load(asked.table, asked.account_id)
    rows = asked.engine.run(asked.account_id, select(_EACH, months=None, **query)).to_pydict()
    scores: dict[int, dict[Channel, float]] = {}
    columns = (rows[name] for name in ("profile_no", "channel", "received", "clicks", "weight"))
    for no, channel, received, clicks, weight in zip(*columns, strict=True):
        scores.setdefault(no, {})[CHANNELS[channel]] = float(score(received, clicks, weight))
    return {no: affinity(of, thirds) for no, of in scores.items()}


def prepare(asked: Asked) -> None:
    """Reckon the thirds over all profiles, and keep them."""
    query = _sums(asked, None)
    rows = {} if query is None else asked.engine.run(asked.account_id, select(_SPREAD, months=None, **query)).to_pydict()
    found: dict[str, Bounds] = {}
    for n, channel in enumerate(CHANNELS if rows else ()):
        of = np.array(rows["channel"], dtype=np.int64) == n
        if of.any():
            received, clicks, weight, profiles = (
                np.array(rows[name], dtype=np.int64)[of] for name in ("received", "clicks", "weight", "profiles")
            )
            found[channel] = bounds(score(received, clicks, weight), profiles)
    asked.table.write([[Put(Item(_key(asked.account_id), msgspec.json.encode(found)))]])


def score(received: Any, clicks: Any, weight: Any) -> Any:
    """`weight`: attributed conversions in millionths. Equal fractions give equal numbers."""
    return (clicks * WHOLE + 2 * weight + WHOLE) / ((received + 20) * WHOLE)


def bounds(scores: npt.NDArray[np.float64], profiles: npt.NDArray[np.int64]) -> Bounds:
    """Of scores that so many profiles have each. Somebody is in the upper third if fewer than a third are better."""
    order = np.argsort(-scores, kind="stable")
    reached, whole = np.cumsum(profiles[order]), int(profiles.sum())
    places = (-(-whole // 3), -(-2 * whole // 3))
    high, medium = (float(scores[order][np.searchsorted(reached, place)]) for place in places)
    return Bounds(high, medium)


def affinity(scores: Mapping[Channel, float], thirds: Thirds) -> Mapping[str, Any]:
    """All channels, best first, at equal scores in their fixed order; and the third that the person is in, for the
    channels by which messages were received."""
    ranked = sorted(CHANNELS, key=lambda one: (one not in scores, -scores.get(one, 0.0), CHANNELS.index(one)))
    ranks = {one: _rank(scores[one], thirds[one]) for one in CHANNELS if one in scores and one in thirds}
    return {RANKED: ranked, RANKS: ranks}


def _rank(of: float, thirds: Bounds) -> str:
    return HIGH if of >= thirds.high else MEDIUM if of >= thirds.medium else LOW


def _sums(asked: Asked, numbers: Sequence[int] | None) -> dict[str, Query] | None:
    """The tables that `sums` is made of, itself the last; None: the account has no messages."""
    known = counted.known(asked.table, asked.account_id)
    metrics = messages.numbers(known)
    if not any(metrics.get((channel, "received")) for channel in CHANNELS):
        return None
    end = asked.book.account.now
    start = end - WINDOW
    settings = attribution_settings.get(asked.table, asked.account_id)
    parts = {"told": _of(_told(metrics, settings, start, end), numbers), "engaged": select(_ENGAGED)}
    if asked.book.revenue is not None:
        orders = _of(occurrences(asked.book.revenue, start, end, asked.book.account), numbers)
        conversions = select("SELECT profile_no, occurred_at, event_id, units FROM orders", orders=orders)
        touched = touches(metrics, messages.visits(known), settings, start, end, conversions)
        parts |= {"orders": orders, "credits": attributed(conversions, touched, settings), "owed": _owed()}
    union = " UNION ALL ".join(f"SELECT * FROM {name}" for name in ("engaged", "owed") if name in parts)
    return {**parts, "sums": select(_SUMS.format(union=union))}


def _told(metrics: Numbers, settings: AttributionSettings, start: datetime, end: datetime) -> Query:
    """Receipts (`received` 1) and clicks (0); of receipts `message` is empty."""
    values = Placeholders()
    received = _all(metrics, dict.fromkeys(CHANNELS, "received"))
    clicked = _all(metrics, _CLICKS)
    cases = " ".join(
        f"WHEN metric_id IN ({values.add(nos)}) THEN {n}"
        for n, channel in enumerate(CHANNELS)
        if (nos := tuple(_of_channel(metrics, channel)))
    )
    is_received = f"metric_id IN ({values.add(received)})"
    text = (
        f"SELECT profile_no, CASE {cases} END AS channel, CASE WHEN {is_received} THEN 1 ELSE 0 END AS received, "
        f"CASE WHEN {is_received} THEN '' ELSE {_KEY} END AS message FROM events "
        f"WHERE metric_id IN ({values.add((*received, *clicked))}) "
        f"AND occurred_at >= {values.add(start)} AND occurred_at < {values.add(end)}"
    )
    if not settings.include_bot_clicks:
        text += f" AND (machine IS NULL OR {is_received})"
    return values.select(text, months=months_between(start, end))


def _owed() -> Query:
    return select(_OWED.format(cases=" ".join(f"WHEN '{channel}' THEN {n}" for n, channel in enumerate(CHANNELS))))


def _all(metrics: Numbers, roles: Mapping[Channel, messages.Role]) -> tuple[int, ...]:
    return tuple(no for channel, role in roles.items() for no in metrics.get((channel, role), ())) or _NONE


def _of_channel(metrics: Numbers, channel: Channel) -> Iterator[int]:
    yield from metrics.get((channel, "received"), ())
    yield from metrics.get((channel, _CLICKS[channel]), ())


def _of(query: Query, numbers: Sequence[int] | None) -> Query:
    if numbers is None:
        return query
    if isinstance(numbers, range):
        return query.where("profile_no >= :first AND profile_no < :last", first=numbers.start, last=numbers.stop)
    return query.where("profile_no IN (:numbers)", numbers=sorted(numbers) or [0])


def _load(table: Table, account_id: str) -> Thirds:
    item = table.get([_key(account_id)])[0]
    return {} if item is None else _thirds.decode(item.body)


def _key(account_id: str) -> Key:
    return Key(f"{account_id}#clv", "channel-affinity-thirds")


PROPERTY = Property("channel_affinity", (RANKED, RANKS), source, prepare=prepare, after_orders=False)
