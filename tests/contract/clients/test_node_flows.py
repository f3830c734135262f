"""Flows and forms through the official Node SDK, unmodified. `make node-clients` installs it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.clients.conftest import Platform
from tests.contract.clients.node_sdk import run

FLOWS, CHAIN, FORMS = 104, 101, 45


@pytest.fixture(scope="module")
def flows(shop: Platform) -> dict[str, Any]:
    return run("flows.js", shop)


@pytest.fixture(scope="module")
def forms(shop: Platform) -> dict[str, Any]:
    return run("forms.js", shop)


def _failures(results: dict[str, Any]) -> dict[str, Any]:
    failed = {name: one for name, one in results.items() if isinstance(one, dict) and "failed" in one}
    found = {name: one["failed"] for name, one in failed.items()}
    return {name: one["status"] if isinstance(one, dict) else one for name, one in found.items()}


def test_no_call_failed_that_should_not(flows: dict[str, Any], forms: dict[str, Any]) -> None:
    assert _failures(flows) == _failures(forms) == {"error 400": 400, "error 404": 404}
    for results in (flows, forms):
        assert results["error 400"]["failed"]["errors"][0]["source"] == {"parameter": "filter"}


@pytest.mark.parametrize("field", ["created", "id", "name", "status", "trigger_type", "updated"])
def test_flows_over_three_pages(flows: dict[str, Any], field: str) -> None:
    for sort in (field, f"-{field}"):
        found = flows[f"flows {sort}"]
        assert len(found["sizes"]) >= 3
        assert found["distinct"] == sum(found["sizes"]) >= FLOWS


def test_filters_of_flows(flows: dict[str, Any]) -> None:
    found = {name.removeprefix("filter "): one for name, one in flows.items() if name.startswith("filter ")}
    assert found == {
        "ids": 1,
        "name": 1,
        "contains": 4,
        "starts": 4,
        "ends": 2,
        "status": 1,
        "archived": 0,
        "trigger": FLOWS / 2,
        "created": 0,
        "updated": FLOWS,
        "equal": 0,
    }


def test_actions_over_three_pages(flows: dict[str, Any]) -> None:
    for field in ("action_type", "created", "id", "status", "updated"):
        for sort in (field, f"-{field}"):
            for what in ("actions", "action ids"):
                assert flows[f"{what} {sort}"] == {"sizes": [50, 50, 1], "distinct": CHAIN}
    assert flows['actions filter equals(action_type,"send-email")'] == 50
    assert flows['actions filter any(action_type,["time-delay"])'] == 51
    assert flows['actions filter equals(status,"draft")'] == 50


def test_one_flow(flows: dict[str, Any]) -> None:
    assert flows["status"] == "live"
    assert flows["made"] == ["Added to List", True, True]
    assert flows["read"] == [2, True]
    assert flows["action"] == [2, "Node one", True, True]
    assert flows["message"] == ["email", "Hello", 2, True, True, "N", True]
    assert flows["change action"] == ["New", "manual", True]
    assert flows["triggers"] == [True, True, 1]
    assert flows["tagged"] == [204, True, True, True, 204, 204]
    assert flows["metric"] == [True, True, True]
    assert (flows["delete action"], flows["delete"]) == (204, 204)


@pytest.mark.parametrize("sort", ["created_at", "-created_at", "updated_at", "-updated_at"])
def test_forms_over_three_pages(forms: dict[str, Any], sort: str) -> None:
    found = forms[f"forms {sort}"]
    assert len(found["sizes"]) >= 3
    assert found["distinct"] == sum(found["sizes"]) >= FORMS
    for what in ("versions", "version ids"):
        assert forms[f"{what} {sort}"] == {"sizes": [4, 4, 2], "distinct": 10}


def test_filters_of_forms(forms: dict[str, Any]) -> None:
    found = {name.removeprefix("filter "): one for name, one in forms.items() if name.startswith("filter ")}
    assert found == {
        "id": 1,
        "ids": 1,
        "name": 1,
        "names": 2,
        "contains": 10,
        "test": FORMS / 3,
        "draft": FORMS,
        "live": 0,
        "created": 0,
        "before": FORMS,
        "updated": FORMS,
        "never": 0,
    }


def test_one_form(forms: dict[str, Any]) -> None:
    assert forms["read"] == ["Node versions", True, "V0", 2, "number"]
    assert forms["version"] == ["banner", "V0", True, "Node versions", True]
    assert forms['versions filter equals(form_type,"full_page")'] == 2
    assert forms['versions filter any(form_type,["popup","embed"])'] == 4
    assert forms['versions filter equals(status,"live")'] == 0
    assert forms["versions filter greater-than(updated_at,2020-01-01)"] == 10
    assert forms["delete"] == 204
