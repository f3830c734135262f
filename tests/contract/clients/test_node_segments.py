"""Segments through the official Node SDK, unmodified. `make node-clients` installs it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.clients.conftest import ORDERS, PEOPLE, Platform
from tests.contract.clients.node_sdk import run


@pytest.fixture(scope="module")
def results(shop: Platform) -> dict[str, Any]:
    return run("segments.js", shop)


def test_no_call_failed_that_should_not(results: dict[str, Any]) -> None:
    failed = {name: one for name, one in results.items() if isinstance(one, dict) and "failed" in one}
    assert {name: one["failed"]["status"] for name, one in failed.items()} == {"error 400": 400, "error 404": 404}
    assert failed["error 400"]["failed"]["errors"][0]["source"]["pointer"].startswith("/data/attributes/definition")


@pytest.mark.parametrize("field", ["created", "id", "name", "updated"])
def test_segments_over_three_pages(results: dict[str, Any], field: str) -> None:
    for sort in (field, f"-{field}"):
        found = results[f"segments {sort}"]
        assert len(found["sizes"]) >= 3
        assert found["distinct"] == sum(found["sizes"]) >= 22


def test_filters(results: dict[str, Any]) -> None:
    found = {name.removeprefix("filter "): one for name, one in results.items() if name.startswith("filter ")}
    one = {"id": [1], "ids": [1], "name": [1], "names": [2], "starred": [1], "active": [1]}
    assert found == {**one, "created": [0], "updated": [0]}


def test_members(results: dict[str, Any]) -> None:
    assert results["created"] == ["Node buyers", True, True]
    assert results["evaluated"] == PEOPLE
    for sort in ("joined_group_at", "-joined_group_at"):
        for what in ("members", "member ids"):
            assert results[f"{what} {sort}"] == {"sizes": [20, 20, 5], "distinct": PEOPLE}
    assert results["member by address"] == 1
    assert results["joined"] is True
    assert results["relations"] == []
    assert results["of a profile"] == [True, True]
    assert results["updated"] == ["Node buyers again", True, ORDERS - PEOPLE]
    assert results["deleted"] == 204
