"""Best cross-sell date and next best product against a slow oracle, and where there is little or too much to go by."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.documents import affinities, catalog, catalog_insights
from cdp.documents.catalog import CatalogItem
from cdp.documents.catalog_insights import Excluded
from cdp.jsonapi.times import format_instant
from cdp.lake.tables import ORDER_ITEMS
from functions.predict import affinities_sql
from functions.predict.affinities import learn
from functions.predict.properties import cross_sell
from functions.predict.properties.cross_sell import DATE, LAST_ORDER, PRODUCT, settle, source
from functions.predict.scoring import settler
from tests.unit.predict import oracle_cross_sell as oracle
from tests.unit.predict.asking import AS_OF, Account
from tests.unit.predict.oracle_cross_sell import Bought

BEGIN = datetime(2026, 5, 1, tzinfo=UTC)
SUPPORT, CUSTOMERS = 2, 2
PROFILES = range(1, 7)
_event_ids = itertools.count(1)
baskets = st.lists(st.sampled_from("abcdef"), max_size=3, unique=True).map(tuple)
orders = st.lists(
    st.tuples(st.integers(1, 5), st.sampled_from([0, 1, 24, 47, 48, 49, 96, 200, 201, 500]), baskets), max_size=16
)


@pytest.fixture(scope="module")
def shop() -> Iterator[Account]:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(affinities_sql, "SUPPORT", SUPPORT)
        patch.setattr(affinities_sql, "CUSTOMERS", CUSTOMERS)
        account = Account(Path(folder))
        yield account
        account.engine.close()


def placed(profile: int, at: datetime, *items: str) -> Bought:
    return Bought(next(_event_ids), profile, at, items)


def store(shop: Account, some: Sequence[Bought], undone: dict[int, str] | None = None) -> None:
    """A fresh account with these orders; `undone`: event id -> the name of the metric that takes it back."""
    shop.fresh()
    number = shop.metric("Placed Order").no
    events = [_event(order.event_id, number, order.profile, order.at, f"O{order.event_id}") for order in some]
    for order in some:
        if name := (undone or {}).get(order.event_id):
            no = shop.metric(name).no
            at = order.at + timedelta(minutes=5)
            events.append(_event(next(_event_ids), no, order.profile, at, f"O{order.event_id}"))
    shop.store(events)
    lines = [(order, line, item) for order in some for line, item in enumerate(order.items)]
    shop.store(
        [
            {"metric_id": number, "profile_no": order.profile, "occurred_at": order.at, "event_id": order.event_id,
             "line": line, "product_id": item, "product_name": f"Thing {item}", "quantity": 1.0, "received_at": order.at}
            for order, line, item in lines
        ],
        ORDER_ITEMS,
    )  # fmt: skip


def _event(event_id: int, metric: int, profile: int, at: datetime, key: str) -> dict[str, Any]:
    return {
        "metric_id": metric, "profile_no": profile, "occurred_at": at, "event_id": event_id, "value": 10.0,
        "order_id": key, "properties": "{}", "received_at": at,
    }  # fmt: skip


def stock(shop: Account, *items: str, published: bool = True) -> None:
    for item in items:
        thing = CatalogItem(item, f"Title {item}", "", f"https://shop.example/{item}", BEGIN, BEGIN, published=published)
        held = catalog.ITEMS.get(shop.table, shop.id, item)
        assert shop.table.write([catalog.ITEMS.put(shop.id, thing, held.version if held else 0)]) == [True]


def told(shop: Account, numbers: Sequence[int] = PROFILES) -> dict[int, dict[str, Any]]:
    return {no: settler([(cross_sell.PROPERTY, source(shop.asked(numbers)))])(no, {}) for no in numbers}


@settings(max_examples=5, deadline=None)
@given(drafts=orders, undone=st.dictionaries(st.integers(0, 15), st.sampled_from(["Cancelled Order", "Refunded Order"])))
def test_it_learns_and_ranks_as_the_oracle(shop: Account, drafts: list[Any], undone: dict[int, str]) -> None:
    some = [placed(profile, BEGIN + timedelta(hours=hours), *items) for profile, hours, items in drafts]
    gone = {order.event_id: undone[n] for n, order in enumerate(some) if n in undone}
    store(shop, some, gone)
    standing = [order for order in some if order.event_id not in gone]
    head = learn(shop.asked(PROFILES))
    assert head is not None
    learned = oracle.later(standing, SUPPORT)
    habits: dict[str, affinities.Habit] = {}
    for shard in affinities.look_up(shop.table, shop.id, head, "abcdef"):
        habits.update(shard.habits)
    for item in "abcdef":
        habit = habits.get(item, affinities.Habit())
        assert habit.later == learned.get(item, {})
        assert (habit.customers, habit.days) == (oracle.timing(standing, item, CUSTOMERS) or (0, None))
    for no, found in told(shop).items():
        last = oracle.newest(standing, no)
        offered = oracle.ranked(standing, no, learned) + [one for one in head.bestsellers if last and one not in last.items]
        assert found.get(PRODUCT, {}).get("external_id") == (offered[0] if last and offered else None)


def test_the_date_is_that_of_the_item_with_most_customers_else_of_everybody(shop: Account) -> None:
    days = [(1, "a", 0), (1, "", 10), (2, "a", 0), (2, "", 20), (3, "b", 1), (3, "", 4), (4, "c", 5), (4, "", 9)]
    some = [placed(no, BEGIN + timedelta(days=day), *item) for no, item, day in days]
    latest = [placed(5, BEGIN + timedelta(days=30), "a", "c"), placed(6, BEGIN + timedelta(days=31), "c")]
    store(shop, [*some, *latest])
    learn(shop.asked(PROFILES))
    found = told(shop)
    assert found[5][DATE] == format_instant(BEGIN + timedelta(days=30 + 15))  # of a: 10 and 20 days
    assert found[6][DATE] == format_instant(BEGIN + timedelta(days=31 + 7))  # of everybody: 3, 4, 10, 20


def follow(*pairs: tuple[str, str]) -> list[Bought]:
    """Customers 1 to 5, each of whom buys the first and 3 days later the second of every pair."""
    return [
        placed(no, BEGIN + timedelta(days=3 * step), item)
        for no in range(1, 6)
        for pair in pairs
        for step, item in enumerate(pair)
    ]


def test_what_cannot_be_had_gives_way(shop: Account) -> None:
    store(shop, [*follow(("a", "b"), ("a", "c")), placed(1, BEGIN + timedelta(days=9), "b"), placed(6, BEGIN, "a")])
    stock(shop, *"abc")
    learn(shop.asked(PROFILES))
    before = told(shop)[6]
    assert before[PRODUCT] == {"id": "$custom:::$default:::b", "external_id": "b", "title": "Title b"}
    stock(shop, "b", published=False)  # at once, though it was learned from
    assert told(shop)[6][PRODUCT]["external_id"] == "c"
    learn(shop.asked(PROFILES))
    held = {**before, LAST_ORDER: format_instant(BEGIN)}
    assert settle(held, source(shop.asked(PROFILES))[6])[PRODUCT]["external_id"] == "c"
    excluded = Excluded(items=("c",))
    catalog_insights.EXCLUDED.change(shop.table, shop.id, lambda _: excluded)
    learn(shop.asked(PROFILES))
    assert PRODUCT not in told(shop)[6]


def test_it_stays_until_the_next_order(shop: Account) -> None:
    first = [*follow(("a", "b")), placed(6, BEGIN, "a")]
    store(shop, first)
    learn(shop.asked(PROFILES))
    held = {**told(shop)[6], LAST_ORDER: format_instant(BEGIN)}
    assert held[PRODUCT]["external_id"] == "b"
    second = [
        Bought(o.event_id, o.profile + 10 * copy, o.at, o.items) for copy in range(3) for o in follow(("a", "c"))
    ]
    store(shop, [*first, *second])
    learn(shop.asked(PROFILES))
    found = source(shop.asked(PROFILES))[6]
    assert found[PRODUCT]["external_id"] == "c"
    assert settle(held, found)[PRODUCT]["external_id"] == "b"
    assert settle(held, found)[DATE] == held[DATE]
    assert settle({**held, LAST_ORDER: "2020-01-01T00:00:00+00:00"}, found)[PRODUCT]["external_id"] == "c"


def test_lines_are_read_by_variant_and_title(shop: Account) -> None:
    store(shop, [*follow(("a", "b")), placed(6, BEGIN, "a-red"), placed(7, BEGIN, "?")])
    stock(shop, "a", "b")
    item = catalog.item(shop.table, shop.id, "a")
    assert item is not None
    variant = catalog.CatalogVariant("a-red", "a", "Red", "", "R", "https://shop.example", 1, 5, BEGIN, BEGIN)
    shop.table.write([catalog.VARIANTS.put(shop.id, variant, 0)])
    learn(shop.asked(PROFILES))
    found = told(shop, [6, 7])
    assert found[6][PRODUCT]["external_id"] == "b"
    assert found[7][PRODUCT]["external_id"] in ("a", "b")  # a bestseller: nothing follows what nobody knows


def test_nothing_is_said_of_who_has_not_bought_or_before_anything_is_learned(shop: Account) -> None:
    store(shop, [placed(1, BEGIN, "a")])
    assert source(shop.asked(PROFILES)) == {}
    learn(shop.asked(PROFILES))
    found = told(shop)
    assert found[2] == {}
    assert found[1] == {}  # nobody came back, and all that sells is what was just bought
    shop.fresh()
    assert learn(shop.asked(PROFILES)) is None


def test_a_huge_order_and_a_bot_are_bounded(shop: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand lines are all kept out of the offers; of ten thousand orders the newest products count."""
    monkeypatch.setattr(affinities_sql, "MOST", 20)
    many = tuple(f"p{n}" for n in range(1_000))
    bot = [placed(1, BEGIN + timedelta(minutes=n), f"p{n % 1_000}") for n in range(10_000)]
    store(shop, [*bot, *follow(("a", "p7")), placed(6, BEGIN + timedelta(days=20), *many, "a")])
    head = learn(shop.asked(PROFILES))
    assert head is not None
    found = told(shop, [1, 6])
    assert PRODUCT not in found[6]
    assert found[1][PRODUCT]["external_id"] != "p999"


def test_a_catalog_of_many_products_is_kept_in_small_documents(shop: Account) -> None:
    shop.fresh()
    habits = {f"item-{n}": affinities.Habit({f"item-{n + k}": k for k in range(50)}, n) for n in range(5_000)}
    head = affinities.Head(AS_OF, 3.0, ("item-1",), True)
    for _ in range(4):
        head = affinities.save(shop.table, shop.id, head, habits, {"x": "item-2"}, [f"item-{n}" for n in range(4_500)])
    assert (head.generation, head.shards, head.chunks) == (4, 100, 3)
    shards = list(affinities.look_up(shop.table, shop.id, head, ["item-7", "item-8", "x", "unknown"]))
    assert {name: habit.customers for shard in shards for name, habit in shard.habits.items()} == {"item-7": 7, "item-8": 8}
    assert {name: item for shard in shards for name, item in shard.names.items()} == {"x": "item-2"}
    assert len(affinities.closed(shop.table, shop.id, head)) == 4_500
    gone = affinities.head(shop.table, shop.id)
    assert gone == head
