"""What a request for metric aggregates asks: its period, dimensions, conditions, order and page (SPEC §3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cdp.errors import Rejected
from cdp.jsonapi.cursors import read_cursor
from cdp.jsonapi.matrix import INSTANT, TEXT, Condition, Filters
from cdp.query.sql import Param, Piece, json_path
from functions.reports.periods import Interval as Local
from functions.reports.periods import in_calendar, intervals, local_iso
from functions.reports.report import MOMENT, Scope

_COLUMNS: Mapping[str, str] = {
    "$campaign_channel": "channel",
    "$flow": "flow",
    "$flow_channel": "channel",
    "$message": "message",
    "$value_currency": "currency",
    "Campaign Name": "campaign",
}
_ATTRIBUTED: Mapping[str, str] = {
    f"$attributed_{name}": f"attributed_{name}" for name in ("channel", "flow", "message", "variation")
}
_NAMES = (
    "$attributed_channel", "$attributed_flow", "$attributed_message", "$attributed_variation", "$campaign_channel",
    "$flow", "$flow_channel", "$message", "$message_send_cohort", "$usage_amount", "$value_currency", "$variation",
    "$variation_send_cohort", "Bot Click", "Bounce Type", "Campaign Name", "Client Canonical", "Client Name",
    "Client Type", "Email Domain", "Failure Source", "Failure Type", "From Number", "From Phone Region",
    "Inbox Provider", "List", "Message Format", "Message Name", "Message Type", "Method", "Segment Count", "Subject",
    "To Number", "To Phone Region", "URL", "form_id",
)  # fmt: skip
MAX_DIMENSIONS = 5
_MEASUREMENTS = ("count", "sum_value", "unique")
_LOCAL: Mapping[str, Local] = {"day": "daily", "week": "weekly", "month": "monthly"}
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Dimension:
    """A typed column of `events`, or a property of that name; or a column of what the event is `attributed` to."""

    name: str
    column: str | None
    attributed: bool = False

    def sql(self) -> tuple[str, dict[str, Param]]:
        """Its value, empty where an event lacks it."""
        if self.column is not None:
            return f"coalesce({self.column}, '')", {}
        return "coalesce(json_extract_scalar(properties, :path), '')", {"path": json_path(self.name)}


DIMENSIONS: Mapping[str, Dimension] = {
    name: Dimension(name, _COLUMNS.get(name) or _ATTRIBUTED.get(name), name in _ATTRIBUTED) for name in _NAMES
}
_FILTERED = {name.replace(" ", ""): name for name in _NAMES}  # white space means nothing in a filter
_BLANKS = re.compile(
    r"^(\s*[\w-]+\s*\(\s*)(" + "|".join(re.escape(n) for n in _NAMES if " " in n) + r")(?=\s*,)"
)
_FILTERS = Filters(
    {
        "datetime": INSTANT("greater-or-equal", "greater-than", "less-than", "less-or-equal"),
        **{name: TEXT("equals", "any", "contains", "starts-with") for name in _FILTERED},
    }
)
_OPERATORS: Mapping[str, str] = {
    "equals": "{d} = :value",
    "any": "{d} IN (:value)",
    "contains": "strpos({d}, :value) > 0",
    "starts-with": "strpos({d}, :value) = 1",
}


class Given(Protocol):
    """The parameters that are read here."""

    @property
    def filter(self) -> list[str]: ...
    @property
    def interval(self) -> str | None: ...
    @property
    def by(self) -> list[str] | None: ...
    @property
    def timezone(self) -> str | None: ...
    @property
    def page_size(self) -> int | None: ...
    @property
    def page_cursor(self) -> str | None: ...
    @property
    def sort(self) -> str | None: ...


@dataclass(frozen=True)
class Asked:
    """A checked request: [start, end) in UTC; groups up to `seen` were on earlier pages. `conditions` are on the
    events, `owed` on what they are attributed to."""

    start: datetime
    end: datetime
    until: datetime
    timezone: str
    interval: str
    by: tuple[str, ...]
    conditions: tuple[Piece, ...]
    owed: tuple[Piece, ...]
    sort: str
    descending: bool
    seen: int
    page_size: int
    _days: dict[date, int] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def attributed(self) -> bool:
        """Does it matter which messages the events are owed to?"""
        return bool(self.owed) or any(DIMENSIONS[name].attributed for name in self.by)

    @property
    def first_hour(self) -> datetime:
        """Start of the hour, on the zone's clock, that holds `start`. Later hours follow every 3600 seconds."""
        offset = self.start.astimezone(self.zone).utcoffset() or timedelta()
        clock = self.start + offset
        return clock.replace(minute=0, second=0, microsecond=0) - offset

    def dates(self) -> list[str]:
        """Starts of the intervals that the asked-for period touches, on the zone's clock."""
        if self.interval == "hour":
            hours = -((self.first_hour - self.until) // _HOUR)
            moments = (self.first_hour + n * _HOUR for n in range(hours))
            return [at.astimezone(self.zone).isoformat(timespec="seconds") for at in moments]
        days = list(intervals(self.start, self.until, _LOCAL[self.interval], self.zone, monday=True))
        self._days.update((day, n) for n, day in enumerate(days))
        return [local_iso(day, self.zone) for day in days]

    def position(self, bucket: date | int) -> int:
        """Index of a row's interval in `dates()`."""
        return bucket if isinstance(bucket, int) else self._days[bucket]


def asked(params: Given, scope: Scope) -> Asked:
    """Check and read; `Rejected` points into the attributes."""
    timezone = params.timezone or "UTC"
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Rejected(f"{timezone!r} is not an IANA time zone.", field="/timezone") from error
    by = tuple(params.by or ())
    for number, name in enumerate(by):
        if name not in DIMENSIONS:
            raise Rejected(
                f"{name!r} is not a dimension; use one of: {', '.join(DIMENSIONS)}.", field=f"/by/{number}"
            )
    if len(by) > MAX_DIMENSIONS or len(set(by)) < len(by):
        raise Rejected(f"by takes at most {MAX_DIMENSIONS} different dimensions.", field="/by")
    start, until, conditions, owed = _bounds(params.filter)
    sort = (params.sort or "").removeprefix("-")
    if sort and sort not in (*_MEASUREMENTS, *by):
        raise Rejected(f"{sort!r} is neither a measurement nor a dimension in by.", field="/sort")
    return Asked(
        start=start,
        end=max(start, min(until, scope.now)),
        until=until,
        timezone=timezone,
        interval=params.interval or "day",
        by=by,
        conditions=conditions,
        owed=owed,
        sort=sort,
        descending=(params.sort or "").startswith("-"),
        seen=_seen(params),
        page_size=params.page_size or 500,
    )


def _seen(params: Given) -> int:
    if not params.page_cursor:
        return 0
    try:
        cursor = read_cursor(params.page_cursor)
    except Rejected as error:
        raise Rejected(error.message, field="/page_cursor") from error
    match cursor.position:
        case (int(seen),) if cursor.sort == (params.sort or "") and seen >= 0:
            return seen
    raise Rejected("The cursor belongs to another request.", field="/page_cursor")


def _bounds(texts: list[str]) -> tuple[datetime, datetime, tuple[Piece, ...], tuple[Piece, ...]]:
    """Start, end, conditions on the events and on what they are attributed to."""
    starts: list[datetime] = []
    ends: list[datetime] = []
    conditions: list[Piece] = []
    owed: list[Piece] = []
    for number, text in enumerate(texts):
        try:
            found = _FILTERS.read(_BLANKS.sub(lambda m: m[1] + m[2].replace(" ", ""), text))
        except Rejected as error:
            raise Rejected(error.message, field=f"/filter/{number}") from error
        for one in found:
            if one.field != "datetime":
                attributed = DIMENSIONS[_FILTERED[one.field]].attributed
                (owed if attributed else conditions).append(_condition(one))
            elif isinstance(one.value, datetime):
                in_calendar(one.value, f"/filter/{number}")
                later = MOMENT if one.operator in ("greater-than", "less-or-equal") else timedelta()
                (starts if one.operator.startswith("greater") else ends).append(one.value + later)
    if not starts or not ends:
        raise Rejected("filter must bound datetime from below and from above.", field="/filter")
    start, end = max(starts).astimezone(UTC), min(ends).astimezone(UTC)
    if end <= start:
        raise Rejected("filter bounds an empty time range.", field="/filter")
    if end - start > timedelta(days=366, hours=1):
        raise Rejected("The time range may span at most one year.", field="/filter")
    return start, end, tuple(conditions), tuple(owed)


def _condition(one: Condition) -> Piece:
    text, params = DIMENSIONS[_FILTERED[one.field]].sql()
    values: Param = [str(v) for v in one.values] if one.operator == "any" else str(one.value)
    return Piece(_OPERATORS[one.operator].replace("{d}", text), {**params, "value": values})
