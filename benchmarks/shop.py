"""A month of a made-up shop's events, as arrays: what people see, buy, get by e-mail and SMS, and do with it.

Chains are real: a click follows an open of the same message, an open its receipt; a product is seen before it is
put into the cart and the cart before the checkout; cancellations and refunds name an order of the month. What
would run out of the month happens in its last millisecond.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
PROFILES = 500_000
BOT, BOT_SHARE = 77, 0.0095
PRODUCTS, MESSAGES = 5_000, 60
_MINUTE, _HOUR, _DAY = 60_000_000, 3_600_000_000, 86_400_000_000  # microseconds
# Metric number -> name, share of all events.
METRICS: Mapping[int, tuple[str, float]] = {
    1: ("Placed Order", 0.060),
    2: ("Cancelled Order", 0.002),
    3: ("Refunded Order", 0.003),
    4: ("Viewed Product", 0.280),
    5: ("Opened Email", 0.120),
    6: ("Clicked Email", 0.040),
    7: ("Active on Site", 0.100),
    8: ("Added to Cart", 0.060),
    9: ("Started Checkout", 0.040),
    10: ("Ordered Product", 0.060),
    11: ("Received SMS", 0.015),
    12: ("Subscribed to List", 0.010),
    13: ("Received Email", 0.170),
    14: ("Clicked SMS", 0.005),
    15: ("Viewed Form", 0.025),
    16: ("Submitted Form", 0.006),
    17: ("Bounced Email", 0.004),
}
VALUED = (1, 2, 3, 8, 9, 10)


@dataclass(frozen=True)
class Part:
    """Events of one metric. `product`, `message` and `order` are numbers, 0 for none; `at` in microseconds."""

    metric: int
    profile: Array
    at: Array
    product: Array
    message: Array
    order: Array
    money: Array

    def __len__(self) -> int:
        return len(self.profile)


class Month:
    """Its events, part by part. `first` and `end` bound it in microseconds since 1970."""

    def __init__(self, chance: np.random.Generator, events: int, first: int, end: int) -> None:
        self._chance, self._first, self._end = chance, first, end
        self._counts = {no: int(events * share) for no, (_, share) in METRICS.items()}
        self._counts[7] += events - sum(self._counts.values())
        self._bots = int(events * BOT_SHARE)

    def parts(self) -> Iterator[Part]:
        yield from self._shopping()
        yield from self._messages(13, (5, 6), 17)
        yield from self._messages(11, (14,), None)
        for metric in (7, 12):
            yield self._fresh(metric)
        seen = self._fresh(15)
        yield seen
        yield self._later(16, seen, _MINUTE)

    def _shopping(self) -> Iterator[Part]:
        views = self._fresh(4)
        views.profile[: self._bots] = BOT
        views = replace(views, product=self._chance.integers(1, PRODUCTS, len(views)))
        carts = self._later(8, views, 10 * _MINUTE)
        checkouts = self._later(9, carts, 20 * _MINUTE)
        yield from (views, carts, checkouts)
        half = len(checkouts) // 2
        orders = _joined(self._fresh(1, self._counts[1] - half), self._later(1, checkouts, 5 * _MINUTE, half))
        orders = replace(orders, order=np.arange(1, len(orders) + 1))
        yield orders
        sold = self._later(10, orders, 0)
        yield replace(sold, product=self._chance.integers(1, PRODUCTS, len(sold)))
        yield self._later(2, orders, 2 * _DAY)
        yield self._later(3, orders, 6 * _DAY)

    def _messages(self, receipt: int, steps: tuple[int, ...], bounce: int | None) -> Iterator[Part]:
        sent = self._fresh(receipt)
        message = 1 + self._chance.integers(0, MESSAGES, len(sent))
        campaign = message <= MESSAGES * 2 // 3
        day = self._first + (message % 28) * _DAY + self._chance.integers(9 * _HOUR, 11 * _HOUR, len(sent))
        sent = replace(sent, message=message, at=self._cut(np.where(campaign, day, sent.at)))
        yield sent
        for metric in steps:
            sent = self._later(metric, sent, 6 * _HOUR if metric == 5 else 5 * _MINUTE)
            yield sent
        if bounce is not None:
            bounced = self._fresh(bounce)
            yield replace(bounced, message=1 + self._chance.integers(0, MESSAGES, len(bounced)))

    def _fresh(self, metric: int, n: int | None = None) -> Part:
        """A few people do much, most little."""
        n = self._counts[metric] if n is None else n
        profile = (PROFILES * self._chance.random(n) ** 2.2).astype(np.int64) + 1
        at = self._chance.uniform(self._first, self._end, n).astype(np.int64)
        money = np.round(self._chance.lognormal(3.6, 0.8, n), 2)
        money[self._chance.random(n) < 0.01] = 0.0
        none = np.zeros(n, np.int64)
        return Part(metric, profile, self._cut(at), none, none, none, money)

    def _later(self, metric: int, before: Part, wait: int, n: int | None = None) -> Part:
        """Events that follow some of `before`, on average `wait` microseconds later."""
        n = self._counts[metric] if n is None else n
        some = self._chance.integers(0, len(before), n)
        at = before.at[some] + (self._chance.exponential(wait, n).astype(np.int64) if wait else 0)
        named = (getattr(before, name)[some] for name in ("product", "message", "order", "money"))
        return Part(metric, before.profile[some], self._cut(at), *named)

    def _cut(self, at: Array) -> Array:
        early: Array = np.minimum(at, self._end - 1000)
        whole: Array = early - early % 1000
        return whole


def _joined(one: Part, other: Part) -> Part:
    names = ("profile", "at", "product", "message", "order", "money")
    return Part(one.metric, *(np.concatenate([getattr(one, name), getattr(other, name)]) for name in names))
