"""What the statistics of customers are, slowly and obviously, over plain events."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from statistics import median_low
from typing import NamedTuple

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Event(NamedTuple):
    """`kind`: order, refund or cancel; `key`: of the order that it is about. `units`: ten-thousandths."""

    kind: str
    profile: int
    at: datetime
    key: str
    units: int


class Order(NamedTuple):
    at: datetime
    units: int


def orders(events: Sequence[Event], cut: datetime) -> tuple[dict[int, list[Order]], Counter[int]]:
    """By profile, in time; and refunds of no order. Keys are used once for each profile."""
    known = [event for event in events if event.at < cut]
    placed = {(e.profile, e.key): e for e in known if e.kind == "order" and e.units > 0}
    gone = {(e.profile, e.key) for e in known if e.kind == "cancel"}
    back: Counter[tuple[int, str]] = Counter()
    loose: Counter[int] = Counter()
    for event in known:
        if event.kind == "refund":
            if (event.profile, event.key) in placed:
                back[event.profile, event.key] += event.units
            else:
                loose[event.profile] += event.units
    found: dict[int, list[Order]] = defaultdict(list)
    for at, event in sorted(placed.items(), key=lambda one: one[1].at):
        net = event.units - back[at]
        if at not in gone and net > 0:
            found[event.profile].append(Order(event.at, net))
    return dict(found), loose


def day(at: datetime) -> int:
    return (at - EPOCH).days


def standing(events: Sequence[Event], cut: datetime) -> list[dict[str, object]]:
    found, loose = orders(events, cut)
    return [
        {
            "profile_no": no, "orders": len(some), "days": len({day(one.at) for one in some}),
            "units": sum(one.units for one in some), "net_units": max(0, sum(one.units for one in some) - loose[no]),
            "first_day": day(some[0].at), "last_day": day(some[-1].at),
            "first_at": some[0].at, "last_at": some[-1].at,
        }
        for no, some in sorted(found.items())
    ]  # fmt: skip


def purchases(events: Sequence[Event], cut: datetime, today: int) -> Counter[tuple[int, int, int]]:
    """(x, t_x, T) -> customers."""
    rows: Counter[tuple[int, int, int]] = Counter()
    for some in orders(events, cut)[0].values():
        days = sorted({day(one.at) for one in some})
        rows[len(days) - 1, days[-1] - days[0], today - days[0]] += 1
    return rows


def spend(events: Sequence[Event], cut: datetime, *, repeats: bool = False) -> Counter[tuple[int, int]]:
    """(purchases, units) -> customers."""
    rows: Counter[tuple[int, int]] = Counter()
    for some in orders(events, cut)[0].values():
        first = day(some[0].at)
        counted = [one for one in some if not repeats or day(one.at) > first]
        if counted:
            rows[len({day(one.at) for one in counted}), sum(one.units for one in counted)] += 1
    return rows


def gaps(events: Sequence[Event], cut: datetime) -> dict[int, tuple[int, int]]:
    """After the k-th order (5: and later; 0: all) the two middle gaps in seconds."""
    lengths: dict[int, list[int]] = defaultdict(list)
    for some in orders(events, cut)[0].values():
        for place, (one, following) in enumerate(pairwise(some), 1):
            length = int((following.at - one.at).total_seconds())
            lengths[min(place, 5)].append(length)
            lengths[0].append(length)
    return {k: (median_low(some), -median_low([-one for one in some])) for k, some in lengths.items()}


def after(events: Sequence[Event], since: datetime, cut: datetime) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for no, some in sorted(orders(events, cut)[0].items()):
        late = [one for one in some if one.at >= since]
        if late:
            days = len({day(one.at) for one in late})
            found.append({"profile_no": no, "orders": len(late), "days": days, "units": sum(one.units for one in late)})
    return found
