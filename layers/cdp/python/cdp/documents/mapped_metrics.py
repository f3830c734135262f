"""Mapped metrics (SPEC §3, §5.1): which metric, or custom metric, is the account's revenue, its refunds and so on.

All choices of an account are one document, so that nothing can be mapped twice, whoever writes at the same time.
Where nobody has chosen, the metric with the usual name stands; a mapping that was taken away on purpose stays empty.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

import msgspec

from cdp.documents import metrics
from cdp.documents.metrics import Metric
from cdp.ports import Item, Key, Put, Table

Kind = Literal["metric", "custom-metric"]
MAPPINGS: Mapping[str, tuple[str, ...]] = {
    "added_to_cart": ("Added to Cart",),
    "cancelled_sales": ("Cancelled Order",),
    "ordered_product": ("Ordered Product",),
    "refunded_sales": ("Refunded Order",),
    "revenue": ("Placed Order",),
    "started_checkout": ("Started Checkout", "Checkout Started"),
    "viewed_product": ("Viewed Product",),
}
Busiest = Callable[[Sequence[Metric]], Metric]


class Target(msgspec.Struct, frozen=True):
    kind: Kind
    id: str


class Choice(msgspec.Struct, frozen=True):
    """What somebody chose; `target` None: nothing, on purpose. `updated` is UTC."""

    updated: datetime
    target: Target | None = None


class Choices(NamedTuple):
    """The chosen mappings by name, and the document's version."""

    by_name: Mapping[str, Choice]
    version: int


class Mapped(NamedTuple):
    """A mapping in force. `updated` None: nobody chose it."""

    name: str
    target: Target | None
    updated: datetime | None


_decoder = msgspec.json.Decoder(dict[str, Choice])


def choices(table: Table, account_id: str) -> Choices:
    item = table.get([_key(account_id)])[0]
    return Choices({}, 0) if item is None else Choices(_decoder.decode(item.body), item.version)


def choosing(account_id: str, seen: Choices, changed: Mapping[str, Choice]) -> Put:
    """The write that makes these choices, if nobody has made others since."""
    return Put(Item(_key(account_id), msgspec.json.encode({**seen.by_name, **changed})), seen.version)


def resolve(table: Table, account_id: str, busiest: Busiest) -> dict[str, Mapped]:
    """Every mapping, by name. `busiest` picks the most used of several metrics (`cdp.lake.uses.busiest`)."""
    return in_force(choices(table, account_id), metrics.all_metrics(table, account_id), busiest)


def in_force(chosen: Choices, known: Sequence[Metric], busiest: Busiest) -> dict[str, Mapped]:
    """A metric that was chosen for one mapping is no other's default."""
    taken = {choice.target.id for choice in chosen.by_name.values() if choice.target is not None}
    found: dict[str, Mapped] = {}
    for name, usual in MAPPINGS.items():
        if (choice := chosen.by_name.get(name)) is not None:
            found[name] = Mapped(name, choice.target, choice.updated)
            continue
        free = [metric for metric in known if metric.name in usual and metric.id not in taken]
        best = busiest(free) if len(free) > 1 else next(iter(free), None)
        found[name] = Mapped(name, None if best is None else Target("metric", best.id), None)
    return found


def _key(account_id: str) -> Key:
    return Key(f"{account_id}#mapped-metrics", "choices")
