"""What followed orders with a product: slow and obvious, over the lines that `oracle_lines` finds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from tests.unit.orders.oracle_lines import Bought
from tests.unit.reports.oracles import Happened

_DAY = timedelta(days=1)


def analysis(
    orders: dict[int, list[Happened]], lines: Sequence[Bought], item: str, start: datetime, end: datetime, support: int
) -> dict[str, Any]:
    """`orders` are the net ones of each profile; `lines` have their item."""
    chosen = {b.order for b in lines if b.item == item and start <= b.at < end}
    held = defaultdict(set)
    for b in lines:
        held[b.order].add(b.item)
    together: dict[str, int] = defaultdict(int)
    for number in chosen:
        for other in held[number] - {item}:
            together[other] += 1
    days_after, customers, firsts = defaultdict(list), defaultdict(set), []
    buyers = 0
    for profile, own in orders.items():
        mine = sorted((o for o in own if o.number in chosen), key=lambda o: (o.at, o.number))
        buyers += bool(mine)
        for n, order in enumerate(mine):
            later = sorted((o for o in own if o.at > order.at), key=lambda o: (o.at, o.number))
            if not later:
                continue
            days = (later[0].at - order.at) // _DAY
            if n == 0:
                firsts.append(days)
            for other in held[later[0].number] - {item}:
                days_after[other].append(days)
                customers[other].add(profile)
    curve = [firsts.count(day) for day in range(91)]
    return {
        "orders": len(chosen),
        "customers": buyers,
        "repeat_timing": {
            "returned": len(firsts),
            "median_days": median(firsts) if firsts else None,
            "peak_day": curve.index(max(curve)) if any(curve) else None,
            "curve": [{"day": day, "customers": n} for day, n in enumerate(curve)],
        },
        "same_cart": sorted(
            ((other, n, n / len(chosen)) for other, n in together.items() if n >= support), key=lambda row: (-row[1], row[0])
        ),
        "next_order": sorted(
            (
                (other, len(customers[other]), len(days), len(customers[other]) / buyers, median(days))
                for other, days in days_after.items() if len(customers[other]) >= support
            ),
            key=lambda row: (-row[1], -row[2], row[0]),
        ),
    }  # fmt: skip


def listing(lines: Sequence[Bought], start: datetime, end: datetime) -> dict[str, tuple[int, int, int, int]]:
    """Item -> units, customers, orders, thousandths."""
    found: dict[str, list[Bought]] = defaultdict(list)
    for b in lines:
        if start <= b.at < end:
            found[b.item].append(b)
    return {
        item: (
            sum(b.units or 0 for b in some), len({b.profile for b in some}), len({b.order for b in some}),
            sum(b.thousandths for b in some),
        )
        for item, some in found.items()
    }  # fmt: skip
