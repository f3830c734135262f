"""Custom and mapped metrics through the official Node SDK, unmodified. `make node-clients` installs it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.clients.conftest import Platform
from tests.contract.clients.node_sdk import run


@pytest.fixture(scope="module")
def results(shop: Platform) -> dict[str, Any]:
    return run("metrics.js", shop)


def test_no_call_failed_that_should_not(results: dict[str, Any]) -> None:
    failed = {name: one["failed"] for name, one in results.items() if isinstance(one, dict) and "failed" in one}
    assert {name: one["status"] for name, one in failed.items()} == {
        "error mapped twice": 400,
        "error name": 400,
        "error metric": 400,
        "error gone": 404,
        "error unmapped": 404,
    }
    pointers = {name: one["errors"][0]["source"].get("pointer") for name, one in failed.items()}
    assert pointers["error name"] == "/data/attributes/name"
    assert pointers["error metric"] == "/data/attributes/definition/metric_groups/0/metric_id"
    assert pointers["error mapped twice"] == "/data/relationships/metric/data/id"


def test_the_catalogue_over_three_pages(results: dict[str, Any]) -> None:
    sizes = results["metrics"]["sizes"]
    assert len(sizes) >= 3
    assert results["metrics"]["distinct"] == sum(sizes)


def test_custom_metrics(results: dict[str, Any]) -> None:
    assert results["created"] == ["Node gifts", "value", ["gift", "$value"], True]
    assert results["one"] == ["Node gifts", [True]]
    assert results["listed"] is True
    assert results["relations"] == [[True], [True]]
    assert results["updated"] == "Node presents"
    assert results["deleted"] == 204


def test_mapped_metrics(results: dict[str, Any]) -> None:
    assert results["mappings"] == [
        "added_to_cart", "cancelled_sales", "ordered_product", "refunded_sales", "revenue", "started_checkout",
        "viewed_product",
    ]  # fmt: skip
    assert results["mapped"] == ["added_to_cart", True, [True]]
    assert results["mapped custom metric"] == ["Node presents", True]
    assert results["mapped metric"] == [True, True]
