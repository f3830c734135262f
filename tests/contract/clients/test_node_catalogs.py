"""The catalog through the official Node SDK, unmodified. `make node-clients` installs it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.clients.conftest import Platform
from tests.contract.clients.node_sdk import run

MADE = 30


@pytest.fixture(scope="module")
def results(community: Platform) -> dict[str, Any]:
    return run("catalogs.js", community)


def test_no_call_failed_that_should_not(results: dict[str, Any]) -> None:
    failed = {name: one["failed"] for name, one in results.items() if isinstance(one, dict) and "failed" in one}
    assert {name: one["status"] for name, one in failed.items()} == {"error 400": 400, "error 404": 404, "error 409": 409}, failed
    assert failed["error 409"]["errors"][0]["code"] == "conflict"


@pytest.mark.parametrize("sort", ["created", "-created"])
@pytest.mark.parametrize("listing", ["items", "variants", "variants of an item", "items of a category"])
def test_listings_over_three_pages(results: dict[str, Any], listing: str, sort: str) -> None:
    assert results[f"{listing} {sort}"] == {"sizes": [12, 12, 6], "distinct": MADE}


def test_bulk_jobs(results: dict[str, Any]) -> None:
    pointer = f"/data/attributes/items/data/{MADE}/attributes/external_id"
    assert results["bulk items"] == [MADE, 1, pointer, MADE]
    assert results["bulk variants"] == MADE
    assert results["bulk jobs"] is True


def test_single_things(results: dict[str, Any]) -> None:
    assert results["category"] == [True, "Node shelf"]
    assert results["item"] == ["Node tea i00", {"Top Pick": True}, True, MADE]
    assert results["items by id"] == {"sizes": [2], "distinct": 2}
    assert results["change"] == 0
    assert (results["link"], results["unlink"], results["wait"], results["delete"]) == (204, 204, 202, 204)
    assert results["left"] == MADE - 1
    assert results["variants of the deleted"] == 0
