"""Product analysis over HTTP: the account's own catalog, order book and exclusions; lists in pages; CSV."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cdp.documents import catalog_links
from cdp.documents.catalog import CATEGORIES, ITEMS, VARIANTS, CatalogCategory, CatalogItem, CatalogVariant
from cdp.lake.tables import ORDER_ITEMS
from cdp.ports import Delete, Put
from cdp.resources.catalog import compound
from tests.unit.calls import Answer
from tests.unit.orders.oracle_lines import Item
from tests.unit.query.files import event
from tests.unit.reports.oracles import Happened
from tests.unit.reports.room import NOW, Room
from tests.unit.reports.test_custom_reports import exported

SETTINGS = "/api/catalog-insights-settings/default"


def product(n: int, id_: str, title: str) -> CatalogItem:
    made = NOW - timedelta(days=900, seconds=-n)
    return CatalogItem(id_, title, "", "https://shop.example", made, made)


def variant(id_: str, item: str) -> CatalogVariant:
    made = NOW - timedelta(days=900)
    return CatalogVariant(id_, item, "", "", "", "https://shop.example", 1, 1, made, made)


@pytest.fixture
def shop(room: Room) -> Room:
    """Five customers buy tea with a mug, a pot ten days later, and one of them a gift card that no catalog has."""
    account, table = room.account.id, room.table
    tea, mug, pot = (product(n, id_, id_.title()) for n, id_ in enumerate(("tea", "mug", "pot")))
    drinks, kitchen = (CatalogCategory(id_, id_.title(), NOW, NOW) for id_ in ("drinks", "kitchen"))
    links = ((tea, drinks), (mug, drinks), (mug, kitchen), (pot, kitchen))
    writes: list[Sequence[Put | Delete]] = [
        *(ITEMS.put(account, one, 0) for one in (tea, mug, pot)),
        *(CATEGORIES.put(account, one, 0) for one in (drinks, kitchen)),
        VARIANTS.put(account, variant("pot-xl", "pot"), 0),
        *([catalog_links.put(account, item, category)] for item, category in links),
    ]
    assert all(table.write(writes))
    placed = room.metric("Placed Order").no
    orders = list(_orders(placed, NOW - timedelta(days=200)))
    room.store([event(o.number, o.at, metric_id=placed, profile_no=o.profile, value=10.0) for o, _ in orders])
    room.lake.write(account, ORDER_ITEMS, [one.row(o, n) for o, some in orders for n, one in enumerate(some)])
    return room


def _orders(metric: int, first: datetime) -> Iterator[tuple[Happened, list[Item]]]:
    for who in range(1, 6):
        yield Happened(who, metric, who, first), [Item("tea", "Tea", 2.0, 300), Item(None, "Mug", 1.0, 500)]
        later = [Item("pot-xl", "Pot", 1.0, 2_900), *([Item("gift", "Gift card")] if who == 1 else [])]
        yield Happened(who + 10, metric, who, first + timedelta(days=10, hours=who)), later


def analysis(room: Room, **attributes: Any) -> Answer:
    return room.post("/api/product-analysis-reports", "product-analysis-report", **attributes)


def listing(room: Room, **attributes: Any) -> Answer:
    return room.post("/api/product-analysis-lists", "product-analysis-list", **attributes)


def exclude(room: Room, **attributes: Any) -> Answer:
    data = {"type": "catalog-insights-settings", "id": "default", "attributes": attributes}
    return room.call("PATCH", SETTINGS, {"data": data})


def titles(answer: Answer) -> list[str]:
    return [row["title"] for row in answer.data["attributes"]["results"]]


def test_a_product_with_all_its_cards(shop: Room) -> None:
    answer = analysis(shop, item_id=compound("tea"))
    found = answer.data["attributes"]
    assert (found["item_id"], found["title"], found["in_catalog"]) == (compound("tea"), "Tea", True)
    assert (found["orders"], found["customers"]) == (5, 5)
    timing = found["results"]["repeat_timing"]
    assert (timing["returned"], timing["median_days"], timing["peak_day"]) == (5, 10, 10)
    assert timing["curve"][10] == {"day": 10, "customers": 5}
    assert found["results"]["same_cart"] == [
        {"item_id": compound("mug"), "title": "Mug", "in_catalog": True, "orders": 5, "rate": 1.0}
    ]
    assert found["results"]["next_order"] == [
        {"item_id": compound("pot"), "title": "Pot", "in_catalog": True, "customers": 5, "orders": 5, "rate": 1.0,
         "median_days": 10}
    ]  # fmt: skip
    assert found["requirements"] == [
        {"name": "catalog_items", "met": True, "found": 3, "needed": 1},
        {"name": "days_of_orders_with_products", "met": True, "found": 200, "needed": 90},
    ]
    assert found["timezone"] == "Europe/Berlin"
    assert found["computed_at"] == "2036-07-01T12:00:00+00:00"
    assert found["data_through"] == (NOW - timedelta(days=190) + timedelta(hours=5)).isoformat()


def test_nothing_is_seen_that_comes_later(shop: Room) -> None:
    as_of = (NOW - timedelta(days=195)).isoformat()
    found = analysis(shop, item_id=compound("tea"), as_of=as_of).data["attributes"]
    assert (found["orders"], found["results"]["repeat_timing"]["returned"]) == (5, 0)
    assert found["results"]["next_order"] == []
    assert titles(listing(shop, as_of=as_of)) == ["Tea", "Mug"]


def test_a_category_is_taken_like_a_product(shop: Room) -> None:
    found = analysis(shop, category_id=compound("drinks")).data["attributes"]
    assert (found["category_id"], found["title"], found["orders"]) == (compound("drinks"), "Drinks", 5)
    assert [(r["category_id"], r["rate"]) for r in found["results"]["same_cart"]] == [(compound("kitchen"), 1.0)]
    assert [(r["title"], r["median_days"]) for r in found["results"]["next_order"]] == [("Kitchen", 10)]


def test_lists_in_every_order_and_in_pages(shop: Room) -> None:
    assert titles(listing(shop)) == ["Pot", "Tea", "Mug", "Gift card"]
    assert titles(listing(shop, sort="customers")) == ["Mug", "Pot", "Tea", "Gift card"]
    assert titles(listing(shop, sort="orders", search="T")) == ["Pot", "Tea", "Gift card"]
    assert titles(listing(shop, kind="category", sort="orders")) == ["Kitchen", "Drinks"]
    page = listing(shop, page_size=1)
    assert page.data["attributes"]["results"][0] == {
        "item_id": compound("pot"), "title": "Pot", "in_catalog": True, "revenue": 145.0, "customers": 5, "orders": 5,
        "quantity": 5,
    }  # fmt: skip
    seen, url = titles(page), page.document["links"]["next"]
    while url and len(seen) < 9:
        body = {"data": {"type": "product-analysis-list", "attributes": {"page_size": 1}}}
        page = shop.call("POST", url, body)
        seen, url = seen + titles(page), page.document["links"]["next"]
    assert seen == ["Pot", "Tea", "Mug", "Gift card"]


def test_what_is_excluded_is_nowhere(shop: Room) -> None:
    assert shop.call.get(SETTINGS).data["attributes"] == {
        "excluded_item_ids": [], "excluded_category_ids": [], "last_updated_at": None
    }  # fmt: skip
    saved = exclude(shop, excluded_item_ids=[compound("pot"), compound("pot")]).data
    assert (saved["type"], saved["id"]) == ("catalog-insights-settings", "default")
    assert saved["attributes"]["excluded_item_ids"] == [compound("pot")]
    assert saved["attributes"]["last_updated_at"] == "2036-07-01T12:00:00+00:00"
    assert titles(listing(shop)) == ["Tea", "Mug", "Gift card"]
    found = analysis(shop, item_id=compound("tea"), min_support=1).data["attributes"]["results"]
    assert [row["title"] for row in found["next_order"]] == ["Gift card"]
    assert found["repeat_timing"]["returned"] == 5  # the orders are still there
    refused = analysis(shop, item_id=compound("pot"))
    assert refused.error["source"]["pointer"] == "/data/attributes/item_id"
    exclude(shop, excluded_category_ids=[compound("drinks")])
    assert titles(listing(shop)) == ["Gift card"]
    assert titles(listing(shop, kind="category")) == []
    assert exclude(shop, excluded_item_ids=[]).data["attributes"]["excluded_category_ids"] == [compound("drinks")]
    assert titles(listing(shop)) == ["Pot", "Gift card"]
    assert shop.call.get(SETTINGS).data["attributes"]["excluded_item_ids"] == []


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"excluded_item_ids": [compound("tea"), compound("gone")]}, "excluded_item_ids/1"),
        ({"excluded_item_ids": ["tea"]}, "excluded_item_ids/0"),
        ({"excluded_category_ids": [compound("tea")]}, "excluded_category_ids/0"),
        ({"excluded_category_ids": "tea"}, "excluded_category_ids"),
        ({"excluded_item_ids": [compound("tea")] * 1_001}, "excluded_item_ids"),
    ],
)
def test_only_what_the_catalog_has_can_be_excluded(shop: Room, given: dict[str, Any], pointer: str) -> None:
    refused = exclude(shop, **given)
    assert refused.status == 400
    assert refused.error["source"]["pointer"] == f"/data/attributes/{pointer}"


def test_what_the_catalog_has_lost_stays_excluded(shop: Room) -> None:
    exclude(shop, excluded_item_ids=[compound("mug")])
    held = ITEMS.get(shop.table, shop.account.id, "mug")
    assert held is not None
    assert shop.table.write([ITEMS.delete(shop.account.id, held)]) == [True]
    kept = exclude(shop, excluded_item_ids=[compound("mug"), compound("tea")])
    assert kept.data["attributes"]["excluded_item_ids"] == [compound("mug"), compound("tea")]
    assert exclude(shop, excluded_item_ids=[]).status == 200
    assert exclude(shop, excluded_item_ids=[compound("mug")]).status == 400


def test_as_a_custom_report_with_csv(shop: Room) -> None:
    definition = {"item_id": compound("tea"), "cards": ["same_cart", "next_order"]}
    text = exported(shop, shop.run("product_analysis", definition).data["id"])
    assert text.splitlines()[1:] == [
        f"next_order,{compound('pot')},Pot,1.0,5,5,10",
        f"same_cart,{compound('mug')},Mug,1.0,5,,",
    ]
    text = exported(shop, shop.run("product_list", {"search": "pot"}).data["id"])
    assert text.splitlines() == ["id,title,revenue,customers,orders,quantity", f"{compound('pot')},Pot,145.00,5,5,5"]


def test_an_account_without_orders_or_catalog_is_told(room: Room) -> None:
    """Nothing is mapped: refused. With a metric, nothing was bought: an empty list that says what is missing."""
    assert listing(room).status == 400
    room.metric("Placed Order")
    found = listing(room).data["attributes"]
    assert (found["results"], found["total"]) == ([], 0)
    assert [one["met"] for one in found["requirements"]] == [False, False]
    assert analysis(room, item_id=compound("tea")).error["source"]["pointer"] == "/data/attributes/item_id"


def test_the_documented_requests_are_answered(shop: Room) -> None:
    """In the order of the page, which excludes something at its end."""
    page = (Path(__file__).parents[3] / "docs" / "product-analysis.md").read_text()
    found = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", page, re.DOTALL)]
    assert [one["data"]["type"] for one in found] == [
        "product-analysis-list", "product-analysis-report", "product-analysis-report", "catalog-insights-settings",
    ]  # fmt: skip
    for body in found:
        patch = body["data"]["type"] == "catalog-insights-settings"
        path = SETTINGS if patch else f"/api/{body['data']['type']}s"
        assert f"`{'PATCH' if patch else 'POST'} {path}`" in page
        answer = shop.call("PATCH" if patch else "POST", path, body)
        assert answer.status == 200, answer.document
        for name in ("results", "excluded_item_ids"):
            assert answer.data["attributes"].get(name, True), f"{body}: nothing found"
