"""Lists and tags through the official Node SDK, unmodified. `make node-clients` installs it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.clients.conftest import PEOPLE, Platform
from tests.contract.clients.node_sdk import run

MADE = 24


@pytest.fixture(scope="module")
def results(shop: Platform) -> dict[str, Any]:
    return run("lists.js", shop)


def test_no_call_failed_that_should_not(results: dict[str, Any]) -> None:
    failed = {name: one for name, one in results.items() if isinstance(one, dict) and "failed" in one}
    assert failed.keys() == {"error 400", "error 404", "error 409"}, failed
    assert {name: one["failed"]["status"] for name, one in failed.items()} == {
        "error 400": 400,
        "error 404": 404,
        "error 409": 409,
    }
    assert failed["error 400"]["failed"]["errors"][0]["source"] == {"parameter": "filter"}


@pytest.mark.parametrize("field", ["created", "id", "name", "updated"])
def test_lists_over_three_pages(results: dict[str, Any], field: str) -> None:
    for sort in (field, f"-{field}"):
        found = results[f"lists {sort}"]
        assert len(found["sizes"]) >= 3
        assert found["distinct"] == sum(found["sizes"]) >= MADE


def test_filters(results: dict[str, Any]) -> None:
    found = {name.removeprefix("filter "): one for name, one in results.items() if name.startswith("filter ")}
    assert found == {"id": [1], "ids": [2], "name": [1], "names": [2], "created": [0], "updated": [0]}


def test_members(results: dict[str, Any]) -> None:
    assert (results["add"], results["remove"], results["delete"]) == (204, 204, 204)
    for sort in ("joined_group_at", "-joined_group_at"):
        for what in ("members", "member ids"):
            assert results[f"{what} {sort}"] == {"sizes": [20, 20, 5], "distinct": PEOPLE}
    assert results["member"] == [True, True]
    assert results["count"] == PEOPLE - 1
    assert results["change"] == ["Changed", "single_opt_in"]
    assert results["relations"] == []


def test_tags(results: dict[str, Any]) -> None:
    assert results["tag group"] == {"name": "Node", "exclusive": True, "_default": False}
    assert results["tag"] == ["node", True, True, True]
    assert results["tags"] == [1, 1, 1]
    assert results["tagged"] == [2, True, True, 1]
    assert results["others"] == []
    assert results["renamed"] == ["renamed", "Renamed"]
    for name in ("tag lists", "untag lists", "rename tag", "rename group", "delete tag", "delete group"):
        assert results[name] == 204, name
