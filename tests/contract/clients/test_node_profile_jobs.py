"""Consents, merges, push tokens and privacy deletion through the official Node SDK, unmodified. `make node-clients`
installs it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.clients.conftest import Platform
from tests.contract.clients.node_sdk import run

MANY = 42


@pytest.fixture(scope="module")
def results(community: Platform) -> dict[str, Any]:
    return run("profile_jobs.js", community)


def test_no_call_failed_that_should_not(results: dict[str, Any]) -> None:
    failed = {name: one["failed"] for name, one in results.items() if isinstance(one, dict) and "failed" in one}
    assert failed.keys() == {"error 400", "error 404"}, failed
    assert {name: one["status"] for name, one in failed.items()} == {"error 400": 400, "error 404": 404}
    assert failed["error 404"]["errors"][0]["source"] == {"pointer": "/data/relationships/profiles/data/0/id"} or (
        failed["error 404"]["errors"][0]["source"] == {"pointer": "/data/id"}
    )


def test_consents(results: dict[str, Any]) -> None:
    assert results["subscribe"] == results["unsubscribe"] == 202
    assert results["subscribed"] == ["SUBSCRIBED", True, "fair"]
    assert results["lists of a profile"] == ["Node consents"]
    assert results["unsubscribed"] == ["UNSUBSCRIBE"]


@pytest.mark.parametrize("name", ["suppress", "unsuppress"])
def test_suppression_jobs_over_three_pages(results: dict[str, Any], name: str) -> None:
    for listing in ("created", "-created", "complete"):
        found = results[f"{name} {listing}"]
        assert len(found["sizes"]) >= 3
        assert found["distinct"] == sum(found["sizes"]) >= MANY
    assert results[f"{name} one"] == 1


def test_push_tokens(results: dict[str, Any]) -> None:
    assert results["push tokens"] == {"sizes": [20, 20, 2], "distinct": MANY}
    assert results["push token"] == ["Shop", [True]]
    assert results["its profile"] is True
    assert results["delete push token"] == 204
    assert results["push tokens left"] == MANY - 1


def test_merge_and_privacy_deletion(results: dict[str, Any]) -> None:
    assert results["merge"] == [201, True]
    assert results["erase"] == 202
    assert results["merged"] is results["erased"] is True
