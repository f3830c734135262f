"""Lines of net orders, and what they mean by the catalog, equal their oracle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.orders.lines import lines
from cdp.orders.products import Shelf, Shelved
from cdp.query.sql import Query, compile, select
from tests.unit.orders import oracle_lines, shop
from tests.unit.orders.oracle_lines import SOLD, Item
from tests.unit.orders.shop import BEGIN, Lab, book
from tests.unit.reports.oracles import CANCELLATION, ORDER, REFUND, Happened

NOW = BEGIN + timedelta(days=125)
_LINES = "SELECT profile_no, event_id, occurred_at, product_id, product_name, categories, thousandths, units FROM lines"
_ITEMS = "SELECT event_id, item, product_name, thousandths, units FROM {0}"


def asked(text: str, tables: Mapping[str, Query]) -> Query:
    return select(text, months=None, **tables)


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with shop.opened() as lab:
        yield lab


@settings(max_examples=20, deadline=None)
@given(made=shop.logs(), rates=shop.rates, since=st.sampled_from([BEGIN, BEGIN, BEGIN + timedelta(days=3)]), until=st.sampled_from([BEGIN, NOW, NOW]))
def test_lines_are_those_of_orders_that_stand(
    lab: Lab, made: tuple[list[Happened], dict[int, list[Item]]], rates: dict[str, int], since: datetime, until: datetime
) -> None:
    log, bought = made
    cut = until + timedelta(days=5)
    query = asked(_LINES, lines(book(cut, rates), cut, since=since))
    found = Counter(
        (r["profile_no"], r["event_id"], r["product_id"], r["product_name"], shop.listed(r["categories"]),
         r["thousandths"], r["units"])
        for r in lab.rows(query, log, bought)
    )  # fmt: skip
    assert found == Counter(
        (b.profile, b.order, b.product_id, b.name, b.categories, b.thousandths, b.units)
        for b in oracle_lines.bought(log, bought, since, cut, rates)
    )


@settings(max_examples=20, deadline=None)
@given(made=shop.logs(), shelf=shop.shelves)
def test_lines_mean_what_the_catalog_says(
    lab: Lab, made: tuple[list[Happened], dict[int, list[Item]]], shelf: Shelf
) -> None:
    log, bought = made
    cut = BEGIN + timedelta(days=200)
    parts, account = lines(book(cut, {}), cut), lab.store(log, bought)
    expected = oracle_lines.bought(log, bought, BEGIN, cut, {})
    for tables, name, wanted in (
        (shelf.products(parts), "products", oracle_lines.products(expected, shelf)),
        (shelf.by_category(parts), "placed", oracle_lines.categories(expected, shelf)),
    ):
        rows = lab.engine.run(account, asked(_ITEMS.format(name), tables)).to_pylist()
        found = Counter((r["event_id"], r["item"], r["product_name"], r["thousandths"], r["units"]) for r in rows)
        assert found == Counter((b.order, b.item, b.name, b.thousandths, b.units) for b in wanted)


def test_of_some_profiles_only(lab: Lab) -> None:
    log = [Happened(n, ORDER, n, BEGIN, 500) for n in range(1, 6)]
    log += [Happened(9, ORDER, 3, BEGIN, 500, order_id="A"), Happened(10, SOLD, 3, BEGIN, 7, order_id="A", properties={"ProductID": "x"})]
    bought = {n: [Item("tea")] for n in range(1, 6)}
    cut = BEGIN + timedelta(days=1)
    for profiles, orders in ((range(2, 4), [2, 3, 9]), ([5, 1], [1, 5]), (None, [1, 2, 3, 4, 5, 9])):
        query = asked("SELECT event_id FROM lines ORDER BY event_id", lines(book(cut, {}), cut, profiles))
        assert [row["event_id"] for row in lab.rows(query, log, bought)] == orders


@pytest.mark.parametrize(
    ("more", "left"),
    [
        ([], {"a", "b"}),
        ([Happened(5, CANCELLATION, 1, BEGIN, None, order_id="A")], {"b"}),
        ([Happened(5, REFUND, 1, BEGIN, 500, order_id="A")], {"b"}),
        ([Happened(5, REFUND, 1, BEGIN, 499, order_id="A")], {"a", "b"}),
    ],
)
def test_what_was_taken_back_has_no_lines(lab: Lab, more: list[Happened], left: set[str]) -> None:
    log = [Happened(1, ORDER, 1, BEGIN, 500, order_id="A"), Happened(2, ORDER, 1, BEGIN, 500, order_id="B"), *more]
    cut = BEGIN + timedelta(days=1)
    rows = lab.rows(asked("SELECT product_id FROM lines", lines(book(cut, {}), cut)), log, {1: [Item("a")], 2: [Item("b")]})
    assert {row["product_id"] for row in rows} == left


def test_a_catalog_of_many_items_is_one_value(lab: Lab) -> None:
    """The text of the query does not grow with the catalog."""
    some = Shelf({f"i{n}": Shelved(f"Item {n}", ("c",)) for n in range(2)}, {}, {"c": "C"})
    many = Shelf(
        {f"i{n}": Shelved(f"Item {n}", (f"c{n % 50}",)) for n in range(20_000)}, {f"v{n}": f"i{n}" for n in range(20_000)},
        {f"c{n}": f"C {n}" for n in range(50)},
    )  # fmt: skip
    cut = BEGIN + timedelta(days=1)
    queries = [asked(_ITEMS.format("placed"), shelf.by_category(lines(book(cut, {}), cut))) for shelf in (some, many)]
    assert compile(queries[0], "athena").sql == compile(queries[1], "athena").sql
    order = Happened(1, ORDER, 1, BEGIN, 500)
    rows: list[dict[str, Any]] = lab.rows(queries[1], [order], {1: [Item("v19999"), Item(None, "Item 7")]})
    assert {row["item"] for row in rows} == {"c49", "c7"}


def test_of_orders_with_one_key_the_newest_has_the_events_of_products(lab: Lab) -> None:
    log = [Happened(n, ORDER, 1, BEGIN + timedelta(days=n), 500, order_id="A") for n in (1, 2)]
    log.append(Happened(3, SOLD, 1, BEGIN, 700, order_id="A", properties={"ProductID": "x", "Quantity": 2}))
    cut = BEGIN + timedelta(days=9)
    found = lab.rows(asked("SELECT event_id, thousandths, units FROM lines", lines(book(cut, {}), cut)), log, {})
    assert found == [{"event_id": 2, "thousandths": 2_000, "units": 70_000}]
