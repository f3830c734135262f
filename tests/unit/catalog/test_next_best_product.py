"""The next best product for anybody who asks: a product and nothing else, and never a hole in a mail."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp import connect
from cdp.documents import accounts, affinities, catalog, catalog_insights, plans, predictions, profiles
from cdp.documents.affinities import Head
from cdp.documents.catalog import CatalogItem
from cdp.documents.catalog_insights import Excluded
from cdp.model.ids import profile_id
from functions.catalog.handler import http
from functions.catalog.product_fragment import fragment, price
from functions.catalog.settings import Settings
from functions.catalog.spec import SPEC
from tests.unit.calls import Answer, Caller

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
JSON, HTML = "/client/next-best-product", "/client/next-best-product.html"


def thing(external_id: str, **attributes: Any) -> CatalogItem:
    given = {"title": f"Title {external_id}", "description": "", "url": f"https://shop.example/{external_id}", **attributes}
    return CatalogItem(external_id, created=NOW, updated=NOW, **given)


class Shop:
    """Profile 1 is to buy `own`; everybody else the bestseller `best`."""

    def __init__(self, folder: Path) -> None:
        queues = f"sqlite://{folder}/queues.db"
        self.settings = Settings(f"sqlite://{folder}/documents.db", "memory:", f"{queues}#catalog", f"{queues}#record", 0)
        self.table = connect.table(self.settings.table)
        made, _ = accounts.create(self.table, name="Shop", timezone="UTC", currency="EUR")
        self.id, self._handler, self.body = made.id, http(self.settings), ""
        self.caller = Caller(self._call, SPEC, self.id)
        for one in (thing("own", price=12.5), thing("best"), thing("second"), thing("third")):
            self.put(one)
        affinities.save(self.table, self.id, Head(NOW, 3.0, ("best", "second", "gone"), True), {}, {}, [])
        state = profiles.fresh(next(iter(profiles.new_numbers(self.table, self.id, 1))), NOW)
        state.profile.kx = "ticket"
        assert profiles.save(self.table, self.id, [state]) == [True]
        product = {"id": "$custom:::$default:::own", "external_id": "own", "title": "Old title"}
        predictions.change(self.table, self.id, [1], lambda _, held: {"next_best_product": product}, NOW)

    def put(self, one: CatalogItem) -> None:
        held = catalog.ITEMS.get(self.table, self.id, one.external_id)
        assert self.table.write([catalog.ITEMS.put(self.id, one, held.version if held else 0)]) == [True]

    def _call(self, event: Mapping[str, Any]) -> dict[str, Any]:
        answer = self._handler(event)
        self.body = answer["body"]
        return answer if "json" in answer["headers"]["content-type"] else {**answer, "body": ""}

    def ask(self, path: str = JSON, **keys: str) -> Answer:
        return self.caller.get(path, **{"company_id": self.id, **keys})

    def product(self, **keys: str) -> str | None:
        data = self.ask(**keys).data
        return None if data is None else data["attributes"]["external_id"]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def test_a_recipient_gets_the_product_by_exchange_id_or_profile_id(shop: Shop) -> None:
    answer = shop.ask(exchange_id="ticket")
    assert answer.data["id"] == "$custom:::$default:::own"
    assert answer.data["attributes"] == {
        "external_id": "own", "title": "Title own", "description": "", "url": "https://shop.example/own", "price": 12.5,
        "image_full_url": None, "image_thumbnail_url": None,
    }  # fmt: skip
    assert answer.document["meta"] == {"currency": "EUR"}
    assert answer.headers["cache-control"] == "private, max-age=60"
    assert shop.product(profile_id=profile_id(shop.id, 1)) == "own"


@pytest.mark.parametrize("keys", [
    {}, {"exchange_id": ""}, {"exchange_id": "unknown"}, {"exchange_id": "x" * 300}, {"profile_id": "x"},
    {"profile_id": "01HZZZZZZZZZZZZZZZZZZZZZZZ"}, {"exchange_id": "{{ exchange_id }}"}, {"exchange_id": "other", "profile_id": "1"},
])  # fmt: skip
def test_everybody_else_gets_the_bestseller_as_if_it_were_theirs(shop: Shop, keys: dict[str, str]) -> None:
    assert shop.product(**keys) == "best"
    assert shop.ask(**keys).headers == shop.ask(exchange_id="ticket").headers
    shop.ask(HTML, **keys)
    assert "Title best" in shop.body


def test_what_cannot_be_had_gives_way_at_once(shop: Shop) -> None:
    shop.put(thing("own", published=False))
    assert shop.product(exchange_id="ticket") == "best"
    shop.put(thing("best", variants={"v": False}))
    assert shop.product(exchange_id="ticket") == "second"
    catalog_insights.EXCLUDED.change(shop.table, shop.id, lambda _: Excluded(items=("second",)))
    assert shop.product(exchange_id="ticket") is None
    answer = shop.ask(HTML, exchange_id="ticket")
    assert (answer.status, shop.body) == (200, "")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test_a_plan_without_it_leaves_the_place_empty(shop: Shop) -> None:
    plans.save(shop.table, shop.id, plans.Plan(features=()))
    assert shop.product(exchange_id="ticket") is None
    shop.ask(HTML, exchange_id="ticket")
    assert shop.body == ""


def test_an_unknown_company_is_refused(shop: Shop) -> None:
    assert shop.caller.get(JSON, company_id="ZZZZZZ").status == 400
    assert shop.caller.get(HTML).status == 400


class _Seen(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "img":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@given(
    title=st.text(max_size=80), url=st.one_of(st.text(max_size=60), st.just("javascript:alert(1)")),
    image=st.one_of(st.none(), st.text(max_size=60), st.just('https://x/"onload=alert(1)')), button=st.text(max_size=80),
)  # fmt: skip
def test_nothing_from_the_catalog_becomes_markup(title: str, url: str, image: str | None, button: str) -> None:
    found = _Seen(fragment(thing("x", title=title, url=url, image_full_url=image, price=3), "EUR", button))
    assert {tag for tag, _ in found.tags} <= {"table", "tr", "td", "a", "img"}
    assert found.open == []
    names = {name for _, attributes in found.tags for name in attributes}
    assert names <= {"role", "width", "cellpadding", "cellspacing", "border", "style", "align", "bgcolor", "href", "target", "src", "alt"}
    links = [attributes.get("href") or attributes.get("src") for tag, attributes in found.tags if tag in ("a", "img")]
    assert all(re.match("https?://", link or "", re.IGNORECASE) for link in links)


def test_all_of_it_is_in_the_fragment() -> None:
    one = thing("x", title='Tea & "more" <b>', price=1234.5, image_full_url="https://cdn.example/x.png?a=1&b=2")
    text = fragment(one, "EUR", "Jetzt kaufen")
    for part in ("Tea &amp; &quot;more&quot; &lt;b&gt;", "1,234.50 EUR", "https://cdn.example/x.png?a=1&amp;b=2", ">Jetzt kaufen<"):
        assert part in text
    assert "<img" not in fragment(thing("x"), "EUR")
    assert "EUR" not in fragment(thing("x"), "EUR")


@pytest.mark.parametrize(("amount", "currency", "shown"), [
    (5, "EUR", "5.00 EUR"), (0.1, "USD", "0.10 USD"), (1999, "JPY", "1,999 JPY"), (1.2345, "KWD", "1.234 KWD"), (2.675, "EUR", "2.68 EUR"),
])  # fmt: skip
def test_prices_have_the_decimals_of_their_currency(amount: float, currency: str, shown: str) -> None:
    assert price(amount, currency) == shown
