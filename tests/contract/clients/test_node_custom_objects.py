"""Custom Objects through the official Node SDK, unmodified, each paged listing over three pages."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.clients.conftest import Platform
from tests.contract.clients.node_sdk import run


@pytest.fixture(scope="module")
def results(platform: Platform) -> dict[str, Any]:
    return run("custom_objects.js", platform)


def test_no_call_failed_that_should_not(results: dict[str, Any]) -> None:
    failed = {
        name: one["failed"] for name, one in results.items() if isinstance(one, dict) and "failed" in one
    }
    assert {name: one["status"] for name, one in failed.items()} == {
        "error 400": 400,
        "error 404": 404,
        "error 409": 409,
    }
    assert failed["error 400"]["errors"][0]["source"] == {
        "pointer": "/data/relationships/data-source/data/id"
    }


def test_data_sources(results: dict[str, Any]) -> None:
    assert results["create sources"] == 7
    assert len(results["sources"]["sizes"]) >= 3
    assert results["sources"]["distinct"] == sum(results["sources"]["sizes"]) >= 7
    assert (results["source"], results["delete source"]) == ("from Node", 204)


def test_types(results: dict[str, Any]) -> None:
    assert results["create type"] == "active"
    assert results["type"] == [True, ["object-schema", "profile-object-type"]]
    assert results["types"] is True
    assert results["delete type"] == 204


def test_records_and_logs_over_three_pages(results: dict[str, Any]) -> None:
    assert results["create records"] == results["create record"] == 204
    assert results["records"] == results["record ids"] == {"sizes": [20, 20, 6], "distinct": 46}
    assert results["record"] == {"name": "Pet pet007", "age": 7}
    assert results["logs"] == results["log ids"] == {"sizes": [50, 50, 5], "distinct": 105}
    assert results["log"] == "int_type"
    assert results["delete records"] == 202
