"""The statistics of messages as one query: what was sent in a period, and all that came of it (docs/adr/0100).

Receipts, and what people did with messages, stand in one line for each profile, channel and message; the receipt
before an event is the one that it belongs to, and its time is the event's. So a bot's 100,000 clicks cost one pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from cdp.attribution import messages
from cdp.attribution.messages import Channel, Numbers
from cdp.attribution.statistics import (
    BOUNCED,
    CLICKED,
    CONVERTED,
    FAILED,
    OPENED,
    RECEIVED,
    ROLES,
    SENT,
    UNSUBSCRIBED,
    USED,
)
from cdp.filters.placeholders import Placeholders
from cdp.query.counted import Counted
from cdp.query.membership import spans
from cdp.query.money import PER_UNIT, units
from cdp.query.sql import Query, json_path, months_between, select
from functions.reports.attribution import credited
from functions.reports.periods import Interval as Local
from functions.reports.report import Scope
from functions.reports.reporting_periods import Frame, Interval

CHANNELS: tuple[Channel, ...] = messages.CHANNELS
_TEXTS: tuple[Channel, ...] = ("sms",)
# Properties of events that a report may be grouped by; `variation` is a column of its own.
TRAITS: Mapping[str, str | None] = {
    "variation": None,
    "text_message_format": "Message Format",
    "inbox_provider": "Inbox Provider",
}
_NONE = (0,)  # metrics are numbered from 1
_KEY = "coalesce(message, campaign, flow)"
_HEADS = {False: "flow IS NULL", True: "flow IS NOT NULL"}


@dataclass(frozen=True)
class Wanted:
    """`flows`: of flows, or of campaigns? `by`: among `channel`, `audience` and the names in `TRAITS`. `conversions` are
    kinds `CONVERTED` and on. `channels` and `traits` are conditions; `groups`: ids of lists and
    segments. `named`: are the events' names of messages wanted?"""

    flows: bool
    frame: Frame
    kinds: frozenset[int]
    conversions: Sequence[Counted] = ()
    by: tuple[str, ...] = ()
    interval: Interval | Local | None = None
    channels: tuple[Channel, ...] = CHANNELS
    traits: Mapping[str, tuple[str, ...]] | None = None
    groups: tuple[str, ...] = ()
    named: bool = True

    @property
    def valued(self) -> bool:
        """Do the rows have amounts?"""
        return bool(self.conversions) or USED in self.kinds

    @property
    def columns(self) -> tuple[str, ...]:
        """Of the line, beside profile, kind, channel and message: only what is needed, as every column costs."""
        return (
            *(("flow",) if self.flows else ()),
            *(("name",) if self.named else ()),
            *(("n", "units", "credits", "segments", "happened") if self.valued else ()),
            *self.held,
        )

    @property
    def held(self) -> tuple[str, ...]:
        """The traits that the line must know."""
        return tuple(name for name in TRAITS if name in self.by or name in (self.traits or {}))


def statistics(wanted: Wanted, scope: Scope) -> Query:
    """Rows `flow`, `message`, the columns of `by` (`bucket` with an interval) and `kind`: `n` events (conversions: in
    millionths), `uniques` (profiles), `units` (of conversions, or the price of text messages: 1/10000 of the
    currency), `credits` (1/10000), `segments`, `name` (as the events have it), `newest` event."""
    kept = _kept(wanted, scope)
    if "audience" in wanted.by:
        kept = select(_grouped(wanted), kept=kept, spans=spans(wanted.groups))
    if wanted.interval is not None:
        kept = wanted.frame.bucketed(kept, wanted.interval)
    keys = [*(["flow"] if wanted.flows else []), "message", *wanted.by, *(["bucket"] if wanted.interval else []), "kind"]
    listed = ", ".join(keys)
    sums = ["sum(n) AS n", "sum(units) AS units", "sum(credits) AS credits", "sum(segments) AS segments"]
    counts = ", ".join(sums if wanted.valued else ["count(*) AS n"])
    further = f"{', max(name) AS name' if wanted.named else ''}, max(newest) AS newest"
    text = f"""
WITH people AS (
  SELECT {listed}, CASE WHEN kind IN ({OPENED}, {CLICKED}, {UNSUBSCRIBED}) OR kind >= {CONVERTED} THEN profile_no ELSE 0
    END AS person, {counts}{further}
  FROM kept GROUP BY {", ".join(str(n) for n in range(1, len(keys) + 2))}
)
SELECT {listed}, count(*) AS uniques, {", ".join(sums if wanted.valued else sums[:1])}{further}
FROM people GROUP BY {listed} ORDER BY {listed}"""
    return select(text, kept=kept)


def _kept(wanted: Wanted, scope: Scope) -> Query:
    """What counts, each with the time of its send as `occurred_at`."""
    told = _told(wanted, scope)
    parts = {"told": told}
    if USED in wanted.kinds:
        parts["used"] = _used(wanted, scope)
    for number, counted in enumerate(wanted.conversions):
        parts[f"credited{number}"] = _credited(wanted, counted, CONVERTED + number, scope)
    line = "\n  UNION ALL\n  ".join(f"SELECT * FROM {name}" for name in parts)
    of_send = f"kind IN ({BOUNCED}, {FAILED}, {USED}) OR kind >= {CONVERTED}"
    text = f"""
WITH line AS (
  {line}
), traced AS (
  SELECT *, max(CASE WHEN kind = {RECEIVED} THEN newest END) OVER (
    PARTITION BY profile_no, channel, message ORDER BY newest, kind ROWS UNBOUNDED PRECEDING) AS got
  FROM line
)"""
    values = Placeholders()
    source = "traced"
    if wanted.held:
        text += _carried(wanted)
        source = "carried"
    own = "".join(f", {name}" for name in wanted.columns if name != "happened")
    text += f""", sent AS (
  SELECT profile_no, kind, channel, message, {"happened" if wanted.valued else "newest"} AS newest{own}, CASE WHEN {of_send} THEN newest ELSE got END AS occurred_at FROM {source}
)
SELECT * FROM sent
WHERE occurred_at >= {values.add(wanted.frame.start)} AND occurred_at < {values.add(wanted.frame.end)}"""
    for name, asked in (wanted.traits or {}).items():
        text += f" AND {name} IN ({values.add(asked)})"
    return values.select(text, parts)


def _carried(wanted: Wanted) -> str:
    """What belongs to a receipt has its traits, or else its own; none is the empty text."""
    kept = ", ".join(
        f"coalesce(CASE WHEN kind NOT IN ({BOUNCED}, {FAILED}, {USED}) THEN max(CASE WHEN kind = {RECEIVED} THEN {name} "
        f"END) OVER (PARTITION BY profile_no, channel, message, turn) END, {name}, '') AS {name}"
        for name in wanted.held
    )
    own = ", ".join(("profile_no", "kind", "channel", "message", "newest", "got", *wanted.columns[: -len(wanted.held)]))
    return f""", turned AS (
  SELECT *, sum(CASE WHEN kind = {RECEIVED} THEN 1 ELSE 0 END) OVER (
    PARTITION BY profile_no, channel, message ORDER BY newest, kind, event_id ROWS UNBOUNDED PRECEDING) AS turn
  FROM traced
), carried AS (
  SELECT {own}, {kept} FROM turned
)"""


def _told(wanted: Wanted, scope: Scope) -> Query:
    """Sends and what people did with them from the period's start on; `newest` is when."""
    numbers = messages.numbers(scope.metrics)
    values = Placeholders()
    kinds = {kind: nos for kind in ROLES if kind in wanted.kinds and (nos := _numbers(numbers, kind, wanted.channels))}
    cases = " ".join(f"WHEN metric_id IN ({values.add(nos)}) THEN {kind}" for kind, nos in kinds.items())
    found = tuple(sorted({no for nos in kinds.values() for no in nos})) or _NONE
    start, now = wanted.frame.start, max(scope.now, wanted.frame.start)
    text = (
        f"SELECT profile_no, CASE {cases or 'WHEN metric_id < 0 THEN 0'} END AS kind, "
        f"{_channel(numbers, wanted, values)} AS channel, {_KEY} AS message, occurred_at AS newest"
        f"{_facts(wanted, '1', None, None, None, 'occurred_at', _traits(wanted, values))} "
        f"FROM events WHERE metric_id IN ({values.add(found)}) AND {_KEY} IS NOT NULL AND {_HEADS[wanted.flows]} "
        f"AND occurred_at >= {values.add(start)} AND occurred_at < {values.add(now)}"
    )
    for kind, included in ((CLICKED, scope.attribution.include_bot_clicks), (OPENED, scope.attribution.include_mpp_opens)):
        if kind in kinds and not included:
            text += f" AND (machine IS NULL OR metric_id NOT IN ({values.add(kinds[kind])}))"
    return values.select(text, months=months_between(start, now))


def _used(wanted: Wanted, scope: Scope) -> Query:
    """What text messages of the period used: their price (the event's value), credits and segments."""
    numbers = messages.numbers(scope.metrics)
    values = Placeholders()
    found = tuple(no for kind in SENT for no in _numbers(numbers, kind, _texts(wanted))) or _NONE
    rates = {code: rate for code, rate in sorted(scope.rates.items()) if code != scope.currency}
    start, end = wanted.frame.start, wanted.frame.end
    used = (
        units("value", "currency", rates, values),
        _number("$usage_amount", PER_UNIT, values),
        _number("Segment Count", 1, values),
    )
    text = (
        f"SELECT profile_no, {USED} AS kind, {CHANNELS.index('sms')} AS channel, {_KEY} AS message, "
        f"occurred_at AS newest{_facts(wanted, '1', *used, 'occurred_at', _traits(wanted, values))} FROM events WHERE metric_id IN ({values.add(found)}) AND {_KEY} IS NOT NULL AND {_HEADS[wanted.flows]} "
        f"AND occurred_at >= {values.add(start)} AND occurred_at < {values.add(end)}"
    )
    return values.select(text, months=months_between(start, end))


def _number(name: str, per_unit: int, values: Placeholders) -> str:
    """A property that is a number, in whole parts of its unit."""
    given = f"TRY_CAST(json_extract_scalar(properties, {values.add(json_path(name))}) AS DOUBLE)"
    return f"CASE WHEN {given} BETWEEN 0 AND 1e9 THEN CAST(round({given} * {per_unit}) AS BIGINT) END"


def _credited(wanted: Wanted, counted: Counted, kind: int, scope: Scope) -> Query:
    """Conversions owed to messages of the period; `newest` is when the message was received."""
    values = Placeholders()
    start, end = wanted.frame.start, wanted.frame.end
    until = max(start, min(scope.now, end + scope.attribution.windows.longest + timedelta(hours=1)))
    channels = " ".join(f"WHEN '{channel}' THEN {n}" for n, channel in enumerate(CHANNELS))
    own = "".join(f", {'variation' if name == 'variation' else 'CAST(NULL AS VARCHAR)'} AS {name}" for name in wanted.held)
    own = f"{own}, event_id" if own else ""
    text = (
        f"SELECT profile_no, {kind} AS kind, CASE channel {channels} END AS channel, {_KEY} AS message, "
        f"received_at AS newest{_facts(wanted, 'weight', 'units', None, None, 'occurred_at', own)} FROM credited WHERE {_KEY} IS NOT NULL AND {_HEADS[wanted.flows]} "
        f"AND channel IN ({values.add(wanted.channels)}) "
        f"AND received_at >= {values.add(start)} AND received_at < {values.add(end)}"
    )
    return values.select(text, {"credited": credited(counted, start, until, scope)})


def _facts(
    wanted: Wanted, n: str, units_: str | None, credits_: str | None, segments: str | None, happened: str, traits: str
) -> str:
    """The columns of `Wanted.columns` as the parts of the line bring them."""
    nothing = "CAST(NULL AS BIGINT)"
    texts = [
        *(["flow"] if wanted.flows else []),
        *(["campaign AS name"] if wanted.named else []),
    ]
    if wanted.valued:
        texts += [f"CAST({n} AS BIGINT) AS n", f"{units_ or nothing} AS units", f"{credits_ or nothing} AS credits",
                  f"{segments or nothing} AS segments", f"{happened} AS happened"]  # fmt: skip
    return "".join(f", {text}" for text in texts) + traits


def _grouped(wanted: Wanted) -> str:
    """Each event once for every list or segment that held the profile when the message was sent, and once for
    none (the empty id)."""
    own = [name for name in wanted.columns if name != "happened"]
    shown = ", ".join(f"k.{name}" for name in ("profile_no", "kind", "channel", "message", "newest", *own, "occurred_at"))
    return f"""
SELECT * FROM (
  SELECT {shown}, '' AS audience FROM kept AS k
  UNION ALL
  SELECT {shown}, s.group_id AS audience FROM kept AS k
  JOIN spans AS s ON s.profile_no = k.profile_no
    AND s.since <= k.occurred_at AND (s.until IS NULL OR k.occurred_at < s.until)
) AS members"""


def _numbers(numbers: Numbers, kind: int, channels: Sequence[Channel]) -> tuple[int, ...]:
    return tuple(no for role in ROLES[kind] for channel in channels for no in numbers.get((channel, role), ()))


def _texts(wanted: Wanted) -> tuple[Channel, ...]:
    return tuple(channel for channel in wanted.channels if channel in _TEXTS)


def _channel(numbers: Numbers, wanted: Wanted, values: Placeholders) -> str:
    """SQL of the channel that a metric belongs to, as its place in `CHANNELS`."""
    cases = [
        f"WHEN metric_id IN ({values.add(nos)}) THEN {CHANNELS.index(channel)}"
        for channel in wanted.channels
        if (nos := tuple(no for kind in ROLES for no in _numbers(numbers, kind, (channel,))))
    ]
    return f"CASE {' '.join(cases) or 'WHEN metric_id < 0 THEN 0'} END"


def _traits(wanted: Wanted, values: Placeholders) -> str:
    texts = []
    for name in wanted.held:
        given = TRAITS[name]
        text = name if given is None else f"json_extract_scalar(properties, {values.add(json_path(given))})"
        texts.append(f", {text} AS {name}")
    return "".join([*texts, ", event_id"] if texts else texts)
