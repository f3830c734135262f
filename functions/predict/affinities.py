"""Learns from everybody's orders what buyers of a product buy later, and when they come back (SPEC §12.4).

Before every nightly run, from the last two years of orders that stand. What is kept is bounded for every product
(`affinities_sql`), so that scoring looks up the products that a profile has bought, and nothing else.
"""

from __future__ import annotations

import logging
import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
import pyarrow as pa

from cdp.documents import affinities, catalog, shelves
from cdp.documents.affinities import TITLE, Habit, Head
from cdp.orders.lines import lines
from cdp.orders.products import Shelf
from cdp.query.sql import Query
from functions.predict import affinities_sql as sql
from functions.predict.source import Asked

log = logging.getLogger("regulars.predict")

LEARNED_FROM = timedelta(days=731)
RECENT = timedelta(days=90)
MOST_PAIRS = 400_000_000  # of all customers; beyond it a share of them is looked at
SCALE = 1_000_000_000
DAMPED = 0.6  # 0: confidence; 1: lift, which ranks what nobody buys
Run = Callable[[Query], pa.Table]


class Returns(NamedTuple):
    """Customers who ordered again, and after how many days in the middle."""

    customers: int
    days: float | None


NOBODY = Returns(0, None)


def learn(asked: Asked) -> Head | None:
    """None: there are no orders to learn from. What was learned before stays then."""
    if asked.book.revenue is None:
        return None
    cut = asked.book.account.now
    since = cut - LEARNED_FROM

    def run(query: Query) -> pa.Table:
        return asked.engine.run(asked.account_id, query)

    shelf = shelves.shelf(asked.table, asked.account_id)
    products = shelf.by_category(lines(asked.book, cut, since=since))
    shut = sorted({*_unavailable(asked), *shelf.hidden()})
    habits, overall = _habits(run, products, shelf, since, frozenset(shut))
    sold = run(sql.sold(products, cut - RECENT))
    best = _bestsellers(sold, shelf, frozenset(shut))
    if not shelf.items:
        for item, title in zip(sold["item"].to_pylist(), sold["title"].to_pylist(), strict=True):
            habits[item] = msgspec.structs.replace(habits.get(item, Habit()), title=title)
    head = Head(asked.as_of, overall.days, best, bool(shelf.items))
    names = {name: item for name, item in _names(shelf) if item in shelf.items}
    log.info("%s: learned from %s products, %s with followers", asked.account_id, len(habits), _telling(habits))
    return affinities.save(asked.table, asked.account_id, head, habits, names, shut)


def prepare(asked: Asked) -> None:
    """`learn`, as a step before a run over all profiles."""
    learn(asked)


def _unavailable(asked: Asked) -> Iterator[str]:
    for item in catalog.all_items(asked.table, asked.account_id):
        if not catalog.available(item):
            yield item.external_id


def _habits(
    run: Run, products: Mapping[str, Query], shelf: Shelf, since: datetime, shut: frozenset[str]
) -> tuple[dict[str, Habit], Returns]:
    """By item, with the items of the catalog that nobody has bought; and what holds over all of them."""
    overall = _returns(run(sql.days(products, since, "orders"))).get("", NOBODY)
    (size,) = run(sql.size(products)).to_pylist()
    if size["pairs"] is None:
        return {item: Habit() for item in shelf.items}, overall
    every = max(1, -(-int(size["pairs"]) // MOST_PAIRS))
    followers = min(sql.FOLLOWERS, max(sql.FEWEST, sql.ALL_FOLLOWERS // size["items"]))
    later = _later(run(sql.later(products, every, followers)), shelf, shut)
    own = _returns(run(sql.days(products, since, "products")))
    by_category = _returns(run(sql.days(products, since, "placed")))
    belongs = _belongs(run, products, shelf)
    habits: dict[str, Habit] = {}
    for item in {*later, *own, *belongs, *shelf.items}:
        of_item = own.get(item, NOBODY)
        peers = max((by_category[name] for name in belongs.get(item, ()) if name in by_category), default=NOBODY)
        told = of_item if of_item.customers else peers
        habits[item] = Habit(later.get(item, {}), of_item.customers, peers.customers, told.days)
    return habits, overall


def _later(found: pa.Table, shelf: Shelf, shut: frozenset[str]) -> dict[str, dict[str, int]]:
    """Item -> followers that can be recommended -> weight (docs/adr/0134)."""
    habits: dict[str, dict[str, int]] = defaultdict(dict)
    for row in (row for batch in found.to_batches(max_chunksize=10_000) for row in batch.to_pylist()):
        follower = row["later"]
        if follower not in shut and (not shelf.items or follower in shelf.items):
            habits[row["item"]][follower] = weight(row["customers"], row["people"], row["later_people"])
    return habits


def weight(customers: int, people: int, later_people: int) -> int:
    """How likely buyers of an item buy the follower later, against how many buy that anyway; at least 1."""
    return max(1, round(SCALE * customers / people / math.pow(later_people, DAMPED)))


def _returns(found: pa.Table) -> dict[str, Returns]:
    return {
        row["item"]: Returns(row["customers"], (row["days_low"] + row["days_high"]) / 2) for row in found.to_pylist()
    }


def _belongs(run: Run, products: Mapping[str, Query], shelf: Shelf) -> dict[str, tuple[str, ...]]:
    """Item -> its categories: those of the catalog, else those that lines name."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in run(sql.named_categories(products)).to_pylist():
        found[row["item"]].append(row["category"])
    belongs = {item: tuple(names) for item, names in found.items()}
    belongs.update((id_, item.categories) for id_, item in shelf.items.items() if item.categories)
    return belongs


def _bestsellers(sold: pa.Table, shelf: Shelf, shut: frozenset[str]) -> tuple[str, ...]:
    rows = zip(sold["item"].to_pylist(), sold["thousandths"].to_pylist(), strict=True)
    open_ = (item for item, n in rows if n > 0 and item not in shut and (not shelf.items or item in shelf.items))
    return tuple(item for item, _ in zip(open_, range(sql.BESTSELLERS), strict=False))


def _names(shelf: Shelf) -> Iterator[tuple[str, str]]:
    """What lines may call an item besides its id, as `cdp.orders.products` reads them."""
    yield from shelf.variants.items()
    for id_ in sorted(shelf.items, reverse=True):  # of one title the first id
        yield TITLE + shelf.items[id_].title, id_


def _telling(habits: Mapping[str, Habit]) -> int:
    return sum(1 for habit in habits.values() if habit.later)
