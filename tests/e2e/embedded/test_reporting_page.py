"""The commands and code of docs/reporting.md, run as they stand there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.embedded.reader import ROOT, Reader, blocks
from tests.e2e.embedded.waiting import wait_for

PAGE = "docs/reporting.md"
BLOCKS = blocks(PAGE)


@pytest.fixture(scope="module")
def reader(newcomer: Callable[[], Reader]) -> Reader:
    """After the README's event; the metric's id is what the page's first block prints."""
    reader = newcomer()
    reader.follow(blocks("README.md")["sdk"])
    wait_for(lambda: json.loads(reader.follow(blocks("README.md")["curl"]))["data"])
    reader.variables["METRIC"] = reader.follow(BLOCKS["metric"]).strip()
    return reader


def data(reader: Reader, name: str) -> dict[str, Any]:
    answer = json.loads(reader.follow(BLOCKS[name]))
    assert "data" in answer, answer
    found: dict[str, Any] = answer["data"]
    return found


def test_every_block_is_run_here() -> None:
    text = (ROOT / PAGE).read_text()
    assert set(BLOCKS) == {"metric", "funnel", "funnelreport", "cohort", "custom", "csv"}
    assert text.count("```bash") + text.count("```python") == len(BLOCKS)


def test_the_funnel_counts_the_buyer(reader: Reader) -> None:
    reader.variables["FUNNEL"] = data(reader, "funnel")["id"]
    steps = data(reader, "funnelreport")["attributes"]["results"]
    assert [step["count"] for step in steps] == [1, 0]


def test_the_cohort_of_this_month_has_one(reader: Reader) -> None:
    attributes = data(reader, "cohort")["attributes"]
    assert [row["size"] for row in attributes["rows"]] == [0] * 11 + [1]
    assert attributes["data_through"] is None or attributes["timezone"] == "Europe/Paris"


def test_the_run_is_a_table_and_a_file(reader: Reader) -> None:
    run = data(reader, "custom")
    reader.variables["RUN"] = run["id"]
    assert sum(row[1] for row in run["attributes"]["rows"]) == 1
    lines = reader.follow(BLOCKS["csv"]).splitlines()
    assert lines[0] == "interval_start,total,value_sum"
    assert lines[-1].endswith(",1,12.50")
    assert len(lines) == 9


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)", (ROOT / PAGE).read_text()):
        assert (ROOT / "docs" / target).exists(), target
