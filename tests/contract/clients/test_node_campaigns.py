"""Campaigns and templates through the official Node SDK (revision 2026-07-15), unmodified. `make node-clients`
installs it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.clients.conftest import Platform
from tests.contract.clients.node_sdk import run


@pytest.fixture(scope="module")
def campaigns(shop: Platform) -> dict[str, Any]:
    return run("campaigns.js", shop)


@pytest.fixture(scope="module")
def templates(shop: Platform) -> dict[str, Any]:
    return run("templates.js", shop)


def failures(results: dict[str, Any]) -> dict[str, Any]:
    return {name: one["failed"] for name, one in results.items() if isinstance(one, dict) and "failed" in one}


def filtered(results: dict[str, Any]) -> dict[str, Any]:
    return {name.removeprefix("filter "): one for name, one in results.items() if name.startswith("filter ")}


def test_no_call_failed_that_should_not(campaigns: dict[str, Any], templates: dict[str, Any]) -> None:
    for results in (campaigns, templates):
        failed = failures(results)
        assert failed.keys() == {"error 400", "error 404"}, failed
        assert {name: one["status"] for name, one in failed.items()} == {"error 400": 400, "error 404": 404}
    assert failures(campaigns)["error 400"]["errors"][0]["source"] == {"parameter": "filter"}
    assert failures(templates)["error 400"]["errors"][0]["source"] == {"pointer": "/data/attributes/html"}


@pytest.mark.parametrize("field", ["created_at", "id", "name", "scheduled_at", "updated_at"])
def test_campaigns_over_three_pages(campaigns: dict[str, Any], field: str) -> None:
    for sort in (field, f"-{field}"):
        found = campaigns[f"campaigns {sort}"]
        assert len(found["sizes"]) >= 3
        assert found["distinct"] == sum(found["sizes"]) >= 7


@pytest.mark.parametrize("field", ["created", "id", "name", "updated"])
def test_templates_over_three_pages(templates: dict[str, Any], field: str) -> None:
    for sort in (field, f"-{field}"):
        found = templates[f"templates {sort}"]
        assert len(found["sizes"]) >= 3
        assert found["distinct"] == sum(found["sizes"]) >= 23


def test_filters(campaigns: dict[str, Any], templates: dict[str, Any]) -> None:
    nothing = ("created after", "created before", "updated after", "updated before")
    assert filtered(campaigns) == {
        **dict.fromkeys((*nothing, "scheduled after", "scheduled before", "status", "statuses", "archived"), 0),
        "ids": 2,
        "name": 1,
        "sms": True,
    }
    assert filtered(templates) == {
        **dict.fromkeys((*nothing, "created at", "updated at"), 0),
        "id": 1,
        "ids": 2,
        "name": 1,
        "names": 2,
        "part": 10,
    }


def test_a_campaign(campaigns: dict[str, Any]) -> None:
    strategy = {"method": "throttled", "datetime": "2030-01-01T10:00:00.000Z", "throttlePercentage": 25}
    assert campaigns["made"] == ["Omni", "Draft", strategy, True]
    assert campaigns["one"] == [True, ["Letter"]]
    assert (campaigns["change"], campaigns["clone"]) == ("Renamed", "Copy")
    assert campaigns["message"] == ["Again", "shop@shop.example", "Letter"]
    assert campaigns["relations"] == [True, True, True]
    assert campaigns["nothing"] == [None, None, None, None]
    assert campaigns["assigned"] == ["email", "Node", True]
    assert campaigns["tagged"] == [True, "node campaign", True]
    assert (campaigns["send"], campaigns["job"]) == ("queued", "queued")
    assert campaigns["scheduled"] == ["Scheduled", "2030-01-01T10:00:00.000Z"]
    assert campaigns["cancelled"] == "Cancelled"
    assert campaigns["estimation"] == ["complete", "complete", 0]
    for name in ("tag", "untag", "cancel", "delete"):
        assert campaigns[name] == 204, name


def test_a_template(templates: dict[str, Any]) -> None:
    assert (templates["one"], templates["change"], templates["clone"]) == ("Welcome", "Hello", "Copy")
    assert templates["render"] == "<p>Ann</p>"
    assert templates["delete"] == 204
