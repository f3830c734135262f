"""The statistics of messages and what they are made of (SPEC §22, docs/adr/0100).

A send is a receipt, a bounce or a failed delivery. Everything else belongs to the receipt that came before it and
counts by that receipt's time: opens, clicks, unsubscriptions, complaints; conversions by that of the message they are
credited to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from cdp.attribution.messages import Role
from cdp.query.money import PER_UNIT, amount

RECEIVED, BOUNCED, FAILED, OPENED, CLICKED, UNSUBSCRIBED, SPAM, USED, CONVERTED = range(9)
SENT = frozenset((RECEIVED, BOUNCED, FAILED))
ROLES: Mapping[int, tuple[Role, ...]] = {
    RECEIVED: ("received",),
    BOUNCED: ("bounced",),
    FAILED: ("failed",),
    OPENED: ("opened",),
    CLICKED: ("clicked",),
    UNSUBSCRIBED: ("unsubscribed",),
    SPAM: ("spam",),
}
WHOLE = 1_000_000  # conversions are counted in millionths: a credit may be shared
Name = Literal[
    "average_order_value", "bounce_rate", "bounced", "bounced_or_failed", "bounced_or_failed_rate", "click_rate",
    "click_to_open_rate", "clicks", "clicks_unique", "conversion_rate", "conversion_uniques", "conversion_value",
    "conversions", "delivered", "delivery_rate", "failed", "failed_rate", "message_segment_count_sum", "open_rate",
    "opens", "opens_unique", "recipients", "revenue_per_recipient", "spam_complaint_rate", "spam_complaints",
    "text_message_credit_usage_amount", "text_message_roi", "text_message_spend", "unsubscribe_rate",
    "unsubscribe_uniques", "unsubscribes",
]  # fmt: skip
Value = int | float


@dataclass
class Tally:
    """Sums of one group. `counts` and `uniques` by kind; `units` and `spend` are 1/10000 of the currency, `credits`
    1/10000 of a credit. `conversion`: the kind that the statistics of conversions look at."""

    counts: dict[int, int] = field(default_factory=dict)
    uniques: dict[int, int] = field(default_factory=dict)
    units: dict[int, int] = field(default_factory=dict)
    spend: int = 0
    credits: int = 0
    segments: int = 0
    conversion: int = CONVERTED

    def add(self, kind: int, count: int, uniques: int, units: int) -> None:
        self.counts[kind] = self.counts.get(kind, 0) + count
        self.uniques[kind] = self.uniques.get(kind, 0) + uniques
        self.units[kind] = self.units.get(kind, 0) + units

    def use(self, spend: int, credits_: int, segments: int) -> None:
        self.spend += spend
        self.credits += credits_
        self.segments += segments

    def n(self, kind: int) -> int:
        return self.counts.get(kind, 0)

    def people(self, kind: int) -> int:
        return self.uniques.get(kind, 0)

    @property
    def delivered(self) -> int:
        return self.n(RECEIVED)

    @property
    def lost(self) -> int:
        return self.n(BOUNCED) + self.n(FAILED)

    @property
    def recipients(self) -> int:
        return self.delivered + self.lost

    @property
    def value(self) -> int:
        return self.units.get(self.conversion, 0)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _money(units: int, count: int = 1) -> float:
    return (amount(units, count) or 0.0) if count else 0.0


def _conversions(tally: Tally) -> Value:
    whole, rest = divmod(tally.n(tally.conversion), WHOLE)
    return whole + rest / WHOLE if rest else whole


def _order_value(tally: Tally) -> float:
    millionths = tally.n(tally.conversion)
    return _money(tally.value * WHOLE, millionths)


@dataclass(frozen=True)
class Statistic:
    """`kinds`: of events, beside sends, that it needs. `type`: integer, number or money. `parts`: of a share, what is
    divided by what."""

    value: Callable[[Tally], Value]
    kinds: frozenset[int] = frozenset()
    type: str = "integer"
    parts: Callable[[Tally], tuple[int, int]] | None = None


def _count(kind: int) -> Statistic:
    return Statistic(lambda t: t.n(kind), frozenset((kind,)))


def _people(kind: int) -> Statistic:
    return Statistic(lambda t: t.people(kind), frozenset((kind,)))


def _number(value: Callable[[Tally], float], *kinds: int) -> Statistic:
    return Statistic(value, frozenset(kinds), "number")


def _rate(parts: Callable[[Tally], tuple[int, int]], *kinds: int) -> Statistic:
    return Statistic(lambda t: _share(*parts(t)), frozenset(kinds), "number", parts)


def _amount(value: Callable[[Tally], float], *kinds: int) -> Statistic:
    return Statistic(value, frozenset(kinds), "money")


STATISTICS: Mapping[Name, Statistic] = {
    "average_order_value": _amount(_order_value, CONVERTED),
    "bounce_rate": _rate(lambda t: (t.n(BOUNCED), t.recipients)),
    "bounced": _count(BOUNCED),
    "bounced_or_failed": Statistic(lambda t: t.lost),
    "bounced_or_failed_rate": _rate(lambda t: (t.lost, t.recipients)),
    "click_rate": _rate(lambda t: (t.people(CLICKED), t.delivered), CLICKED),
    "click_to_open_rate": _rate(lambda t: (t.people(CLICKED), t.people(OPENED)), CLICKED, OPENED),
    "clicks": _count(CLICKED),
    "clicks_unique": _people(CLICKED),
    "conversion_rate": _rate(lambda t: (t.people(t.conversion), t.delivered), CONVERTED),
    "conversion_uniques": Statistic(lambda t: t.people(t.conversion), frozenset((CONVERTED,))),
    "conversion_value": _amount(lambda t: _money(t.value), CONVERTED),
    "conversions": Statistic(_conversions, frozenset((CONVERTED,)), "number"),
    "delivered": Statistic(lambda t: t.delivered),
    "delivery_rate": _rate(lambda t: (t.delivered, t.recipients)),
    "failed": _count(FAILED),
    "failed_rate": _rate(lambda t: (t.n(FAILED), t.recipients)),
    "message_segment_count_sum": Statistic(lambda t: t.segments, frozenset((USED,))),
    "open_rate": _rate(lambda t: (t.people(OPENED), t.delivered), OPENED),
    "opens": _count(OPENED),
    "opens_unique": _people(OPENED),
    "recipients": Statistic(lambda t: t.recipients),
    "revenue_per_recipient": _amount(lambda t: _money(t.value, t.recipients), CONVERTED),
    "spam_complaint_rate": _rate(lambda t: (t.n(SPAM), t.delivered), SPAM),
    "spam_complaints": _count(SPAM),
    "text_message_credit_usage_amount": _number(lambda t: t.credits / PER_UNIT, USED),
    "text_message_roi": _rate(lambda t: (t.value, t.spend), CONVERTED, USED),
    "text_message_spend": _amount(lambda t: _money(t.spend), USED),
    "unsubscribe_rate": _rate(lambda t: (t.people(UNSUBSCRIBED), t.delivered), UNSUBSCRIBED),
    "unsubscribe_uniques": _people(UNSUBSCRIBED),
    "unsubscribes": _count(UNSUBSCRIBED),
}


def kinds_of(names: Iterable[Name]) -> frozenset[int]:
    """The kinds of events that the statistics need."""
    return SENT.union(*(STATISTICS[name].kinds for name in names))
