"""Product analysis and list equal their oracle: equal times, an item twice in an order, several categories, refunds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.errors import Rejected
from cdp.orders.products import Shelf, Shelved
from cdp.resources.catalog import compound
from functions.reports.kinds import product_analysis, product_analysis_results, product_list
from functions.reports.order_lines import LinesOf
from functions.reports.report import Scope
from functions.reports.tally import Tally
from tests.unit.orders import oracle_lines, shop
from tests.unit.orders.oracle_lines import SOLD, Item
from tests.unit.orders.shop import BEGIN, Lab, book
from tests.unit.reports import oracle_product_analysis as oracle
from tests.unit.reports.oracles import ORDER, Happened, net_orders
from tests.unit.reports.read import read

NOW = BEGIN + timedelta(days=125)
Made = tuple[list[Happened], dict[int, list[Item]]]


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with shop.opened() as lab:
        yield lab


NO_CATALOG = Shelf()


def scope_at(as_of: datetime, shelf: Shelf = NO_CATALOG, rates: dict[str, int] | None = None) -> Scope:
    return Scope("UTC", "EUR", as_of, book=book(as_of, rates or {}), shelf=shelf)


def analysed(lab: Lab, account: str, scope: Scope, **given: Any) -> Any:
    params = product_analysis.REPORT.read(given)
    rows = product_analysis.REPORT.rows(lab.engine.run(account, product_analysis.query(params, scope)))
    assert product_analysis.table(params, scope, rows).data_through == product_analysis_results.answer(params, scope, rows).data_through
    return product_analysis_results.answer(params, scope, rows).attributes


def listed(lab: Lab, account: str, scope: Scope, **given: Any) -> Any:
    params = product_list.REPORT.read(given)
    rows = product_list.REPORT.rows(lab.engine.run(account, product_list.query(params, scope)))
    return product_list.answer(params, scope, rows)


def frame(start: datetime, end: datetime) -> dict[str, str]:
    return {"start": start.isoformat(), "end": end.isoformat()}


def ids(rows: Sequence[dict[str, Any]], kind: str, *names: str) -> list[tuple[Any, ...]]:
    return [(row[f"{kind}_id"].removeprefix(compound("")), *(row[name] for name in names)) for row in rows]


@settings(max_examples=20, deadline=None)
@given(
    made=shop.logs(), shelf=shop.shelves, rates=shop.rates, support=st.sampled_from([1, 1, 2]),
    start=st.sampled_from([BEGIN, BEGIN, BEGIN + timedelta(days=2)]), days=st.sampled_from([3, 20, 200]),
    as_of=st.sampled_from([NOW, NOW, BEGIN + timedelta(days=15)]),
    item=st.sampled_from(["tea", "tea", "mug", "mug", "v1", "c1", "c2", "Gifts", "Drinks"]),
)  # fmt: skip
def test_every_card_equals_the_oracle(
    lab: Lab, made: Made, shelf: Shelf, rates: dict[str, int], support: int, start: datetime, days: int, as_of: datetime,
    item: str,
) -> None:  # fmt: skip
    (log, bought), kind = made, "item" if item in ("tea", "mug", "v1") else "category"
    scope, end = scope_at(as_of, shelf, rates), start + timedelta(days=days)
    given = {f"{kind}_id": compound(item), "min_support": support, "timeframe": frame(start, end)}
    net = {profile: found for profile, (found, _) in net_orders(log, scope.now, rates).items()}
    # What lies before the period is no order that follows one in it.
    every = oracle_lines.bought(log, bought, start, scope.now, rates)
    lines = (oracle_lines.products if kind == "item" else oracle_lines.categories)(every, shelf)
    account = lab.store(log, bought)
    hidden = item in (set(shelf.hidden()) if kind == "item" else shelf.excluded_categories)
    known = item in (shelf.items if kind == "item" else shelf.categories)
    if hidden or not (known or any(b.item == item for b in lines)):
        with pytest.raises(Rejected) as caught:
            analysed(lab, account, scope, **given)
        assert caught.value.field == f"/{kind}_id"
        return
    found = analysed(lab, account, scope, **given)
    expected = oracle.analysis(net, lines, item, start, min(end, scope.now), support)
    assert (found["orders"], found["customers"]) == (expected["orders"], expected["customers"])
    results = found["results"]
    assert results["repeat_timing"] == expected["repeat_timing"]
    assert ids(results["same_cart"], kind, "orders", "rate") == expected["same_cart"]
    assert ids(results["next_order"], kind, "customers", "orders", "rate", "median_days") == expected["next_order"]


@settings(max_examples=20, deadline=None)
@given(
    made=shop.logs(), shelf=shop.shelves, rates=shop.rates, start=shop.times, days=st.integers(1, 100),
    kind=st.sampled_from(["product", "category"]), sort=st.sampled_from(["revenue", "customers", "orders"]), sold=st.booleans(),
)  # fmt: skip
def test_the_list_equals_the_oracle_and_comes_in_pages(
    lab: Lab, made: Made, shelf: Shelf, rates: dict[str, int], start: datetime, days: int, kind: str, sort: str, sold: bool
) -> None:
    log, bought = made
    scope, end = scope_at(NOW, shelf, rates), start + timedelta(days=days)
    scope = msgspec.structs.replace(scope, book=book(NOW, rates, sold=sold))
    lining = [event for event in log if sold or event.metric != SOLD]
    every = oracle_lines.bought(lining, bought, start, scope.now, rates)
    lines = (oracle_lines.products if kind == "product" else oracle_lines.categories)(every, shelf)
    expected = oracle.listing(lines, start, min(end, scope.now))
    place = ("revenue", "customers", "orders").index(sort)
    order = sorted(expected, key=lambda item: (-expected[item][place], item))
    params = product_list.REPORT.read({"kind": kind, "sort": sort, "timeframe": frame(start, end), "page_size": 2})
    query = product_list.query(params, scope)
    rows = read(product_list.REPORT, lab.rows(query, log, bought))
    assert rows == read(product_list.REPORT, lab.rows(replace(query, duckdb=None), log, bought))
    assert isinstance(query.duckdb, Tally)
    assert isinstance(query.duckdb.events, LinesOf) != sold
    unheld = replace(query, duckdb=replace(query.duckdb, most=3))
    assert rows == read(product_list.REPORT, lab.rows(unheld, log, bought))
    seen: list[dict[str, Any]] = []
    while True:
        page = product_list.answer(params, scope, rows)
        assert page.attributes["total"] == len(expected)
        results: Any = page.attributes["results"]
        seen += results
        if page.following is None:
            break
        params = msgspec.structs.replace(params, page_cursor=page.following)
    name = "item" if kind == "product" else kind
    assert ids(seen, name, "revenue", "customers", "orders", "quantity") == [
        (item, round(expected[item][0] / 10_000, 2), *expected[item][1:3], expected[item][3] / 1000) for item in order
    ]


def test_each_rule_by_itself(lab: Lab) -> None:
    """Tea at noon; an order at the same moment is not the next one, that of the following week is: day 6, not 7."""
    noon = BEGIN + timedelta(hours=12)
    log = [
        Happened(1, ORDER, 1, noon, 500), Happened(2, ORDER, 1, noon, 500),
        Happened(3, ORDER, 1, noon + timedelta(days=7, seconds=-1), 500), Happened(4, ORDER, 2, noon, 500),
    ]  # fmt: skip
    bought = {
        1: [Item("tea"), Item("tea"), Item("mug")], 2: [Item("card")], 3: [Item("tea"), Item("honey"), Item("honey")],
        4: [Item("tea")],
    }  # fmt: skip
    found = analysed(lab, lab.store(log, bought), scope_at(NOW), item_id=compound("tea"), min_support=1)
    assert (found["orders"], found["customers"], found["in_catalog"]) == (3, 2, False)
    timing = found["results"]["repeat_timing"]
    assert (timing["returned"], timing["median_days"], timing["peak_day"]) == (1, 6, 6)
    assert ids(found["results"]["same_cart"], "item", "orders", "rate") == [("honey", 1, 1 / 3), ("mug", 1, 1 / 3)]
    assert ids(found["results"]["next_order"], "item", "customers", "rate", "median_days") == [("honey", 1, 0.5, 6)]


def test_rows_of_few_are_left_out_unless_they_are_asked_for(lab: Lab) -> None:
    log = [Happened(n, ORDER, n, BEGIN, 500) for n in range(1, 5)]
    account = lab.store(log, {n: [Item("tea"), Item("mug")] for n in range(1, 5)})
    for support, rows in (({}, 0), ({"min_support": 5}, 0), ({"min_support": 4}, 1)):
        found = analysed(lab, account, scope_at(NOW), item_id=compound("tea"), cards=["same_cart"], **support)
        assert len(found["results"]["same_cart"]) == rows
        assert list(found["results"]) == ["same_cart"]


def test_two_years_and_no_more(lab: Lab) -> None:
    """Orders before are not seen, whatever the timeframe; nor is what comes after `as_of`."""
    log = [Happened(1, ORDER, 1, NOW - timedelta(days=731), 500), Happened(2, ORDER, 2, NOW - timedelta(days=729), 500)]
    log.append(Happened(3, ORDER, 2, NOW + timedelta(days=1), 500))
    account = lab.store(log, {n: [Item("tea")] for n in (1, 2, 3)})
    for timeframe in (None, {"start": "2024-01-01", "end": "2025-12-31"}):
        found = analysed(lab, account, scope_at(NOW), item_id=compound("tea"), timeframe=timeframe)
        assert (found["orders"], found["results"]["repeat_timing"]["returned"]) == (1, 0)
    assert [r["found"] for r in found["requirements"]] == [0, 729]
    assert [r["met"] for r in found["requirements"]] == [False, True]


def test_a_customer_with_very_many_orders(lab: Lab) -> None:
    log = [Happened(n, ORDER, 7, BEGIN + timedelta(minutes=n), 500) for n in range(5_000)]
    account = lab.store(log, {n: [Item("tea" if n % 2 else "mug"), Item("card")] for n in range(5_000)})
    found = analysed(lab, account, scope_at(NOW), item_id=compound("tea"), min_support=1)
    assert found["orders"] == 2_500
    assert ids(found["results"]["next_order"], "item", "customers", "orders") == [("card", 1, 2_499), ("mug", 1, 2_499)]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "/item_id"),
        ({"item_id": compound("tea"), "category_id": compound("c1")}, "/item_id"),
        ({"item_id": "tea"}, "/item_id"),
        ({"item_id": compound("gone")}, "/item_id"),
        ({"category_id": compound("gone")}, "/category_id"),
        ({"item_id": compound("mug")}, "/item_id"),
        ({"item_id": compound("pot")}, "/item_id"),
        ({"category_id": compound("c2")}, "/category_id"),
        ({"item_id": compound("tea"), "timeframe": {"start": "2026-01-02", "end": "2026-01-01"}}, "/timeframe/end"),
        ({"item_id": compound("tea"), "cards": []}, "/cards"),
        ({"item_id": compound("tea"), "cards": ["lift"]}, "/cards/0"),
        ({"item_id": compound("tea"), "min_support": 0}, "/min_support"),
    ],
)
def test_a_wrong_request_names_its_field(lab: Lab, given: dict[str, Any], field: str) -> None:
    shelf = Shelf(
        {"tea": Shelved("Tea"), "mug": Shelved("Mug"), "pot": Shelved("Pot", ("c2",))}, {}, {"c1": "C", "c2": "D"},
        frozenset({"mug"}), frozenset({"c2"}),
    )  # fmt: skip
    with pytest.raises(Rejected) as caught:
        analysed(lab, "nobody", scope_at(NOW, shelf), **given)
    assert caught.value.field == field


def test_a_cursor_of_another_list_is_refused(lab: Lab) -> None:
    log = [Happened(n, ORDER, n, BEGIN, 500) for n in range(1, 4)]
    account = lab.store(log, {n: [Item(f"p{n}")] for n in range(1, 4)})
    first = listed(lab, account, scope_at(NOW), page_size=1)
    for asked in ({"sort": "orders", "page_cursor": first.following}, {"page_cursor": "?"}):
        with pytest.raises(Rejected) as caught:
            listed(lab, account, scope_at(NOW), **asked)
        assert caught.value.field == "/page_cursor"


def test_search_finds_parts_of_titles_and_ids(lab: Lab) -> None:
    shelf = Shelf({"tea": Shelved("Grüner Tee")})
    account = lab.store([Happened(1, ORDER, 1, BEGIN, 500)], {1: [Item("tea"), Item("sku-9", "Mug"), Item(None, "Card")]})
    for search, wanted in (("TEE", ["tea"]), ("sku", ["sku-9"]), ("mug", ["sku-9"]), ("a", ["Card", "tea"]), ("x", [])):
        assert [i for (i,) in ids(listed(lab, account, scope_at(NOW, shelf), search=search).attributes["results"], "item")] == wanted
