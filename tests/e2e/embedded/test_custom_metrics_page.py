"""The commands and code of docs/custom-metrics.md, run as they stand there."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.e2e.embedded.reader import ROOT, Reader, blocks
from tests.e2e.embedded.waiting import wait_for

PAGE = "docs/custom-metrics.md"
BLOCKS = blocks(PAGE)


@pytest.fixture(scope="module")
def reader(newcomer: Callable[[], Reader]) -> Reader:
    """Who has made the five metrics."""
    reader = newcomer()
    reader.follow(BLOCKS["orders"])
    wait_for(lambda: len(json.loads(reader.follow(blocks("README.md")["curl"]))["data"]) == 5)
    made = dict(reversed(line.split(" ", 1)) for line in reader.follow(BLOCKS["five"]).splitlines())
    assert len(made) == 5
    reader.variables["ALL_REVENUE"] = made["All revenue"]
    return reader


def test_every_block_is_run_here() -> None:
    text = (ROOT / PAGE).read_text()
    assert set(BLOCKS) == {"orders", "five", "report", "map", "groups"}
    assert text.count("```bash") + text.count("```python") == len(BLOCKS)


def test_a_report_counts_the_custom_metric(reader: Reader) -> None:
    found = json.loads(reader.follow(BLOCKS["report"]))["data"]["attributes"]
    assert found["metric_id"] == reader.variables["ALL_REVENUE"]
    assert sum(group["end"]["count"] for group in found["results"]) == 3  # Ada, Bob, Dee: Cyd paid nothing


def test_the_mapping_leads_to_it(reader: Reader) -> None:
    found = json.loads(reader.follow(BLOCKS["map"]))["data"]
    assert found["relationships"]["custom-metric"]["data"]["id"] == reader.variables["ALL_REVENUE"]


def test_the_groups_are_on_the_profiles(reader: Reader) -> None:
    found = {one["attributes"]["email"]: one["attributes"]["properties"] for one in json.loads(reader.follow(BLOCKS["groups"]))["data"]}
    assert {email for email, properties in found.items() if "Current RFM group" in properties} == {
        "ada@example.com", "bob@example.com",
    }  # fmt: skip
