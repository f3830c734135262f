"""What flows sent and what came of it, each event by its own time (SPEC §21), as one query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from cdp.attribution import messages
from cdp.attribution.attribution import attributed
from cdp.attribution.messages import Channel, Numbers
from cdp.attribution.statistics import CLICKED, CONVERTED, OPENED, ROLES
from cdp.attribution.touches import touches
from cdp.filters.clock import midnight
from cdp.filters.placeholders import Placeholders
from cdp.query.counted import Counted, occurrences
from cdp.query.sql import Query, months_between, select
from functions.monitors.calendar import Span
from functions.monitors.seen import Seen

CHANNELS: tuple[Channel, ...] = ("email", "sms")
_MESSAGE = "coalesce(message, campaign, flow)"
_DAY = "CAST(occurred_at AT TIME ZONE :timezone AS DATE)"
_HALF = "CASE WHEN occurred_at < :middle THEN 0 ELSE 1 END"
_PEOPLE = """
WITH people AS (
  SELECT flow, channel, kind, message, profile_no, bucket, sum(n) AS n FROM bucketed GROUP BY 1, 2, 3, 4, 5, 6
)
SELECT flow, channel, kind, bucket, count(*) AS uniques, sum(n) AS n FROM people GROUP BY 1, 2, 3, 4
"""
_FIRST = """
SELECT flow, min(occurred_at) AS first FROM events
WHERE metric_id IN (:metrics) AND flow IN (:flows) AND occurred_at < :end
GROUP BY flow
"""
_ONE_DAY = timedelta(days=1)
_NONE = [0]  # metrics are numbered from 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """Events of these kinds (cdp.attribution.statistics) within `span`, of conversions those of `converted`. `daily`: by
    local day; else by half of the span, 0 and 1."""

    flows: tuple[str, ...]
    span: Span
    kinds: frozenset[int]
    converted: Counted | None = None
    daily: bool = True


def tallies(wanted: Wanted, seen: Seen) -> Query:
    """Rows `flow`, `channel`, `kind`, `bucket`: `n` events (conversions: in millionths), `uniques` (profiles, for each
    message)."""
    parts = {"told": _told(wanted, seen)}
    if wanted.converted is not None:
        parts["owed"] = _owed(wanted, wanted.converted, seen)
    line = Placeholders().select(" UNION ALL ".join(f"SELECT * FROM {name}" for name in parts), parts)
    bucketed = select("SELECT flow, channel, kind, message, profile_no, n FROM line", line=line)
    if wanted.daily:
        bucketed = bucketed.with_column("bucket", _DAY, timezone=wanted.span.zone.key)
    else:
        middle = midnight(wanted.span.first + wanted.span.length // 2 * _ONE_DAY, wanted.span.zone)
        bucketed = bucketed.with_column("bucket", _HALF, middle=middle)
    return select(_PEOPLE, bucketed=bucketed)


def first_known(flows: Sequence[str], span: Span, seen: Seen) -> Query:
    """When each of the flows first had an event, if before the end of `span`."""
    numbers = messages.numbers(seen.metrics)
    found = sorted({no for kind in ROLES for no in _numbers(numbers, kind)}) or _NONE
    return select(_FIRST, metrics=found, flows=list(flows), end=span.end)


def _told(wanted: Wanted, seen: Seen) -> Query:
    """Sends, and what people did with messages; clicks by bots and opens by privacy proxies as the account's settings
    have it."""
    numbers, values = messages.numbers(seen.metrics), Placeholders()
    kinds = {kind: nos for kind in ROLES if kind in wanted.kinds and (nos := _numbers(numbers, kind))}
    cases = " ".join(f"WHEN metric_id IN ({values.add(nos)}) THEN {kind}" for kind, nos in kinds.items())
    channels = " ".join(
        f"WHEN metric_id IN ({values.add(nos)}) THEN '{channel}'"
        for channel in CHANNELS
        if (nos := [no for kind in kinds for role in ROLES[kind] for no in numbers.get((channel, role), ())])
    )
    found = sorted({no for nos in kinds.values() for no in nos}) or _NONE
    text = (
        f"SELECT flow, CASE {channels or 'WHEN metric_id < 0 THEN flow'} END AS channel, "
        f"CASE {cases or 'WHEN metric_id < 0 THEN 0'} END AS kind, {_MESSAGE} AS message, profile_no, occurred_at, "
        f"CAST(1 AS BIGINT) AS n FROM events WHERE metric_id IN ({values.add(found)}) "
        f"AND flow IN ({values.add(wanted.flows)}) "
        f"AND occurred_at >= {values.add(wanted.span.start)} AND occurred_at < {values.add(wanted.span.end)}"
    )
    settings = seen.attribution
    for kind, included in ((CLICKED, settings.include_bot_clicks), (OPENED, settings.include_mpp_opens)):
        if kind in kinds and not included:
            text += f" AND (machine IS NULL OR metric_id NOT IN ({values.add(kinds[kind])}))"
    return values.select(text, months=months_between(wanted.span.start, wanted.span.end))


def _owed(wanted: Wanted, converted: Counted, seen: Seen) -> Query:
    """Conversions of the days that are owed to the flows' messages."""
    values, start, end = Placeholders(), wanted.span.start, wanted.span.end
    known, visits = messages.numbers(seen.metrics), messages.visits(seen.metrics)
    conversions = occurrences(converted, start, end, seen)
    touched = touches(known, visits, seen.attribution, start, end, conversions)
    text = (
        f"SELECT flow, channel, {CONVERTED} AS kind, {_MESSAGE} AS message, profile_no, occurred_at, "
        f"CAST(weight AS BIGINT) AS n FROM credited "
        f"WHERE flow IN ({values.add(wanted.flows)}) AND channel IN ({values.add(CHANNELS)})"
    )
    return values.select(text, {"credited": attributed(conversions, touched, seen.attribution)})


def _numbers(numbers: Numbers, kind: int) -> list[int]:
    return [no for role in ROLES[kind] for channel in CHANNELS for no in numbers.get((channel, role), ())]
