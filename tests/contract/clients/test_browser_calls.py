"""Calls from a shop's pages: the public key in the address, no private key, any origin."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping
from typing import Any

import pytest

from tests.contract.clients.conftest import Platform, bulk, order, person, profile

ORIGIN = "https://corner-shop.example"


def bodies() -> Mapping[str, Any]:
    event = order(0)
    event["attributes"]["profile"] = {"data": profile(email=person(0))}
    item = bulk([(person(0), [order(0)])])["data"]["attributes"]["events-bulk-create"]["data"][0]
    return {
        "/client/profiles": {"data": profile(email=person(0))},
        "/client/events": {"data": event},
        "/client/event-bulk-create": {"data": item},
    }


def browser(
    shop: Platform, method: str, path: str, body: object = None
) -> tuple[int, Mapping[str, str], bytes]:
    request = urllib.request.Request(
        f"{shop.url}{path}?company_id={shop.account_id}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Origin": ORIGIN, "Content-Type": "application/json", "revision": "2026-07-15"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.read()


@pytest.mark.parametrize("path", bodies())
def test_a_page_may_call_and_learns_nothing(shop: Platform, path: str) -> None:
    status, headers, body = browser(shop, "POST", path, bodies()[path])
    assert (status, body) == (202, b"")
    assert headers["access-control-allow-origin"] in ("*", ORIGIN)


@pytest.mark.parametrize("path", bodies())
def test_the_preflight_allows_what_pages_send(shop: Platform, path: str) -> None:
    status, headers, _ = browser(shop, "OPTIONS", path)
    assert status == 204
    assert headers["access-control-allow-origin"] in ("*", ORIGIN)
    assert "POST" in headers["access-control-allow-methods"]
    assert {"content-type", "revision"} <= set(
        headers["access-control-allow-headers"].replace(" ", "").split(",")
    )


def test_a_page_cannot_read_profiles(shop: Platform) -> None:
    status, document = shop.call("GET", f"/api/profiles?company_id={shop.account_id}", Authorization="")
    assert (status, document["errors"][0]["code"]) == (401, "authentication_failed")
