"""Reports on campaigns, flows and forms through the official Node SDK, unmodified. `make node-clients` installs it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.clients.conftest import Platform
from tests.contract.clients.node_sdk import run
from tests.contract.clients.test_python_reporting import FORM, MESSAGES, PEOPLE
from tests.contract.clients.test_python_reporting import own as own


@pytest.fixture(scope="module")
def results(own: Platform) -> dict[str, Any]:
    return run("reporting.js", own)


def test_no_call_failed_that_should_not(results: dict[str, Any]) -> None:
    failed = {name: one["failed"]["status"] for name, one in results.items() if "failed" in one}
    assert failed == {"error 400": 400}
    assert results["error 400"]["failed"]["errors"][0]["source"]["pointer"] == "/data/attributes/filter"


def test_campaigns(results: dict[str, Any]) -> None:
    found = results["campaigns"]["results"]
    assert [one["groupings"]["campaign_message_id"] for one in found] == [f"MSG{n}" for n in range(MESSAGES)]
    assert found[1]["statistics"] == {"recipients": PEOPLE, "opens_unique": PEOPLE // 2, "open_rate": 0.5, "conversions": 0}
    varied = results["campaigns by variation"]["results"]
    assert [(one["groupings"]["variation"], one["statistics"]["open_rate"]) for one in varied] == [("A", 0.0), ("B", 1.0)]


def test_flows(results: dict[str, Any]) -> None:
    (one,) = results["flows"]["results"]
    assert one["groupings"] == {"flow_id": "FLOW01", "flow_message_id": "FLOWM1", "send_channel": "sms"}
    assert (one["statistics"]["recipients"], one["statistics"]["conversions"]) == (PEOPLE + 1, PEOPLE)
    over = results["flows over time"]
    assert over["times"] == len(over["results"][0]["statistics"]["recipients"]) == 8
    assert sum(over["results"][0]["statistics"]["recipients"]) == PEOPLE + 1


def test_forms(results: dict[str, Any]) -> None:
    assert results["forms"]["results"] == [
        {"groupings": {"form_id": "FORM01"}, "statistics": {"viewed_form_uniques": PEOPLE, "submit_rate": 1}}
    ]
    (one,) = results["forms over time"]["results"]
    assert one["groupings"] == FORM
    assert sum(one["statistics"]["viewed_form_uniques"]) == PEOPLE
