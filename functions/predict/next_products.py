"""Ranks what a profile is likely to buy next, and says when it is time to offer it (SPEC §12.4). Pure but for look-ups
of what was learned.

score(B) = Σ over the products A that the profile has bought of later(A → B), which says how many customers bought B at
least 48 hours after A (docs/adr/0134). B itself is among them, by how many customers come back for it, and `OWN` times
more for each time that the profile has come back for it. What is in the newest order is never offered.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cdp.documents import affinities
from cdp.documents.affinities import TITLE, Habit, Head
from cdp.ports import Table
from functions.predict.purchases import Int, Name, Purchases

OWN = 100
CANDIDATES = 20  # of a profile; beyond them a bestseller is as good


class Known(NamedTuple):
    """What was learned of the products that somebody has bought. `products`: of each name of `Purchases` its place in
    `items`. Of the n-th item bought: `followers[n]`, places in `items` again, `weights[n]`, and `timing[n]`:
    customers, peers and days of `Habit`."""

    items: list[str]
    products: Int
    followers: list[npt.NDArray[np.int32]]
    weights: list[npt.NDArray[np.int64]]
    timing: list[tuple[int, int, float | None]]


def known(table: Table, account_id: str, head: Head, names: Sequence[Name]) -> Known:
    """First which item every name means, as `cdp.orders.products` says it, then what is known of these."""
    found: dict[str, Habit] = {}
    aliases: dict[str, str] = {}
    for shard in affinities.look_up(table, account_id, head, _spellings(names)):
        found.update(shard.habits)
        aliases.update(shard.names)
    meant = [_meant(name, found, aliases) for name in names]
    for shard in affinities.look_up(table, account_id, head, {item for item in meant if item not in found}):
        found.update(shard.habits)
    return _numbered(meant, found)


def _spellings(names: Iterable[Name]) -> set[str]:
    found = {spelling for id_, title in names for spelling in (id_ or title, TITLE + title)}
    return found - {"", TITLE}


def _meant(name: Name, found: dict[str, Habit], aliases: dict[str, str]) -> str:
    id_, title = name
    if id_ in found:
        return id_
    return aliases.get(id_) or aliases.get(TITLE + title) or id_ or title


def _numbered(meant: Sequence[str], found: dict[str, Habit]) -> Known:
    places: dict[str, int] = {}
    for item in meant:
        places.setdefault(item, len(places))
    bought = list(places)
    habits = [found.get(item, Habit()) for item in bought]
    followers, weights = [], []
    for habit in habits:
        followers.append(np.array([places.setdefault(item, len(places)) for item in habit.later], np.int32))
        weights.append(np.array(list(habit.later.values()), np.int64))
    return Known(
        list(places),
        np.array([places[item] for item in meant], np.int64),
        followers,
        weights,
        [(habit.customers, habit.peers, habit.days) for habit in habits],
    )


class Basket(NamedTuple):
    """What one profile has bought: places of products, each once, with the orders that had it; and what of it is in its
    newest order."""

    bought: Int
    times: Int
    fresh: Int


def basket(of: Purchases, at: int, from_: Known) -> Basket:
    """Of the profile at this place."""
    rows = slice(of.starts[at], of.starts[at + 1])
    said = of.called[rows] >= 0
    products = from_.products[of.called[rows][said]]
    bought, place = np.unique(products, return_inverse=True)
    times = np.zeros(len(bought), np.int64)
    np.add.at(times, place, of.times[rows][said])
    return Basket(bought, times, np.unique(products[of.fresh[rows][said]]))


def scores(of: Basket, from_: Known) -> tuple[Int, Int]:
    """Places of all products that the bought ones lead to, and their scores."""
    if not of.bought.size:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    weights = [
        from_.weights[n] * np.where(from_.followers[n] == n, 1 + OWN * (times - 1), 1)
        for n, times in zip(of.bought, of.times, strict=True)
    ]
    items, place = np.unique(np.concatenate([from_.followers[n] for n in of.bought]), return_inverse=True)
    found = np.zeros(len(items), np.int64)
    np.add.at(found, place, np.concatenate(weights))
    return items.astype(np.int64), found


def ranked(of: Basket, from_: Known) -> list[str]:
    """At most `CANDIDATES` products, the likeliest first; of equals the first by name."""
    items, found = scores(of, from_)
    open_ = ~np.isin(items, of.fresh)
    items, found = items[open_], found[open_]
    if len(items) > CANDIDATES:
        least = np.partition(found, -CANDIDATES)[-CANDIDATES]
        items, found = items[found >= least], found[found >= least]
    order = sorted(zip((-found).tolist(), (from_.items[n] for n in items), strict=True))
    return [item for _, item in order[:CANDIDATES]]


def days(fresh: Int, of: Known, head: Head) -> float | None:
    """From the newest order to the next one, in the middle: of the buyers of its product with most of them, else of the
    buyers of a category, else of everybody."""
    timing = (of.timing[n] for n in fresh)
    told = [(customers, peers, known) for customers, peers, known in timing if known is not None]
    return max(told)[2] if told else head.days
