"""The official Node SDK, unmodified: every operation that is served in Accounts, Events, Metrics and Profiles,
each listing over at least three pages. `make node-clients` installs it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.clients.conftest import EVENTS, METRICS, ORDERS, PEOPLE, Platform
from tests.contract.clients.node_sdk import run


@pytest.fixture(scope="module")
def results(shop: Platform) -> dict[str, Any]:
    return run("run.js", shop)


def test_no_call_failed_that_should_not(results: dict[str, Any]) -> None:
    failed = {name: one for name, one in results.items() if isinstance(one, dict) and "failed" in one}
    assert failed.keys() == {"error 400", "error 401", "error 404", "error 409"}, failed


def test_errors_parse(results: dict[str, Any], shop: Platform) -> None:
    errors = {name: results[name]["failed"] for name in results if name.startswith("error")}
    assert {name: error["status"] for name, error in errors.items()} == {
        "error 400": 400,
        "error 401": 401,
        "error 404": 404,
        "error 409": 409,
    }
    assert errors["error 400"]["errors"][0]["source"] == {"parameter": "filter"}
    assert len(errors["error 409"]["errors"][0]["meta"]["duplicate_profile_id"]) == 26


def test_accounts(results: dict[str, Any], shop: Platform) -> None:
    assert results["accounts"] == [results["account"]]
    assert results["account"]["attributes"]["publicApiKey"] == shop.account_id


@pytest.mark.parametrize("sort", ["datetime", "-datetime", "timestamp", "-timestamp"])
def test_events_over_three_pages(results: dict[str, Any], sort: str) -> None:
    assert results[f"events {sort}"] == {"sizes": [200, 200, EVENTS - 400], "distinct": EVENTS}


def test_metrics_over_three_pages(results: dict[str, Any]) -> None:
    for name in ("metrics", "metrics filtered"):
        assert results[name] == {"sizes": [200, 200, METRICS + 1 - 400], "distinct": METRICS + 1}


def test_an_event_and_its_relations(results: dict[str, Any]) -> None:
    assert results["orders"] == {"sizes": [20, 20, 20], "distinct": ORDERS}
    assert results["event"] == {"value": 9.0 + ORDERS, "included": ["metric", "profile"]}
    assert results["event metric"] == "Placed Order"
    assert results["event metric id"] is results["event profile"] is True
    assert results["event profile id"] == "profile"
    assert results["create event"] == results["create events"] == 202


def test_a_metric_and_its_properties(results: dict[str, Any]) -> None:
    assert results["metric"]["key"] == "api"
    assert results["metric properties"] == ["Items", "OrderId", "gift"]
    assert results["metric property"] is True
    assert results["metric flows"] == [[], []]
    assert results["aggregates"] == [28, 28, 4]


@pytest.mark.parametrize("field", ["created", "email", "id", "updated"])
def test_profiles_over_three_pages(results: dict[str, Any], field: str) -> None:
    for sort in (field, f"-{field}"):
        found = results[f"profiles {sort}"]
        assert len(found["sizes"]) >= 3
        assert found["distinct"] == sum(found["sizes"]) >= PEOPLE
    assert len(results["profiles by time"]["sizes"]) >= 3
    assert results["profile by email"] == {"sizes": [1], "distinct": 1}
    assert results["suppressed"] == {"sizes": [0], "distinct": 0}


def test_a_profile(results: dict[str, Any]) -> None:
    assert results["create profile"] == "Zoé"
    assert results["update profile"] == ["Dr", "Zoé"]
    assert results["import profile"] == [True, "Roy"]
    assert results["profile"] == "NEVER_SUBSCRIBED"
    assert results["profile by address with a plus"] == [1]
    assert results["profile relations"] == []


def test_bulk_imports(results: dict[str, Any]) -> None:
    assert len(results["import jobs"]["sizes"]) >= 3
    assert results["import job"] == 5
    for name in ("import profiles", "import profile ids"):
        assert results[name] == {"sizes": [20, 20, 5], "distinct": PEOPLE}
    assert results["import errors"] == {"sizes": [2, 2, 1], "distinct": 5}
    assert results["import lists"] == [[], []]
    assert results["start import"] == 1
