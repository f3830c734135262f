"""Monitors the slow way: every event looked at by its local date, every rule in plain words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from cdp.attribution.settings import AttributionSettings
from cdp.documents.monitors import Condition
from tests.unit.attribution import oracle as attribution
from tests.unit.reports.oracle_membership import Entry, members, moves
from tests.unit.reports.oracle_messages import MEANINGS, name_of

Event = Mapping[str, Any]
DAY = timedelta(days=1)
LENGTHS = {"previous_day": 1, "last_7_days": 7, "last_14_days": 14, "last_30_days": 30}
LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Days:
    """Some local days in a row."""

    dates: tuple[date, ...]
    zone: ZoneInfo

    def hold(self, at: datetime) -> bool:
        return at.astimezone(self.zone).date() in self.dates

    def begun(self, at: datetime) -> bool:
        """Was that before the end of the days?"""
        return at.astimezone(self.zone).date() <= self.dates[-1]

    @property
    def start(self) -> datetime:
        return first_instant(self.dates[0], self.zone)

    @property
    def end(self) -> datetime:
        return first_instant(self.dates[-1] + DAY, self.zone)

    def one_by_one(self) -> list[Days]:
        return [Days((day,), self.zone) for day in self.dates]


def periods(condition: Condition, as_of: datetime, zone: ZoneInfo) -> tuple[Days, Days]:
    """The period, and the one before."""
    today, n = as_of.astimezone(zone).date(), LENGTHS[condition.period]
    back = [today - k * DAY for k in range(2 * n, 0, -1)]
    return Days(tuple(back[n:]), zone), Days(tuple(back[:n]), zone)


@cache
def first_instant(day: date, zone: ZoneInfo) -> datetime:
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=30)
    while at.astimezone(zone).date() < day:
        at += timedelta(minutes=15)
    return at


# ---------------------------------------------------------------- figures


def metric(events: Iterable[Event], no: int, condition: Condition, days: Days) -> Fraction | None:
    own = [e for e in events if e["metric_id"] == no]
    if not any(days.begun(e["occurred_at"]) for e in own):
        return None
    return _of_days(condition, [sum(day.hold(e["occurred_at"]) for e in own) for day in days.one_by_one()])


def segment(log: Sequence[Entry], group: str, condition: Condition, days: Days) -> Fraction | None:
    if not moves(log, group, LONG_AGO, days.end)[0]:
        return None
    if condition.metric == "total_members":
        ends = [members(log, group, day.end) for day in days.one_by_one()]
        return Fraction(ends[-1]) if condition.aggregation == "sum" else Fraction(sum(ends), len(ends))
    place = ["members_added", "members_dropped"].index(condition.metric)
    return _of_days(condition, [moves(log, group, day.start, day.end)[place] for day in days.one_by_one()])


def flow(
    events: Sequence[Event], id_: str, condition: Condition, days: Days, settings: AttributionSettings
) -> Fraction | None:
    channels = ("email", "sms") if condition.channel == "both" else (condition.channel,)
    told = [e for e in events if e.get("flow") == id_ and MEANINGS.get(e["metric_id"], ("",))[0] in ("email", "sms")]
    cells = [_cell(events, told, id_, channels, day, settings) for day in days.one_by_one()]
    if condition.metric in ("recipients", "delivered", "conversions"):
        if not any(days.begun(e["occurred_at"]) for e in told) and not any(cell["converted"] for cell in cells):
            return None
        return _of_days(condition, [_count(condition.metric, cell) for cell in cells])
    if condition.aggregation == "sum":
        cells = [_cell(events, told, id_, channels, days, settings)]
    rates = [rate for cell in cells if (rate := _rate(condition.metric, cell)) is not None]
    return sum(rates, Fraction()) / len(rates) if rates else None


def _of_days(condition: Condition, numbers: Sequence[Fraction | int]) -> Fraction:
    total = sum(numbers, Fraction())
    return total if condition.aggregation == "sum" else total / len(numbers)


Cell = dict[str, list[tuple[object, int]]]


def _cell(
    events: Sequence[Event], told: Iterable[Event], id_: str, channels: Iterable[Any], days: Days,
    settings: AttributionSettings,
) -> Cell:  # fmt: skip
    """What happened -> (who and with which message, weight)."""
    found: Cell = {what: [] for what in ("received", "bounced", "failed", "opened", "clicked", "unsubscribed", "spam", "converted")}
    for e in told:
        channel, what = MEANINGS[e["metric_id"]]
        machine = e.get("machine") == 1
        ignored = machine and ((what == "clicked" and not settings.include_bot_clicks) or (what == "opened" and not settings.include_mpp_opens))
        if channel in channels and days.hold(e["occurred_at"]) and not ignored:
            found[what].append(((channel, name_of(e), e["profile_no"]), 1))
    for credited in attribution.expected(events, settings, days.start, days.end).values():
        for touch, weight, _ in credited:
            if touch.flow == id_ and touch.channel in channels:
                found["converted"].append(((touch.channel, touch.message or touch.flow, touch.profile_no), weight))
    return found


def _count(name: str, cell: Cell) -> Fraction:
    if name == "conversions":
        return Fraction(sum(weight for _, weight in cell["converted"]), 1_000_000)
    lost = len(cell["bounced"]) + len(cell["failed"]) if name == "recipients" else 0
    return Fraction(len(cell["received"]) + lost)


def _rate(name: str, cell: Cell) -> Fraction | None:
    n = {what: len(some) for what, some in cell.items()}
    people = {what: len({who for who, _ in some}) for what, some in cell.items()}
    sent = n["received"] + n["bounced"] + n["failed"]
    parts: Mapping[str, tuple[int, int]] = {
        "open_rate": (people["opened"], n["received"]),
        "click_rate": (people["clicked"], n["received"]),
        "click_to_open_rate": (people["clicked"], people["opened"]),
        "bounce_rate": (n["bounced"], sent),
        "spam_complaint_rate": (n["spam"], n["received"]),
        "conversion_rate": (people["converted"], n["received"]),
        "delivery_rate": (n["received"], sent),
        "unsubscribe_rate": (people["unsubscribed"], n["received"]),
    }
    part, whole = parts[name]
    return Fraction(100 * part, whole) if whole else None


# ---------------------------------------------------------------- rules


def holds(condition: Condition, value: Fraction | None, previous: Fraction | None) -> tuple[bool, str | None]:
    wanted = Fraction(Decimal(repr(condition.value)))
    if value is None:
        return False, "no_baseline"
    thresholds: Mapping[str, Callable[[Fraction], bool]] = {
        "greater-than": lambda v: v > wanted,
        "greater-or-equal": lambda v: not v < wanted,
        "less-than": lambda v: v < wanted,
        "less-or-equal": lambda v: not v > wanted,
        "equals": lambda v: v == wanted,
        "not-equals": lambda v: v != wanted,
    }
    if condition.relation in thresholds:
        return thresholds[condition.relation](value), None
    if previous is None or (condition.value_type == "percent" and previous == 0):
        return False, "no_baseline"
    reached = previous * wanted / 100 if condition.value_type == "percent" else wanted
    grown = previous + reached if condition.relation == "increased-by" else previous - reached
    return (value >= grown if condition.relation == "increased-by" else value <= grown), None
