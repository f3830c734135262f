"""`klaviyo.getGroupMembership` on a shop's page, in a real browser, against the running platform."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browser.conftest import PICTURES, Shop
from tests.browser.driver import Page

LOOK_UP = "/client/group-memberships"


def ask(page: Page, *ids: str) -> list[str]:
    found: list[str] = page.run(f"klaviyo.getGroupMembership({json.dumps(ids)})")
    return found


def show(page: Page, shop: Shop) -> str:
    """What the shop's page offers to its visitor."""
    page.run(f"show({json.dumps(shop.regulars)}, {json.dumps(shop.newcomers)})")
    offer: str = page.run("document.getElementById('offer').innerText")
    return offer


def test_a_stranger_sees_the_plain_page_and_gets_a_random_cookie(page: Page, shop: Shop) -> None:
    page.visit(f"{shop.site}/shop")
    assert show(page, shop) == "Welcome."
    assert ask(page, shop.regulars) == []
    page.picture(PICTURES / "stranger.png")
    cookie = page.run("document.cookie")
    id_ = page.run("regulars.anonymousId")
    assert cookie == f"__regulars_id={id_}"
    assert len(id_) == 32
    page.visit(f"{shop.site}/shop?again")
    assert page.run("document.cookie") == cookie
    assert page.faults() == []


def test_strangers_have_different_cookies(browser: object, shop: Shop, page: Page) -> None:
    other = Page(browser)  # type: ignore[arg-type]
    try:
        for one in (page, other):
            one.visit(f"{shop.site}/shop")
        assert page.run("document.cookie") != other.run("document.cookie")
    finally:
        other.close()


def test_who_follows_a_link_is_known_on_every_later_page(page: Page, shop: Shop) -> None:
    page.visit(f"{shop.site}/shop?utm_source=mail&_kx={shop.exchange_id(shop.ann)}")
    assert show(page, shop) == "Your usual? It is on the house today."
    page.picture(PICTURES / "regular.png")
    page.visit(f"{shop.site}/shop")
    assert show(page, shop) == "Your usual? It is on the house today."
    assert ask(page, shop.newcomers, shop.regulars, "Nobody", shop.regulars) == [shop.regulars]
    page.visit(f"{shop.site}/shop?_kx={shop.exchange_id(shop.ben)}")
    assert show(page, shop) == "A piece of cake with your second coffee."
    page.picture(PICTURES / "newcomer.png")
    assert page.faults() == []


def test_a_shop_links_the_cookie_with_its_private_key(page: Page, shop: Shop) -> None:
    page.visit(f"{shop.site}/shop")
    id_ = page.run("regulars.anonymousId")
    assert ask(page, shop.regulars) == []
    attributes = {"email": "ann@shop.example", "anonymous_id": id_}
    shop.make("POST", "/api/profile-import", {"type": "profile", "attributes": attributes})
    assert ask(page, shop.regulars) == []  # the browser's answer, not a minute old
    assert ask(page, shop.regulars, shop.newcomers) == [shop.regulars]
    page.call("Network.clearBrowserCache")
    assert ask(page, shop.regulars) == [shop.regulars]


def test_what_a_page_says_of_its_visitor_opens_nothing(page: Page, shop: Shop) -> None:
    """Anybody can send an address with their own cookie, from their own page."""
    page.visit(f"{shop.site}/shop")
    claim = {"data": {"type": "profile", "attributes": {"email": "ann@shop.example"}}}
    status = page.run(
        f"""fetch({json.dumps(shop.platform.url + "/client/profiles?company_id=" + shop.platform.account_id)}, {{
          method: "POST", headers: {{"content-type": "application/json", revision: "2026-07-15"}},
          body: JSON.stringify((body => (body.data.attributes.anonymous_id = regulars.anonymousId, body))({json.dumps(claim)}))
        }}).then(answer => answer.status)"""
    )
    assert status == 202
    assert ask(page, shop.regulars) == []


def test_an_answer_is_kept_for_a_minute(page: Page, shop: Shop) -> None:
    page.visit(f"{shop.site}/shop?_kx={shop.exchange_id(shop.ann)}")
    assert ask(page, shop.regulars, shop.newcomers) == [shop.regulars]
    assert ask(page, shop.newcomers, shop.regulars) == [shop.regulars]
    page.visit(f"{shop.site}/shop")
    assert ask(page, shop.regulars, shop.newcomers) == [shop.regulars]
    assert len(page.asked(LOOK_UP)) == 1
    assert ask(page, shop.regulars) == [shop.regulars]
    assert len(page.asked(LOOK_UP)) == 2


def test_nothing_but_the_two_ids_is_sent(page: Page, shop: Shop) -> None:
    token = shop.exchange_id(shop.ann)
    page.visit(f"{shop.site}/shop?email=ann@shop.example&_kx={token}")
    ask(page, shop.regulars)
    (url,) = page.asked(LOOK_UP)
    query = parse_qs(urlsplit(url).query)
    assert query == {
        "company_id": [shop.platform.account_id],
        "ids": [shop.regulars],
        "exchange_id": [token],
        "anonymous_id": [page.run("regulars.anonymousId")],
    }


@pytest.mark.parametrize("asked", ["Array.from({length: 51}, (_, n) => 'L' + n)", "[]", "undefined", "'LIST'"])
def test_more_than_50_ids_or_none_are_an_empty_answer_without_a_request(page: Page, shop: Shop, asked: str) -> None:
    page.visit(f"{shop.site}/shop")
    assert page.run(f"klaviyo.getGroupMembership({asked})") == []
    assert page.asked(LOOK_UP) == []


def test_50_ids_are_answered(page: Page, shop: Shop) -> None:
    page.visit(f"{shop.site}/shop?_kx={shop.exchange_id(shop.ann)}")
    assert ask(page, *(f"L{n}" for n in range(49)), shop.regulars) == [shop.regulars]


def test_calls_before_the_script_are_answered_and_others_left_in_the_queue(page: Page, shop: Shop) -> None:
    token = shop.exchange_id(shop.ann)
    page.visit(f"{shop.site}/stub?ids={shop.regulars},{shop.newcomers}&_kx={token}")
    assert page.run("first") == [shop.regulars]
    assert page.run(f"early({json.dumps([shop.regulars])})") == [shop.regulars]
    assert page.run("_klOnsite.map(call => call[0])") == ["identify"]
    page.run("void klaviyo.track('Viewed Page')")
    assert page.run("_klOnsite.map(call => call[0])") == ["identify", "track"]
    assert page.faults() == []


def test_an_array_of_calls_is_answered_too(page: Page, shop: Shop) -> None:
    page.visit(f"{shop.site}/queue?ids={shop.regulars}&_kx={shop.exchange_id(shop.ann)}")
    assert page.run("first") == [shop.regulars]
    again = json.dumps(["getGroupMembership", [shop.regulars]])
    assert page.run(f"new Promise(resolve => klaviyo.push({again}.concat(resolve)))") == [shop.regulars]
    page.run("klaviyo.push(['track', 'Clicked'])")
    assert page.run("klaviyo.map(call => call[1])") == ["Viewed Page", "Clicked"]
    assert page.faults() == []


def test_an_object_that_is_there_is_kept(page: Page, shop: Shop) -> None:
    page.visit(f"{shop.site}/present?_kx={shop.exchange_id(shop.ann)}")
    assert ask(page, shop.regulars) == [shop.regulars]
    assert page.run("klaviyo.isIdentified()") is True
    assert page.run("klaviyo.calls") == 1


def test_a_platform_out_of_reach_leaves_the_page_as_it_is(page: Page, shop: Shop) -> None:
    page.visit(f"{shop.site}/shop?_kx={shop.exchange_id(shop.ann)}")
    page.call("Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=-1, uploadThroughput=-1)
    assert show(page, shop) == "Welcome."
    assert page.faults() == []
