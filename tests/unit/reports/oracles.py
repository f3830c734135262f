"""Slow, obvious answers: plain Python over lists of events, sharing nothing with the reports' SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

ORDER, CANCELLATION, REFUND = 1, 2, 3
GROUP_OF = {
    code: group
    for group, codes in {
        "champions": "333 332 323",
        "loyal": "321 322 331 232 233",
        "recent": "312 313 311 222 223",
        "needs_attention": "213 221 123 132 133",
        "at_risk": "231 212 122 131 211",
        "inactive": "111 112 113 121",
    }.items()
    for code in codes.split()
}


@dataclass(frozen=True)
class Happened:
    """An event as the tests make them. Amounts are cents, so that the oracle adds whole numbers."""

    number: int
    metric: int
    profile: int
    at: datetime
    cents: int | None = None
    currency: str | None = None
    order_id: str | None = None
    unique_id: str | None = None
    properties: dict[str, Any] = field(default_factory=dict)
    profile_properties: dict[str, Any] | None = None

    @property
    def key(self) -> str:
        return self.order_id or self.unique_id or str(self.number)


@dataclass
class Person:
    last: datetime
    orders: int
    cents: int


def customers(events: Sequence[Happened], until: datetime, rates: dict[str, int]) -> dict[int, Person]:
    """Who had ordered before `until`, net of what was cancelled and refunded before it (SPEC §5)."""
    found: dict[int, Person] = {}
    for profile, (orders, loose) in net_orders(events, until, rates).items():
        if orders:
            total = sum(o.cents or 0 for o in orders)
            found[profile] = Person(orders[-1].at, len(orders), max(total - loose, 0))
    return found


def net_orders(
    events: Sequence[Happened], until: datetime, rates: dict[str, int]
) -> dict[int, tuple[list[Happened], int]]:
    """Each profile's orders that stand just before `until`, with what is left of their cents, the oldest first;
    and the cents of refunds that match none."""
    seen = sorted((e for e in events if e.at < until), key=lambda e: (e.at, e.number))
    seen = [
        replace(e, cents=None if e.cents is None else e.cents * rates.get(e.currency or "", 1)) for e in seen
    ]
    return {profile: _net([e for e in seen if e.profile == profile]) for profile in {e.profile for e in seen}}


def _net(own: Sequence[Happened]) -> tuple[list[Happened], int]:
    orders = [e for e in own if e.metric == ORDER and (e.cents or 0) > 0]
    keys = {o.key for o in orders}
    cancellations = [e for e in own if e.metric == CANCELLATION]
    cancelled_keys = {c.key for c in cancellations}
    left = [o for o in orders if o.key not in cancelled_keys]
    for cancellation in cancellations:
        if cancellation.key in keys or cancellation.cents is None:
            continue
        earlier = [o for o in left if o.cents == abs(cancellation.cents) and o.at <= cancellation.at]
        if earlier:
            left.remove(earlier[-1])
    net = {o.number: o.cents or 0 for o in left}
    loose = 0
    for refund in own:
        if refund.metric != REFUND or refund.cents is None:
            continue
        same = [o for o in orders if o.key == refund.key]
        if not same:
            loose += abs(refund.cents)
        elif same[-1].number in net:
            net[same[-1].number] -= abs(refund.cents)
    return [replace(o, cents=net[o.number]) for o in left if net[o.number] > 0], loose


def at_position(values: list[int], part: int, of: int) -> int:
    """The value at position floor(N * part / of) + 1 of the ascending list, at most the last."""
    return sorted(values)[min(len(values) * part // of, len(values) - 1)]


def rfm(
    events: Sequence[Happened],
    start: datetime,
    end: datetime,
    settings: dict[str, Any],
    rates: dict[str, int],
) -> dict[str, Any]:
    """Groups at both dates, moves and medians."""
    people = {cut: customers(events, until, rates) for cut, until in (("start", start), ("end", end))}
    groups = {
        cut: _groups(people[cut], until, settings) if people[cut] else {}
        for cut, until in (("start", start), ("end", end))
    }
    moves: dict[tuple[str, str], int] = defaultdict(int)
    for profile, group in groups["end"].items():
        moves[groups["start"].get(profile, "never_purchased"), group] += 1
    counted = {"start": set(people["start"]) & set(people["end"]), "end": set(people["end"])}
    medians = {}
    for cut, until in (("start", start), ("end", end)):
        for group in set(GROUP_OF.values()):
            members = [people[cut][p] for p in counted[cut] if groups[cut][p] == group]
            if members:
                medians[cut, group] = (
                    len(members),
                    median((until - m.last) // timedelta(days=1) for m in members),
                    median(m.orders for m in members),
                    median(m.cents for m in members),
                )
    return {"moves": dict(moves), "medians": medians, "lost": len(set(people["start"]) - set(people["end"]))}


def _groups(people: dict[int, Person], until: datetime, settings: dict[str, Any]) -> dict[int, str]:
    recency = settings.get("recency", {}).get("values", {"best": 180, "average": 365})
    orders = _marks([p.orders for p in people.values()], settings.get("frequency", {}), 1)
    cents = _marks([p.cents for p in people.values()], settings.get("monetary", {}), 100)
    if "values" not in settings.get("frequency", {}):
        orders = (max(orders[0], 2), max(orders[1], 3))
    found = {}
    for profile, person in people.items():
        days = (until - person.last) // timedelta(days=1)
        r = 3 if days <= recency["best"] else 2 if days <= recency["average"] else 1
        f = 3 if person.orders >= orders[1] else 2 if person.orders >= orders[0] else 1
        m = 3 if person.cents >= cents[1] else 2 if person.cents >= cents[0] else 1
        found[profile] = GROUP_OF[f"{r}{f}{m}"]
    return found


def _marks(values: list[int], setting: dict[str, Any], scale: int) -> tuple[int, int]:
    if "values" in setting:
        return setting["values"]["average"] * scale, setting["values"]["best"] * scale
    if "percentiles" in setting:
        given = setting["percentiles"]
        return at_position(values, given["average"], 100), at_position(values, given["best"], 100)
    return at_position(values, 1, 3), at_position(values, 2, 3)


def local_day(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


def bucket(day: date, interval: str, *, monday: bool) -> date:
    """First day of the interval: walk back until a new one begins."""
    first_weekday = 0 if monday else 6
    while True:
        begins = {
            "daily": True,
            "weekly": day.weekday() == first_weekday,
            "monthly": day.day == 1,
            "yearly": (day.month, day.day) == (1, 1),
        }[interval]
        if begins:
            return day
        day -= timedelta(days=1)


def scalar(value: object) -> str | None:
    """A property as text, as Trino's json_extract_scalar gives it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None or isinstance(value, list | dict) else str(value)


def cells(
    events: Sequence[Happened], zone: str, interval: str, *, monday: bool, name: Any = None
) -> dict[tuple[Any, date], tuple[int, int, int, int]]:
    """(group, first day) -> events, profiles, cents, events with a value."""
    found: dict[tuple[Any, date], list[Happened]] = defaultdict(list)
    for e in events:
        found[name(e) if name else None, bucket(local_day(e.at, zone), interval, monday=monday)].append(e)
    return {
        at: (len(some), len({e.profile for e in some}), sum(e.cents or 0 for e in some),
             sum(e.cents is not None for e in some))
        for at, some in found.items()
    }  # fmt: skip


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]
