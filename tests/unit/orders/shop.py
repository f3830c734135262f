"""Random shops full of coincidences: orders at one moment, keys that repeat, lines of one item twice, a catalog that
knows some of it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import strategies as st

from cdp.lake.tables import EVENTS, ORDER_ITEMS
from cdp.orders.book import Account, OrderBook
from cdp.orders.products import Shelf, Shelved
from cdp.query.counted import Counted, Group, KnownMetric
from cdp.query.duckdb import DuckdbEngine
from cdp.query.sql import Query
from tests.unit.orders.oracle_lines import SOLD, Item
from tests.unit.query.files import FileLake
from tests.unit.reports.oracles import CANCELLATION, ORDER, REFUND, Happened, utc
from tests.unit.reports.strategies import row

BEGIN = utc(2026, 3, 1)
IDS = ("tea", "tea", "mug", "mug", "v1", None)
NAMES = ("Green tea", "mug", None)
METRICS = tuple(
    Counted(name, name, (Group(KnownMetric(name, no, name)),))
    for name, no in (("Placed", ORDER), ("Cancelled", CANCELLATION), ("Refunded", REFUND), ("Sold", SOLD))
)
times = st.builds(
    lambda day, second: BEGIN + timedelta(days=day, seconds=second),
    st.one_of(st.integers(0, 3), st.integers(0, 12), st.integers(0, 120)), st.sampled_from([0, 0, 1, 86_399]),
)  # fmt: skip
groups = st.none() | st.lists(st.sampled_from(["Drinks", "Gifts", "", "c2"]), max_size=2).map(tuple)
items = st.builds(
    Item, st.sampled_from(IDS), st.sampled_from(NAMES), st.sampled_from([1.0, 1.0, 1.0, 2.0, 0.5, 0.0, -1.0, None]),
    st.sampled_from([100, 250, None, -100]), groups,
)  # fmt: skip


@st.composite
def logs(draw: st.DrawFn, *, least: int = 12, most: int = 30) -> tuple[list[Happened], dict[int, list[Item]]]:
    drafts = draw(
        st.lists(
            st.tuples(
                st.sampled_from([*[ORDER] * 8, CANCELLATION, REFUND, *[SOLD] * 3]), st.integers(1, 3), times,
                st.sampled_from([500, 500, 500, 900, 0, None]), st.sampled_from([None, None, "USD"]),
                st.sampled_from([None, None, None, "A", "B"]), st.one_of(st.just([]), *[st.lists(items, min_size=1, max_size=4)] * 3),
            ),
            min_size=least, max_size=most,
        )
    )  # fmt: skip
    log, bought = [], {}
    for n, (metric, profile, at, cents, currency, key, some) in enumerate(drafts):
        number = (n * 7919) % 1009
        sold, key = (_sold(some), key or "A") if metric == SOLD else ({}, key)
        log.append(Happened(number, metric, profile, at, cents, currency, key, properties=sold))
        if metric == ORDER:
            bought[number] = some
    return log, bought


def _sold(some: list[Item]) -> dict[str, Any]:
    if not some:
        return {}
    one = some[0]
    listed = one.categories[0] if one.categories and len(one.categories) == 1 else one.categories
    given = {"ProductID": one.product_id, "ProductName": one.name, "Quantity": one.quantity, "Categories": listed}
    return {name: value for name, value in given.items() if value is not None}


_shelved = st.builds(
    Shelved, st.sampled_from(["Green tea", "mug", "Pot"]), st.lists(st.sampled_from(["c1", "c2"]), unique=True).map(tuple)
)
_shelves = st.builds(
    Shelf,
    st.dictionaries(st.sampled_from(["tea", "mug", "pot"]), _shelved),
    st.dictionaries(st.sampled_from(["v1", "tea"]), st.sampled_from(["tea", "pot", "gone"])),
    st.dictionaries(st.sampled_from(["c1", "c2", "c3"]), st.sampled_from(["Drinks", "Gifts"])),
    st.sets(st.sampled_from(["tea", "mug", "v1"]), max_size=1).map(frozenset),
    st.sets(st.sampled_from(["c1", "c2", "Gifts"]), max_size=1).map(frozenset),
)
shelves = st.one_of(st.just(Shelf()), _shelves, _shelves.map(lambda one: replace(one, excluded_items=frozenset(), excluded_categories=frozenset())))
rates = st.sampled_from([{}, {"USD": 2}])


def book(as_of: datetime, rates: Mapping[str, int], *, sold: bool = True) -> OrderBook:
    """`sold`: events of one metric may be lines, too."""
    facts = Account("UTC", "EUR", {code: float(rate) for code, rate in rates.items()}, as_of)
    return OrderBook(facts, *(METRICS if sold else METRICS[:-1]))


@dataclass
class Lab:
    """One engine; every log is an account of its own."""

    lake: FileLake
    engine: DuckdbEngine
    accounts: Iterator[int]

    def store(self, log: list[Happened], bought: Mapping[int, list[Item]]) -> str:
        account = f"a{next(self.accounts)}"
        self.lake.write(account, EVENTS, [row(e) | {"product_id": e.properties.get("ProductID")} for e in log])
        placed = {e.number: e for e in log}
        self.lake.write(
            account, ORDER_ITEMS, [one.row(placed[n], k) for n, some in bought.items() for k, one in enumerate(some)]
        )
        return account

    def rows(self, query: Query, log: list[Happened], bought: Mapping[int, list[Item]]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.engine.run(self.store(log, bought), query).to_pylist()
        return found


@contextmanager
def opened() -> Iterator[Lab]:
    with TemporaryDirectory() as folder:
        lake = FileLake(Path(folder))
        lab = Lab(lake, DuckdbEngine(lake), itertools.count())
        yield lab
        lab.engine.close()


def listed(categories: str | None) -> tuple[str, ...] | None:
    """Categories as a line has them."""
    return None if categories is None else tuple(json.loads(categories))
