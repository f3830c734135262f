"""What is learned of products and offered to profiles, slowly and obviously (SPEC §12.4)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

SETTLED = timedelta(hours=48)


@dataclass(frozen=True)
class Bought:
    """An order that stands, with its products."""

    event_id: int
    profile: int
    at: datetime
    items: tuple[str, ...]


def later(orders: Sequence[Bought], support: int) -> dict[str, dict[str, int]]:
    """Item -> follower -> share of the item's buyers, against the follower's buyers to the power of 0.6; in billionths."""
    buyers: dict[str, set[int]] = defaultdict(set)
    pairs: dict[tuple[str, str], set[int]] = defaultdict(set)
    for order in orders:
        for item in order.items:
            buyers[item].add(order.profile)
        for other in orders:
            if other.profile == order.profile and other.at >= order.at + SETTLED:
                for pair in ((a, b) for a in order.items for b in other.items):
                    pairs[pair].add(order.profile)
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for (a, b), people in pairs.items():
        if len(people) >= support:
            share = len(people) / len(buyers[a])
            found[a][b] = max(1, round(1e9 * share / len(buyers[b]) ** 0.6))
    return found


def days(orders: Sequence[Bought], wanted: Iterable[int] | None = None) -> dict[int, int]:
    """Customer -> days from the first of these orders (event ids; None: all) to the next order of all."""
    found: dict[int, int] = {}
    for profile in {order.profile for order in orders}:
        mine = sorted((order for order in orders if order.profile == profile), key=lambda order: order.at)
        first = next((order for order in mine if wanted is None or order.event_id in wanted), None)
        if first is not None and (after := [order.at for order in mine if order.at > first.at]):
            found[profile] = (after[0] - first.at) // timedelta(hours=24)
    return found


def timing(orders: Sequence[Bought], item: str, customers: int) -> tuple[int, float] | None:
    """Customers who came back after the item, and the median of their days; None: too few."""
    with_it = {order.event_id for order in orders if item in order.items}
    known = days(orders, with_it)
    return (len(known), median(known.values())) if len(known) >= customers else None


def newest(orders: Sequence[Bought], profile: int) -> Bought | None:
    mine = [order for order in orders if order.profile == profile]
    return max(mine, key=lambda order: (order.at, order.event_id), default=None)


def ranked(orders: Sequence[Bought], profile: int, learned: Mapping[str, Mapping[str, int]]) -> list[str]:
    last = newest(orders, profile)
    bought = Counter(item for order in orders if order.profile == profile for item in order.items)
    scores: dict[str, int] = defaultdict(int)
    for item, times in bought.items():
        for follower, weight in learned.get(item, {}).items():
            scores[follower] += weight * (1 + 100 * (times - 1) if follower == item else 1)
    fresh = set(last.items) if last else set()
    return sorted((item for item in scores if item not in fresh), key=lambda item: (-scores[item], item))
